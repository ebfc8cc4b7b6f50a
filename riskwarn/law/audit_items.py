"""What the legal basis of a list is worth today, row by row, judged by what each row checks."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, UsageError, nearest
from riskwarn.law.audit_fit import FitJudge
from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.law.heirs import SURE, HeirFinder, told_elsewhere
from riskwarn.law.item_columns import COLUMNS as ITEM_COLUMNS
from riskwarn.law.lawfile import decode
from riskwarn.law.lineage_clauses import Fate, Followed, Follower
from riskwarn.law.successors import Successor, find_replaced, find_successor, namesake
from riskwarn.records.law import Citation, CitationStatus, ClauseRef, LawVersion, short_title

_ABOUT = ("main_name", "name", "target")
_SURE = 0.35  # likeness from which a clause of another law is the same rule
_NATION = re.compile(r"^中.人民共和国")


class Worth(StrEnum):
    """What a citation is worth on the day."""

    FITS, OTHER_CONTENT = "still_fits", "number_now_other_content"
    RULE_GONE, REPEALED = "law_amended_rule_gone", "law_repealed_or_replaced"
    NOT_HERE, UNCLEAR = "law_not_in_corpus", "cannot_tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cited target of one row: what it is worth and where the rule is now."""

    row: int
    check_item: str
    written: str
    cited: ClauseRef
    worth: Worth
    new: ClauseRef | None = None
    confidence: str = "high"
    note: str = ""


