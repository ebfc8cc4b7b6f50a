"""Where a rule of a repealed law lives now, when no law carries it on article by article.

Rules of a repealed law scatter: into the law that repealed it, into the law under which it was
made (which said the same all along), or into another law that governs the same subject. All of
them are compared, sentence by sentence and 项 by 项; none is told without its likeness.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from riskwarn.errors import ConfigError
from riskwarn.law.book import LawBook
from riskwarn.law.lawfile import read_law_file
from riskwarn.law.lineage_score import overlaps
from riskwarn.law.lineage_units import Piece, Unit, cut_law, rarity, weigh
from riskwarn.records.law import ClauseRef, LawVersion, short_title

SURE = 0.5  # likeness from which a place in another law is told without doubt
_IN_REPEALER = 0.12  # the law that took over: a faint likeness is worth a look
_ELSEWHERE = 0.2  # another law must say it more clearly
_SAME_SUBJECT = 0.3  # and a law that only governs the same subject, clearly
_ONE_UNIT, _PART = 0.25, 0.5  # one of several 项 found again: the list was taken apart
_MUCH_BETTER = 3.0  # times likelier another law must be before it goes before the repealing one
_NEARLY = 0.5  # share of the first's likeness from which another place is named beside it
_OTHER_ROLE = 0.6  # a duty and its sanction share words, but are different rules
_MADE_UNDER = re.compile(
    r"(?:根据|依据|依照|按照)((?:《(?:[^《》]|《[^《》]*》)+》[^《》，。]{0,12})+)"
)
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_SANCTION = re.compile(r"责令(?:限期)?改正|罚款|吊销|没收|(?:行政|依法给予)处分")
_SANCTIONS = re.compile(r"法律责任|罚则|处罚|奖惩")
_SCOPE_CHARS = 1200  # the first articles, which say what a law is for and whom it binds
_SCOPE = re.compile(r"所称[^。]{0,40}是指|适用本(?:法|条例|办法|规定)")
_KIND_OF_ACT = re.compile(
    r"(?:登记|监督|保护|使用|经营|安全|质量)?(?:管理|监督管理)?(?:暂行)?"
    r"(?:法实施条例|法实施细则|条例|办法|规定|细则|法)(?:实施细则|实施办法)?$"
)
_NATIONAL = ("法律", "行政法规")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A clause of a law in force that says what the old one said; `likeness` is 0–1."""

    ref: ClauseRef
    version: LawVersion
    likeness: float
    text: str


@dataclass(slots=True)
class _Alike:
    """Two laws compared: every unit of the old one, its weight and its match in each article."""

    best: dict[tuple[str, str, str], dict[str, float]] = field(default_factory=dict)
    weights: dict[tuple[str, str, str], float] = field(default_factory=dict)


