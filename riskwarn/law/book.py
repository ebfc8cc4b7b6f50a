"""The law book: every version of every law, which of them binds on a day, and their clauses.

Opening it reads headers only; a text is parsed when one of its clauses is asked for.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.law.answers import InForce, Resolution
from riskwarn.law.clauses import Found, find_clause
from riskwarn.law.dates import check_dates, check_order
from riskwarn.law.header import read_version, stated_commencement
from riskwarn.law.parse import parse_file
from riskwarn.law.tree import LawText
from riskwarn.records.law import ClauseRef, LawVersion, Repeal, short_title

SUFFIXES = (".md", ".txt")


@dataclass(slots=True)
class LawBook:
    """The laws of one folder. Not frozen: parsed texts are kept once they were asked for."""

    root: Path
    versions: tuple[LawVersion, ...]
    problems: tuple[Problem, ...]
    _by_title: dict[str, list[LawVersion]] = field(default_factory=dict)
    _repeals: dict[str, list[tuple[Repeal, LawVersion]]] = field(default_factory=dict)
    _texts: dict[str, LawText] = field(default_factory=dict)
    _effective: dict[str, date | None] = field(default_factory=dict)

    @classmethod
    def open(cls, laws_dir: Path) -> "LawBook":
        """Read the headers of all law files of a folder.

        Gives:  the book; files with faults are left out and named in `problems`, and so are two
                different texts under one title and date.
        Raises: ConfigError L005 when the folder is missing or holds no law.
        """
        if not laws_dir.is_dir():
            problem = Problem("L005", "找不到法规目录", Place(str(laws_dir)))
            raise ConfigError(problem)
        versions: list[LawVersion] = []
        problems: list[Problem] = []
        for path in sorted(laws_dir.iterdir()):
            if path.suffix not in SUFFIXES or path.name.startswith(("README", ".")):
                continue
            try:
                versions.append(read_version(path))
            except ConfigError as error:
                problems.extend(error.problems)
        if not versions and not problems:
            raise ConfigError(Problem("L005", "目录里没有法规文本", Place(str(laws_dir))))
        book = cls(laws_dir, tuple(versions), ())
        problems.extend(book._index())
        book.problems = tuple(problems)
        return book

    def _index(self) -> list[Problem]:
        problems: list[Problem] = []
        seen: dict[str, LawVersion] = {}
        for version in sorted(self.versions, key=_order):
            earlier = seen.get(version.key)
            if earlier is not None:
                problems += self._doubled(earlier, version)
                continue
            wrong = check_dates(version, self.root)
            problems += wrong
            if wrong:  # held: what cannot be is unknown, and told as such wherever it matters
                version = replace(version, effective_on=None, effective_source="")
            seen[version.key] = version
            self._by_title.setdefault(version.title, []).append(version)
            for repeal in version.repeals:
                self._repeals.setdefault(repeal.title, []).append((repeal, version))
        self.versions = tuple(seen.values())
        for versions in self._by_title.values():
            problems += check_order(versions, self.root)
        return problems

    def _doubled(self, one: LawVersion, other: LawVersion) -> list[Problem]:
        same = self.text(one).root.normal == self._parse(other).root.normal
        message = f"《{one.title}》同一公布日期有两个文件：{one.file}、{other.file}"
        place = Place(str(self.root / other.file))
        if same:
            return [Problem("L011", message + "，文字相同，只用前者", place, severity="info")]
        return [Problem("L012", message + "，文字不同，只用前者", place, "只保留正确的一份")]

    @property
    def titles(self) -> list[str]:
        """All short titles, sorted."""
        return sorted(self._by_title)

    def has(self, title: str) -> bool:
        return title in self._by_title

    def filed_title(self, title: str) -> str:
        """The title as the law's file is named, spaces and all; the given one if not here."""
        versions = self._by_title.get(title)
        if not versions:
            return title
        stem = versions[-1].file.rsplit(".", 1)[0]
        named = stem.rpartition("(")[0] or stem.rpartition("（")[0]
        return named if short_title(named) == title else title

    def versions_of(self, title: str, known_on: date | None = None) -> tuple[LawVersion, ...]:
        """All versions of a law, oldest first; with `known_on`, those that were known by then."""
        versions = self._by_title.get(short_title(title), [])
        return tuple(v for v in versions if _known(v, known_on))

    def version(self, title: str, promulgated_on: date | None) -> LawVersion | None:
        """The version of a law with a promulgation date."""
        found = (v for v in self.versions_of(title) if v.promulgated_on == promulgated_on)
        return next(found, None)

    def effective_on(self, version: LawVersion) -> date | None:
        """When a version commences: from its header, else from its own text, else unknown."""
        if version.effective_on is not None or version.sha256:
            return version.effective_on  # a file with our header has been through the importer
        if version.key not in self._effective:
            self._effective[version.key] = _commencement(self.text(version), version)
        return self._effective[version.key]

    def repeal_of(self, version: LawVersion) -> tuple[date | None, str] | None:
        """When and by which title a version was put out of force, or None.

        The date is None where the repealing text or its commencement is not dated.
        """
        if version.repealed_on:
            return version.repealed_on, version.superseded_by
        title, _, on = version.superseded_by.partition("@")
        if on and title != version.title:
            successor = self.version(title, date.fromisoformat(on))
            if successor:
                return self.effective_on(successor) or successor.promulgated_on, title
        found = [
            (repeal.on or self.effective_on(by), by.title)
            for repeal, by in self._repeals.get(version.title, [])
            if _order(version) < _order(by)
            and by is not version
            and (by.title != version.title or repeal.on is not None)
        ]
        dated = sorted((on, by) for on, by in found if on and not _after(version, on))
        return dated[0] if dated else (found[0] if found and not dated else None)

    def in_force(self, title: str, on: date, known_on: date | None = None) -> InForce:
        """Say which version of a law binds on a day.

        Takes:  title, with or without 中华人民共和国; on, the day; known_on, leave out what was
                not yet known then.
        Gives:  the version; a version whose commencement is unknown counts from its promulgation
                on, and is marked as uncertain: never guessed in silence.
        """
        versions = self.versions_of(title, known_on)
        if not versions:
            return InForce(version=None, reason=f"法规库中没有《{short_title(title)}》")
        begun: list[tuple[LawVersion, bool]] = []
        pending: list[LawVersion] = []
        for version in versions:
            effective = self.effective_on(version)
            if effective is not None:
                if effective <= on:
                    begun.append((version, True))
                elif _known(version, on):
                    pending.append(version)
            elif version.promulgated_on is None or version.promulgated_on <= on:
                begun.append((version, False))
        if not begun:
            when = self.effective_on(versions[0]) or versions[0].promulgated_on
            reason = f"《{versions[0].title}》当日尚未施行（库中最早的文本 {when} 起施行）"
            return InForce(version=None, reason=reason, pending=tuple(pending))
        version, certain = begun[-1]
        repeal = self.repeal_of(version)
        if repeal and repeal[0] and repeal[0] <= on:
            by = f"（由《{repeal[1].partition('@')[0]}》）" if repeal[1] else ""
            reason = f"《{version.title}》已于 {repeal[0]} 废止{by}"
            return InForce(
                version=None, reason=reason, repealed_on=repeal[0], repealed_by=repeal[1]
            )
        reason = ""
        if not certain:
            reason = f"{version.key} 的施行日期不详，自公布之日起暂按有效处理，请核实"
        elif repeal and repeal[0] is None:
            certain = False
            reason = f"《{version.title}》可能已由《{repeal[1]}》废止，废止日期不详，请核实"
        elif version.status.startswith("待核"):
            certain, reason = False, version.status
        return InForce(version=version, certain=certain, reason=reason, pending=tuple(pending))

    def text(self, version: LawVersion) -> LawText:
        """The parsed text of a version; parsed once."""
        if version.key not in self._texts:
            self._texts[version.key] = self._parse(version)
        return self._texts[version.key]

    def _parse(self, version: LawVersion) -> LawText:
        return parse_file(self.root / version.file)

    def match_title(self, name: str) -> tuple[str, str]:
        """Find a law by a name that people write.

        Gives:  (title, remark): the exact short title and ""; or the one title that differs only
                by 试行/暂行 brackets and a remark; or ("", nearest title) when there is none.
        """
        title = short_title(name)
        if title in self._by_title:
            return title, ""
        loose = [t for t in self._by_title if _loose(t) == _loose(title)]
        if len(loose) == 1:
            return loose[0], f"按《{loose[0]}》处理"
        return "", nearest(title, self._by_title)

    def resolve(
        self, ref: ClauseRef | str, on: date | None = None, known_on: date | None = None
    ) -> Resolution:
        """Resolve an address to the clause as it stood on a day.

        Takes:  ref, an address or its text; on, the day. A pinned address keeps its version and
                needs no day; without pin and day the newest version is taken.
        Gives:  the clause with its neighbours, or a Problem L111 unknown law, L112 not in force,
                L113 repealed, L114 no such version, L115 no such clause (with the nearest one).
        Raises: ConfigError L101 when a text is no address.
        """
        wanted = ClauseRef.parse(ref) if isinstance(ref, str) else ref
        title, remark = self.match_title(wanted.law)
        if not title:
            return Resolution(ref=wanted, problem=self._unknown(wanted.law, remark, on))
        picked = self._pick(title, wanted, on, known_on)
        if picked.version is None:
            return Resolution(ref=wanted, problem=_not_in_force(wanted, picked))
        found = find_clause(self.text(picked.version), picked.version, wanted)
        reason = "；".join(part for part in (remark, picked.reason, found.remark) if part)
        return self._resolution(wanted, picked, found, reason)

    def _unknown(self, title: str, near: str, on: date | None) -> Problem:
        """A law that is not in the book may still be known as repealed by one that is."""
        known = sorted(
            (repeal.on, by.title) for repeal, by in self._repeals.get(title, []) if repeal.on
        )
        if known and (on is None or known[0][0] <= on):
            message = f"《{title}》已于 {known[0][0]} 由《{known[0][1]}》废止（库中没有其文本）"
            return Problem("L113", message, nearest=f"《{known[0][1]}》")
        hint = f"《{near}》" if near else ""
        return Problem("L111", f"法规库中没有《{title}》", nearest=hint)

    def _resolution(
        self, wanted: ClauseRef, picked: InForce, found: Found, reason: str
    ) -> Resolution:
        version = picked.version
        assert version is not None
        if found.node is None:
            problem = Problem("L115", found.missing, None, found.extent, found.nearest)
            return Resolution(ref=wanted, version=version, problem=problem, reason=reason)
        repeal = self.repeal_of(version)
        until = self.superseded_on(version)
        ends = [day for day in (repeal[0] if repeal else None, until) if day]
        span = (self.effective_on(version), min(ends) if ends else None)
        return Resolution(
            ref=found.ref,
            clause=found.clause(span),
            version=version,
            certain=picked.certain,
            reason=reason,
            before=found.before(span),
            after=found.after(span),
            children=found.children(span),
        )

    def superseded_on(self, version: LawVersion) -> date | None:
        """When the next version of the same law commenced; None when there is none or unknown."""
        versions = self.versions_of(version.title)
        later = [self.effective_on(v) for v in versions if _order(v) > _order(version)]
        dated = [day for day in later if day]
        return min(dated) if dated else None

    def _pick(
        self, title: str, wanted: ClauseRef, on: date | None, known_on: date | None
    ) -> InForce:
        if wanted.version_on is not None:
            version = self.version(title, wanted.version_on)
            if version is None or not _known(version, known_on):
                dates = "、".join(str(v.promulgated_on) for v in self.versions_of(title))
                reason = f"《{title}》没有 {wanted.version_on} 公布的文本；库中有：{dates}"
                return InForce(version=None, reason=reason, repealed_by="?version")
            return InForce(version=version)
        if on is None:
            return InForce(version=self.versions_of(title, known_on)[-1])
        return self.in_force(title, on, known_on)