@dataclass(slots=True)
class Auditor:
    """Audits lists written on one day against the law of another."""

    book: LawBook
    dated: date
    on: date
    _citer: Citer = field(init=False)
    _followers: dict[tuple[str, str], Follower | None] = field(default_factory=dict)
    _judges: dict[str, FitJudge] = field(default_factory=dict)
    _heirs: HeirFinder = field(init=False)

    def __post_init__(self) -> None:
        self._citer = Citer(self.book)
        self._heirs = HeirFinder(self.book, self.on)

    def audit_file(self, path: Path, column: str) -> Iterator[Finding]:
        """Audit a CSV list.

        Takes:  column, the name of the one that holds the legal basis.
        Gives:  one finding a target, in the order of the list; rows count from 1 without header.
        Raises: UsageError U010 when there is no such column.
        """
        text = decode(path.read_bytes(), str(path)).removeprefix("\ufeff")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        names = list(reader.fieldnames or [])
        if column not in names:
            place = Place(str(path), 1)
            hint = nearest(column, names)
            raise UsageError(Problem("U010", f"没有列 {column}", place, "、".join(names), hint))
        about = [n for f in _ABOUT for n in ITEM_COLUMNS[f] if n in names and n != column]
        for number, row in enumerate(reader, 1):
            told = [row.get(name) or "" for name in about]
            for finding in self.audit_cell(row.get(column) or "", " ".join(told)):
                yield replace(finding, row=number, check_item=told[0] if told else "")

    def audit_cell(self, cell: str, about: str) -> list[Finding]:
        """Audit one cell; `about` is what the row checks."""
        found: dict[tuple[str, ...], Finding] = {}
        citations = self._citer.cite_text(cell, self.dated)
        targets = [
            (citation, self._target(citation, ref))
            for citation in citations
            if citation.status is not CitationStatus.NOT_A_CITATION
            for ref in citation.targets
        ]
        for citation, ref in targets:
            beside = [o.article for _, o in targets if o.law == ref.law and o.article]
            finding = self._judge(citation, ref, about, beside)
            key = (ref.law, *(str(n) for n in (ref.article, ref.paragraph, ref.item)))
            found.setdefault(key, finding)
        return list(found.values())

    def _target(self, citation: Citation, ref: ClauseRef) -> ClauseRef:
        return replace(ref, law=self._corrected(ref.law))

    def _corrected(self, title: str) -> str:
        """A title with one wrong letter, or with the nation's name misspelt, set right."""
        if self.book.has(title):
            return title
        plain = short_title(_NATION.sub("", title))
        if self.book.has(plain):
            return plain
        near = [t for t in self.book.titles if _one_off(t, title)]
        return near[0] if len(near) == 1 else title

    def _judge(
        self, citation: Citation, ref: ClauseRef, about: str, beside: Sequence[str]
    ) -> Finding:
        base = Finding(
            row=0,
            check_item="",
            written=citation.title or citation.raw,
            cited=ref,
            worth=Worth.FITS,
        )
        if not self.book.has(ref.law):
            return self._absent(base, ref)
        state = self.book.in_force(ref.law, self.on)
        notes = [] if short_title(citation.title) == ref.law else [f"应为《{ref.law}》"]
        if state.version is None:
            return self._repealed(base, ref)
        notes += [state.reason] if state.reason else []
        base = replace(base, note="；".join(notes))
        if ref.article is None:
            new = ClauseRef(law=state.version.title, version_on=state.version.promulgated_on)
            return replace(base, new=new)
        return self._article(base, ref, state.version, about, beside)

    def _absent(self, base: Finding, ref: ClauseRef) -> Finding:
        """A title that the book does not have: repealed by one it has, or unknown."""
        by = find_replaced(self.book, ref.law, self.on)
        if by is None:
            name = namesake(self.book, ref.law)
            note = f"有名称相近的《{name}》，是否为其后继请核实" if name else ""
            return replace(base, worth=Worth.NOT_HERE, note=note)
        new = ClauseRef(law=by.title, version_on=by.version.promulgated_on if by.version else None)
        note = f"{by.reason}；库中没有旧文本，条文去向须人工查对"
        confidence = "high" if ref.article is None else "medium"
        return replace(base, worth=Worth.REPEALED, new=new, note=note, confidence=confidence)

    def _repealed(self, base: Finding, ref: ClauseRef) -> Finding:
        """The law is gone: name the repealing one, and the place where the rule is now."""
        old = self._version_cited(ref)
        notes = [base.note]
        if old is None:
            old = next(iter(self.book.versions_of(ref.law)), None)
            notes.append(self._stand_in(old) if old else "")
        by = find_successor(self.book, old, self.on) if old else Successor()
        if old is None or (not by.title and not by.on):
            return replace(base, worth=Worth.UNCLEAR, note=by.reason, confidence="medium")
        notes.insert(0, by.reason)
        new = ClauseRef(law=by.title, version_on=by.version.promulgated_on if by.version else None)
        sure = ref.article is None
        if ref.article:
            place, sure, told = self._place_now(old, by, ref)
            new = place or new
            notes.append(told)
        return replace(
            base,
            worth=Worth.REPEALED,
            new=new,
            note="；".join(note for note in notes if note),
            confidence="high" if sure else "medium",
        )

    def _place_now(
        self, old: LawVersion, by: Successor, ref: ClauseRef
    ) -> tuple[ClauseRef | None, bool, str]:
        """Where a rule of a repealed law is: carried on by the new law, or found in another."""
        followed = self._follow(old, by.version, ref)
        if followed and followed.places and followed.score >= _SURE:
            return followed.places[0], True, ""
        heirs = self._heirs.find(old, ref, by.version)
        if not heirs:
            return None, False, "现行法律中没有找到相同的规定，条文去向须人工查对"
        told = f"按内容（相似 {heirs[0].likeness:.2f}）"
        if heirs[0].ref.law != by.title:
            told = f"该规定现见于《{heirs[0].ref.law}》，{told}"
        more = told_elsewhere(heirs)
        note = f"{told}；{more}" if more else told
        return heirs[0].ref, heirs[0].likeness >= SURE, note

    def _stand_in(self, old: LawVersion) -> str:
        return f"库中没有{self.dated}当时的文本，按 {old.promulgated_on} 公布的推定"

    def _version_cited(self, ref: ClauseRef) -> LawVersion | None:
        """The version that the list meant, if the book has it: the one in force on its day."""
        state = self.book.in_force(ref.law, self.dated)
        if state.version is not None:
            return state.version
        older = [
            v
            for v in self.book.versions_of(ref.law)
            if v.promulgated_on and v.promulgated_on <= self.dated
        ]
        return older[-1] if older else None

    def _first_after(self, ref: ClauseRef, now: LawVersion) -> LawVersion | None:
        """The first text after the list's day, if it is not the one in force: the next best."""
        later = (
            v
            for v in self.book.versions_of(ref.law)
            if v.promulgated_on and v.promulgated_on > self.dated
        )
        first = next(later, None)
        return first if first is not None and first.key != now.key else None

    def _follow(
        self, old: LawVersion | None, new: LawVersion | None, ref: ClauseRef
    ) -> Followed | None:
        if old is None or new is None:
            return None
        key = (old.key, new.key)
        if key not in self._followers:
            base = ClauseRef(law=new.title, version_on=new.promulgated_on)
            try:
                self._followers[key] = Follower(self.book.text(old), self.book.text(new), base)
            except ConfigError:
                self._followers[key] = None
        follower = self._followers[key]
        return follower.follow(ref) if follower else None

    def _article(
        self, base: Finding, ref: ClauseRef, now: LawVersion, about: str, beside: Sequence[str]
    ) -> Finding:
        """The law is in force: is the number still the rule that the row checks?"""
        old = self._version_cited(ref)
        here = replace(ref, version_on=now.promulgated_on)
        if old is not None and old.key == now.key:
            exists = ref.article in self.book.text(now).articles
            if exists:
                return replace(base, new=here)
            return replace(base, worth=Worth.UNCLEAR, note=f"文本中没有{ref.place_label}")
        if old is None:
            old = self._first_after(ref, now)
            if old is not None:
                note = "；".join(part for part in (base.note, self._stand_in(old)) if part)
                base = replace(base, note=note, confidence="medium")
        followed = self._follow(old, now, ref)
        if followed is not None and followed.fate is not Fate.UNKNOWN:
            return self._by_lineage(base, ref, followed)
        return self._by_content(base, ref, now, about, beside)

    def _by_lineage(self, base: Finding, ref: ClauseRef, followed: Followed) -> Finding:
        """The book has the text that was cited: its lineage tells."""
        if not followed.places:
            note = "；".join(part for part in (base.note, "所引规定已删除") if part)
            return replace(base, worth=Worth.RULE_GONE, note=note)
        stays = [place for place in followed.places if place.article == ref.article]
        if stays:
            return replace(base, new=stays[0])
        new = followed.places[0]
        note = f"该规定现为{new.place_label}"
        note = "；".join(part for part in (base.note, note) if part)
        return replace(base, worth=Worth.OTHER_CONTENT, new=new, note=note)

    def _by_content(
        self, base: Finding, ref: ClauseRef, now: LawVersion, about: str, beside: Sequence[str]
    ) -> Finding:
        """The text that was cited is not here: compare what the row checks with each article."""
        assert ref.article is not None
        law = self.book.text(now)
        if ref.article not in law.articles:
            note = f"现行文本（{now.promulgated_on} 公布）没有{ref.place_label}"
            return replace(base, worth=Worth.OTHER_CONTENT, note=note, confidence="medium")
        if now.key not in self._judges:
            self._judges[now.key] = FitJudge(law)
        fit = self._judges[now.key].judge(ref.article, about, beside)
        here = replace(ref, version_on=now.promulgated_on)
        if not fit.better:
            return replace(base, new=here, confidence="high" if fit.share > 0 else "medium")
        new = replace(here, article=fit.better, paragraph=None, item=None)
        if not fit.plain:
            note = "现在这一条号的内容与检查事项不符，附近也没有明显相符的规定，该规定可能已删除"
            near = f"最接近的是{new.place_label}（相符 {fit.better_share:.2f}）"
            return replace(base, worth=Worth.RULE_GONE, note=f"{note}；{near}", confidence="medium")
        how = f"相符 {fit.better_share:.2f}，原条号 {fit.share:.2f}"
        note = f"按内容，检查的规定现为{new.place_label}（{how}）"
        return replace(base, worth=Worth.OTHER_CONTENT, new=new, note=note, confidence="medium")


def _one_off(one: str, other: str) -> bool:
    same_length = len(one) == len(other) and len(one) > 4
    return same_length and sum(a != b for a, b in zip(one, other, strict=True)) == 1