@dataclass(slots=True)
class HeirFinder:
    """Finds heirs on one day; laws are cut up once."""

    book: LawBook
    on: date
    _pieces: dict[str, list[Piece]] = field(default_factory=dict)
    _alike: dict[tuple[str, str], "_Alike"] = field(default_factory=dict)
    _scopes: list[tuple[LawVersion, str]] | None = None

    def find(self, old: LawVersion, ref: ClauseRef, by: LawVersion | None) -> list[Heir]:
        """Find where a cited clause of a repealed law is now.

        Takes:  old, the version that was cited; ref, the clause, with article; by, the version in
                force of the law that repealed it.
        Gives:  heirs, the likeliest first; empty when no law in force says the like. The repealing
                law goes before laws that said the same beside it, unless these are much likelier.
        """
        piece = next((p for p in self._cut(old) if p.key == ref.article), None)
        if piece is None:
            return []
        first = self._in_law(old, piece, ref, by, _IN_REPEALER) if by else []
        others: list[Heir] = []
        for version in self._made_under(old, by):
            others += self._in_law(old, piece, ref, version, _ELSEWHERE)
        if not first and not others:
            for version in self._same_subject(old, by):
                others += self._in_law(old, piece, ref, version, _SAME_SUBJECT)
        others.sort(key=_likelier)
        if first and others and others[0].likeness >= _MUCH_BETTER * first[0].likeness:
            first, others = others[:1], first + others[1:]
        return first[:1] + sorted(first[1:] + others, key=_likelier)

    def _in_law(
        self, old: LawVersion, piece: Piece, ref: ClauseRef, new: LawVersion, least: float
    ) -> list[Heir]:
        """The articles of one law that say the like, the likeliest first."""
        try:
            alike = self._compare(old, new)
        except ConfigError:
            return []
        whole: dict[str, float] = {}
        single: dict[str, float] = {}
        asked = [unit for unit in _cited_units(piece, ref) if unit.grams]
        total = sum(alike.weights[_name(unit)] for unit in asked)
        if not total:
            return []
        for unit in asked:
            share = alike.weights[_name(unit)] / total
            for key, value in alike.best[_name(unit)].items():
                whole[key] = whole.get(key, 0.0) + value * share
                single[key] = max(single.get(key, 0.0), value)
        role = _sanctions(piece)
        found = []
        for other in self._cut(new):
            factor = 1.0 if _sanctions(other) == role else _OTHER_ROLE
            score = whole.get(other.key, 0.0) * factor
            one = single.get(other.key, 0.0) * factor
            if score >= least:
                found.append(self._heir(new, other.key, score))
            elif len(asked) > 1 and one >= _ONE_UNIT:
                found.append(self._heir(new, other.key, one * _PART))
        return sorted(found, key=_likelier)

    def _compare(self, old: LawVersion, new: LawVersion) -> "_Alike":
        """Every unit of the old law against every article of the new one; done once a pair."""
        key = (old.key, new.key)
        if key not in self._alike:
            before, after = self._cut(old), self._cut(new)
            weights = rarity(before, after)
            asked = [unit for piece in before for unit in piece.units]
            units = [unit for piece in after for unit in piece.units]
            rows = overlaps([u.grams for u in asked], [u.grams for u in units], weights)
            alike = _Alike()
            for unit, row in zip(asked, rows, strict=True):
                best: dict[str, float] = {}
                for at, like in row.items():
                    article = units[at].article
                    best[article] = max(best.get(article, 0.0), (like.even + like.near) / 2)
                alike.best[_name(unit)] = best
                alike.weights[_name(unit)] = weigh(unit.grams, weights)
            self._alike[key] = alike
        return self._alike[key]

    def _heir(self, new: LawVersion, article: str, score: float) -> Heir:
        ref = ClauseRef(law=new.title, version_on=new.promulgated_on, article=article)
        text = self.book.text(new).articles[article].node.text
        return Heir(ref=ref, version=new, likeness=round(score, 3), text=text)

    def _cut(self, version: LawVersion) -> list[Piece]:
        if version.key not in self._pieces:
            self._pieces[version.key] = cut_law(self.book.text(version))
        return self._pieces[version.key]

    def _made_under(self, old: LawVersion, by: LawVersion | None) -> list[LawVersion]:
        """The laws in force that the old law, or the one that repealed it, was made under."""
        titles: list[str] = []
        for version in (old, by):
            first = self.book.text(version).articles.get("1") if version else None
            for named in _MADE_UNDER.finditer(first.node.text if first else ""):
                titles += [short_title(title) for title in _TITLE.findall(named[1])]
        return self._in_force(dict.fromkeys(titles), old, by)

    def _same_subject(self, old: LawVersion, by: LawVersion | None) -> list[LawVersion]:
        """The national laws whose articles on scope (所称…是指, 适用本法) name the subject."""
        subject = _KIND_OF_ACT.sub("", old.title)
        if len(subject) < 2 or subject == old.title:
            return []
        named = [version.title for version, scope in self._scoped() if subject in scope]
        return self._in_force(named, old, by)

    def _scoped(self) -> list[tuple[LawVersion, str]]:
        """What every national law in force says of its scope, as printed; not parsed."""
        if self._scopes is None:
            self._scopes = []
            for title in self.book.titles:
                version = self.book.in_force(title, self.on).version
                if version is not None and version.level in _NATIONAL:
                    text = read_law_file(self.book.root / version.file).text
                    start = max(text.find("\n第一条"), 0)
                    articles = text[start : start + _SCOPE_CHARS].split("\n第")
                    scope = [part for part in articles if _SCOPE.search(part)]
                    self._scopes.append((version, "\n".join(scope)))
        return self._scopes

    def _in_force(
        self, titles: Iterable[str], old: LawVersion, by: LawVersion | None
    ) -> list[LawVersion]:
        left_out = {old.title, by.title if by else ""}
        states = [self.book.in_force(title, self.on) for title in titles if title not in left_out]
        return [state.version for state in states if state.version is not None]


def _cited_units(piece: Piece, ref: ClauseRef) -> Sequence[Unit]:
    """The units of the cited 款 or 项; a 项 with its lead-in."""
    if ref.paragraph is None and ref.item is None:
        return piece.units
    found = []
    for unit in piece.units:
        paragraph, _, item = unit.place.partition(".")
        if ref.paragraph is not None and paragraph != str(ref.paragraph):
            continue
        if ref.item is None or not item or item == str(ref.item):
            found.append(unit)
    return found


def _name(unit: Unit) -> tuple[str, str, str]:
    return (unit.article, unit.place, unit.words)


def _sanctions(piece: Piece) -> bool:
    return bool(_SANCTIONS.search(piece.chapter) or _SANCTION.search(piece.words))


def _likelier(heir: Heir) -> tuple[float, str, int]:
    number = (heir.ref.article or "0").partition("-")[0]
    return (-heir.likeness, heir.ref.law, int(number))


def told_elsewhere(heirs: Sequence[Heir], most: int = 2) -> str:
    """Name the next places that are nearly as likely, or likelier; empty when there are none."""
    near = [heir for heir in heirs[1:] if heir.likeness >= heirs[0].likeness * _NEARLY][:most]
    names = [f"{heir.ref.label}（相似 {heir.likeness:.2f}）" for heir in near]
    return "另见" + "、".join(names) if names else ""