def _order(version: LawVersion) -> tuple[str, str, str]:
    on = version.promulgated_on.isoformat() if version.promulgated_on else "0000"
    return (on, version.title, version.file)


def _known(version: LawVersion, on: date | None) -> bool:
    if on is None:
        return True
    promulgated = version.promulgated_on is None or version.promulgated_on <= on
    return promulgated and (version.recorded_on is None or version.recorded_on <= on)


def _after(version: LawVersion, on: date) -> bool:
    """Whether a version is younger than a repeal, which then meant an older law of that name."""
    return version.promulgated_on is not None and version.promulgated_on > on


def _commencement(law: LawText, version: LawVersion) -> date | None:
    on, at_once = stated_commencement(law)
    if on and version.promulgated_on and on < version.promulgated_on:
        return None  # the original commencement of an amended law
    return on or (version.promulgated_on if at_once else None)


def _loose(title: str) -> str:
    for word in ("（试行）", "（暂行）", "、", " "):
        title = title.replace(word, "")
    return title


def _not_in_force(wanted: ClauseRef, picked: InForce) -> Problem:
    if picked.repealed_by == "?version":
        return Problem("L114", picked.reason)
    if picked.repealed_on:
        by = picked.repealed_by.partition("@")[0]
        return Problem("L113", picked.reason, nearest=f"《{by}》" if by else "")
    return Problem("L112", picked.reason)
