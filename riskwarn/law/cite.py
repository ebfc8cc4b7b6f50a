"""Free text and statutes → citations with offsets, resolved to clauses of the right version.

Every result is resolved, law only, unresolved or not a citation; the raw string is always kept,
and what was odd (missing 第, 等 for 第, an unknown title) is said in `notes`.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from riskwarn.law.book import LawBook
from riskwarn.law.cite_aims import Aim, Occurrence
from riskwarn.law.cite_chain import ChainReader
from riskwarn.law.cite_host import free_hosts, law_hosts
from riskwarn.law.cite_open import SELF
from riskwarn.law.clauses import skipped_paragraph
from riskwarn.law.names import defined_names, national_laws
from riskwarn.law.tree import Kind, LawText
from riskwarn.records.law import (
    Citation,
    CitationStatus,
    ClauseRef,
    LawVersion,
    short_title,
    split_article,
)


@dataclass(slots=True)
class Citer:
    """Finds and resolves citations; keeps what it learned of the book between texts."""

    book: LawBook
    _known: dict[str, str] = field(default_factory=dict)
    _picked: dict[tuple[str, date | None], tuple[LawVersion | None, bool, str]] = field(
        default_factory=dict
    )

    def cite_text(self, text: str, on: date | None = None) -> list[Citation]:
        """Find the citations of a free text (设定依据, 处罚依据, 强制依据).

        Takes:  text, one cell; on, the day whose law is meant; None: the newest version.
        Gives:  citations in the order of the text; offsets are code points of the text.
        """
        known = self._names(text)
        found = ChainReader(text, free_hosts(), known, free=True).read()
        return [self._resolve(text, occurrence, None, None, on) for occurrence in found]

    def cite_law(
        self, law: LawText, version: LawVersion | None = None, on: date | None = None
    ) -> list[Citation]:
        """Find the citations inside a law text.

        Takes:  law, parsed; version, what it is, so that 本法 has a name; on, the day at which
                other laws are looked up (default: the promulgation).
        Gives:  citations in the order of the text; offsets are code points of the text, without
                our header.
        """
        text = law.raw
        day = on or (version.promulgated_on if version else None)
        hosts = law_hosts(law, lambda title: self._text_of(title, day))
        found = ChainReader(text, hosts, self._names(text), free=False).read()
        return [self._resolve(text, occurrence, law, version, day) for occurrence in found]

    def _names(self, text: str) -> dict[str, str]:
        if not self._known:
            names = {name: name for name in national_laws()}
            names |= {title: title for title in self.book.titles}
            self._known = names
        defined = {
            short: full for short, full in defined_names(text).items() if short not in self._known
        }
        return {**self._known, **defined} if defined else self._known

    def _text_of(self, title: str, on: date | None) -> LawText | None:
        version, _, _ = self._pick(title, on)
        return self.book.text(version) if version else None

    def _pick(self, title: str, on: date | None) -> tuple[LawVersion | None, bool, str]:
        """The version meant on a day: in force then, else promulgated by then, else the oldest.

        Gives:  (version, whether it is the one of the day, remark).
        """
        key = (title, on)
        if key not in self._picked:
            self._picked[key] = self._pick_new(title, on)
        return self._picked[key]

    def _pick_new(self, title: str, on: date | None) -> tuple[LawVersion | None, bool, str]:
        versions = self.book.versions_of(title)
        if not versions:
            return None, False, ""
        if on is None:
            return versions[-1], True, ""
        state = self.book.in_force(title, on)
        if state.version is not None:
            return state.version, True, state.reason
        earlier = [v for v in versions if v.promulgated_on and v.promulgated_on <= on]
        if earlier:
            return earlier[-1], True, state.reason
        remark = f"库中没有《{title}》{on} 当时的文本，按 {versions[0].key} 核对"
        return versions[0], False, remark

    def _resolve(
        self,
        text: str,
        found: Occurrence,
        law: LawText | None,
        host: LawVersion | None,
        on: date | None,
    ) -> Citation:
        notes = list(found.notes)
        if found.dead is not None:
            return _dead(text, found)
        title, version, of_day = self._law(found, law, host, on, notes)
        tree: LawText | None = None
        if found.law == SELF and law is not None:
            tree, of_day = law, True
        elif version is not None:
            tree = self.book.text(version)
        base = ClauseRef(law=title, version_on=version.promulgated_on if version else None)
        targets: list[ClauseRef] = []
        exist = of_day
        for aim in found.aims:
            for ref in _refs(base, aim, tree, notes):
                exist = (_exists(ref, tree, notes) if tree else False) and exist
                targets.append(ref)
        if found.law_only:
            targets = [base]
            status = CitationStatus.LAW_ONLY if version else CitationStatus.UNRESOLVED
        else:
            status = CitationStatus.RESOLVED if targets and exist else CitationStatus.UNRESOLVED
        return Citation(
            raw=text[found.start : found.end],
            start=found.start,
            end=found.end,
            status=status,
            targets=tuple(dict.fromkeys(targets)),
            title=title,
            notes=tuple(dict.fromkeys(notes)),
        )

    def _law(
        self,
        found: Occurrence,
        law: LawText | None,
        host: LawVersion | None,
        on: date | None,
        notes: list[str],
    ) -> tuple[str, LawVersion | None, bool]:
        if found.law == SELF:
            title = host.title if host else (short_title(law.title) if law else "")
            return title, host, True
        title, remark = self.book.match_title(found.law)
        if not title:
            if remark and _one_letter_apart(remark, short_title(found.law)):
                notes.append(f"法名疑有误，是否为《{remark}》，请确认")
            return short_title(found.law), None, False
        version, of_day, reason = self._pick(title, on)
        notes.extend(part for part in (remark, reason) if part)
        return title, version, of_day


def _dead(text: str, found: Occurrence) -> Citation:
    """A 前款 with nothing before it is unresolved; 前三项污染物 is no citation."""
    unresolved = CitationStatus.UNRESOLVED if found.dead else CitationStatus.NOT_A_CITATION
    return Citation(
        raw=text[found.start : found.end],
        start=found.start,
        end=found.end,
        status=unresolved,
        notes=(found.dead,) if found.dead else (),
    )


def _refs(base: ClauseRef, aim: Aim, tree: LawText | None, notes: list[str]) -> list[ClauseRef]:
    """Give the addresses of an aim: ranges expanded, a skipped 款 filled in."""
    if aim.article is None:
        return [replace(base, part=aim.part, chapter=aim.chapter, section=aim.section)]
    ref = replace(
        base,
        article=aim.article,
        paragraph=aim.paragraph,
        item=aim.item,
        subitem=aim.subitem,
    )
    if aim.until is not None:
        return [replace(ref, article=key) for key in _between(aim.article, aim.until, tree)]
    if ref.item is not None and ref.paragraph is None and tree is not None:
        article = tree.articles.get(aim.article)
        if article is not None:
            number, remark = skipped_paragraph(article.node, ref.item)
            notes.extend([remark] if remark else [])
            return [replace(ref, paragraph=number)]
    return [ref]


def _between(first: str, last: str, tree: LawText | None) -> list[str]:
    """All articles of a range; those inserted (之一) count as far as the text has them."""
    low, high = split_article(first), split_article(last)
    if high < low:
        return [first, last]
    plain = [str(n) for n in range(low[0], high[0] + 1) if low <= (n, 0) <= high]
    inserted = [
        key
        for key in (tree.articles if tree else ())
        if "-" in key and low <= split_article(key) <= high
    ]
    ends = [key for key in (first, last) if "-" in key]
    return sorted(dict.fromkeys([*plain, *inserted, *ends]), key=split_article)


def _exists(ref: ClauseRef, tree: LawText, notes: list[str]) -> bool:
    """Whether the text has the clause; what is missing goes into the notes."""
    if ref.article is None:
        if ref.chapter is None and ref.section is None and ref.part is None:
            return True
        wanted = {"编": ref.part, "章": ref.chapter, "节": ref.section}
        for path in tree.divisions():
            numbers = {node.kind.value: node.number for node in path}
            if all(n is None or numbers.get(word) == n for word, n in wanted.items()):
                return True
        notes.append(f"所引{ref.place_label}不存在")
        return False
    article = tree.articles.get(ref.article)
    node = article.node if article else None
    if node is not None and ref.paragraph is not None:
        node = node.paragraph(ref.paragraph)
    if node is not None and ref.item is not None:
        unmarked = node.subitem(ref.item) if not node.of_kind(Kind.ITEM) else None
        node = node.item(ref.item) or unmarked  # 第1项 of a list that is numbered 1. 2. 3.
    if node is not None and ref.subitem is not None:
        node = node.subitem(ref.subitem)
    if node is None:
        whole = "" if tree.completeness == "complete" else "（所引文本不完整）"
        notes.append(f"所引{ref.place_label}不存在{whole}")
    return node is not None


def _one_letter_apart(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
