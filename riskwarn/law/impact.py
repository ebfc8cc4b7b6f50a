"""Which items a change of law touches: citations as of one day, joined with the law of a later one.

A version that is promulgated but not yet in force is told as such, before it commences.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from riskwarn.errors import ConfigError
from riskwarn.law.answers import InForce
from riskwarn.law.book import LawBook
from riskwarn.law.heirs import SURE, HeirFinder, told_elsewhere
from riskwarn.law.lineage_clauses import Fate, Followed, Follower
from riskwarn.law.lineage_kinds import Change, Substance, classify
from riskwarn.law.successors import Successor, find_replaced, find_successor
from riskwarn.records.law import CitationStatus, ClauseRef, LawVersion, PinnedCitation

_SURE = 0.35
_AFTER = "引用的是基准日之后公布的文本"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedItem:
    """What of an item matters here: its code, name and pinned citations."""

    code: str
    name: str
    citations: tuple[PinnedCitation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseImpact:
    """What a change of law means for one cited clause, whatever item cites it."""

    cited: ClauseRef
    status: Fate
    new_version: LawVersion | None
    new_effective: date | None
    places: tuple[ClauseRef, ...]
    related: tuple[ClauseRef, ...]
    change: Change
    affects: bool | None  # None: unknown, the cited text is not in the book
    article_changed: bool
    confidence: str
    note: str
    old_text: str = ""
    new_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One citation of one item, touched or carried along by a new version."""

    item_code: str
    item_name: str
    clause: ClauseImpact


@dataclass(slots=True)
class ImpactFinder:
    """Joins citations with what changed between two days; every clause is followed once."""

    book: LawBook
    start: date
    end: date
    law: str = ""  # only citations of this title; "" all
    _followers: dict[tuple[str, str], Follower | str] = field(default_factory=dict)
    _clauses: dict[ClauseRef, ClauseImpact | None] = field(default_factory=dict)
    _states: dict[str, InForce] = field(default_factory=dict)
    _heirs: HeirFinder = field(init=False)

    def __post_init__(self) -> None:
        self._heirs = HeirFinder(self.book, self.end)

    def find(self, items: Iterable[CitedItem]) -> Iterator[Impact]:
        """Give the impacts on items.

        Takes:  items with citations pinned to the version that they cite.
        Gives:  one row a citation whose law has another version, or another law in its place, on
                the last day, or a coming one known by then; citations of laws that stand still
                give none. Rows keep the order of the items.
        """
        for item in items:
            for pin in item.citations:
                clause = self.clause(pin)
                if clause is not None:
                    yield Impact(item_code=item.code, item_name=item.name, clause=clause)

    def clause(self, pin: PinnedCitation) -> ClauseImpact | None:
        """What became of a cited clause by the last day; None: its law stands as cited."""
        if self.law and pin.ref.law != self.law:
            return None
        if pin.ref not in self._clauses:
            if pin.ref.version_on is None or pin.status is CitationStatus.UNRESOLVED:
                self._clauses[pin.ref] = self._not_here(pin.ref)
            else:
                self._clauses[pin.ref] = self._clause(pin.ref)
        return self._clauses[pin.ref]

    def _not_here(self, ref: ClauseRef) -> ClauseImpact:
        """A citation that the book cannot resolve: unknown is not "untouched".

        Where only the text of the list's day is missing, the first later one stands in for it, and
        the note says so; what changed before that text cannot be known.
        """
        later = self._first_later(ref)
        if later is not None:
            return self._stood_in(ref, later)
        by = find_replaced(self.book, ref.law, self.end)
        why = by.reason if by else f"库中没有《{ref.law}》"
        if by is None and self.book.has(ref.law):
            why = f"库中《{ref.law}》的文本里没有{ref.place_label}，请核对条号"
        impact = replace(self._unknown(ref, by.version if by else None, why), affects=None)
        return replace(impact, status=Fate.REPLACED, affects=True) if by else impact

    def _first_later(self, ref: ClauseRef) -> LawVersion | None:
        """The first text after the list's day that has the article, if the day itself has none."""
        versions = self.book.versions_of(ref.law)
        begun = [v for v in versions if v.promulgated_on and v.promulgated_on <= self.start]
        if begun or ref.article is None:
            return None
        has = (v for v in versions if ref.article in self.book.text(v).articles)
        return next(has, None)

    def _stood_in(self, ref: ClauseRef, later: LawVersion) -> ClauseImpact:
        """What the first later text says: a place to look at, never an answer.

        The number may have meant another rule before that text; only that the law was replaced
        under another title is sure.
        """
        why = f"库中没有 {self.start} 当时的文本，按 {later.promulgated_on} 公布的推定"
        at = replace(ref, version_on=later.promulgated_on)
        told = self._clause(at)
        if told is None:
            here = replace(self._unknown(at, later, why), cited=ref, affects=None)
            text = self.book.resolve(at).clause
            return replace(here, places=(at,), new_text=text.text if text else "")
        replaced = told.status is Fate.REPLACED
        parts = [why, *(part for part in told.note.split("；") if part and part != _AFTER)]
        return replace(
            told,
            cited=ref,
            status=Fate.REPLACED if replaced else Fate.UNKNOWN,
            confidence="medium",
            affects=True if replaced else None,
            note="；".join(parts),
        )

    def state(self, title: str) -> InForce:
        """Which version of a law binds on the last day."""
        if title not in self._states:
            self._states[title] = self.book.in_force(title, self.end)
        return self._states[title]

    def _clause(self, ref: ClauseRef) -> ClauseImpact | None:
        old = self.book.version(ref.law, ref.version_on)
        if old is None:
            return self._not_here(ref)
        state = self.state(old.title)
        if state.version is None:
            return self._replaced(ref, old, find_successor(self.book, old, self.end))
        if state.version.key != old.key:
            new = state.version
            if _is_later(new, old):
                return self._told(ref, old, new, pending=False)
            return None
        coming = next((v for v in state.pending if _by(v, self.end)), None)
        return self._told(ref, old, coming, pending=True) if coming else None

    def _told(
        self, ref: ClauseRef, old: LawVersion, new: LawVersion, *, pending: bool
    ) -> ClauseImpact | None:
        """The fate in another version of the same law."""
        if ref.article is None:
            return None
        follower = self.follower(old, new)
        if isinstance(follower, str):
            return self._unknown(ref, new, follower)
        found = follower.follow(ref)
        if pending:
            if found.fate is Fate.UNCHANGED:
                return None
            found = replace(found, fate=Fate.PENDING)
        return self._clause_impact(ref, new, found)

    def _replaced(self, ref: ClauseRef, old: LawVersion, by: Successor) -> ClauseImpact:
        """The fate when the law is gone: followed into the law that replaced it, if there is one.

        The place is a proposal with its likeness, however sure the replacement of the law is.
        """
        if by.version is None or ref.article is None:
            impact = self._unknown(ref, by.version, by.reason)
            return replace(impact, status=Fate.REPLACED if by.title else Fate.GONE)
        follower = self.follower(old, by.version)
        if isinstance(follower, str):
            impact = self._unknown(ref, by.version, f"{by.reason}；{follower}")
            return replace(impact, status=Fate.REPLACED)
        found = follower.follow(ref)
        if found.places and found.score >= _SURE:
            impact = self._clause_impact(ref, by.version, replace(found, fate=Fate.REPLACED))
            note = "；".join(part for part in (by.reason, impact.note) if part)
            return replace(impact, note=note, affects=True, confidence="high")
        return self._elsewhere(ref, old, by, found)

    def _elsewhere(
        self, ref: ClauseRef, old: LawVersion, by: Successor, found: Followed
    ) -> ClauseImpact:
        """The new law does not carry the clause on as it was: look where its rule is said now."""
        heirs = self._heirs.find(old, ref, by.version)
        version = heirs[0].version if heirs else by.version
        assert version is not None
        impact = self._clause_impact(ref, version, replace(found, fate=Fate.REPLACED, places=()))
        if not heirs:
            note = f"{by.reason}；没有找到相同的规定，条文去向须人工查对"
            return replace(impact, note=note, affects=True, confidence="medium", related=())
        notes = [by.reason]
        if version.title != by.title:
            notes.append(f"该规定现见于《{version.title}》")
        notes += [f"按内容（相似 {heirs[0].likeness:.2f}）", told_elsewhere(heirs)]
        return replace(
            impact,
            places=(heirs[0].ref,),
            related=tuple(heir.ref for heir in heirs[1:3]),
            change=classify(found.old_text, heirs[0].text),
            affects=True,
            confidence="high" if heirs[0].likeness >= SURE else "medium",
            note="；".join(note for note in notes if note),
            new_text=heirs[0].text,
        )

    def _unknown(self, ref: ClauseRef, new: LawVersion | None, why: str) -> ClauseImpact:
        return ClauseImpact(
            cited=ref,
            status=Fate.UNKNOWN,
            new_version=new,
            new_effective=self.book.effective_on(new) if new else None,
            places=(),
            related=(),
            change=Change(kind=Substance.OTHER),
            affects=True,
            article_changed=True,
            confidence="medium",
            note=why,
        )

    def _clause_impact(self, ref: ClauseRef, new: LawVersion, found: Followed) -> ClauseImpact:
        notes = []
        if found.change.kind is Substance.REFERENCE:
            notes.append("仅引用条号变化")
        if found.fate is Fate.UNKNOWN:
            notes.append(f"旧文本中没有{ref.place_label}")
        elif found.article_changed and found.fate in (Fate.UNCHANGED, Fate.RENUMBERED):
            notes.append("所引部分未改，同条其他部分有改动")
        if self.start < (ref.version_on or date.min):
            notes.append(_AFTER)
        elif self.book.in_force(ref.law, self.start).version not in (
            None,
            self.book.version(ref.law, ref.version_on),
        ):
            notes.append("基准日时所引已是旧版")
        return ClauseImpact(
            cited=ref,
            status=found.fate,
            new_version=new,
            new_effective=self.book.effective_on(new),
            places=found.places,
            related=found.related,
            change=found.change,
            affects=found.fate is not Fate.UNCHANGED,
            article_changed=found.article_changed,
            confidence="high" if found.score >= _SURE else "medium",
            note="；".join(notes),
            old_text=found.old_text,
            new_text=found.new_text,
        )

    def follower(self, old: LawVersion, new: LawVersion) -> Follower | str:
        """The two texts aligned, or why they cannot be."""
        key = (old.key, new.key)
        if key not in self._followers:
            base = ClauseRef(law=new.title, version_on=new.promulgated_on)
            try:
                self._followers[key] = Follower(self.book.text(old), self.book.text(new), base)
            except ConfigError as error:
                self._followers[key] = "；".join(problem.message for problem in error.problems)
        return self._followers[key]


def _by(version: LawVersion, on: date) -> bool:
    return version.promulgated_on is None or version.promulgated_on <= on


def _is_later(new: LawVersion, old: LawVersion) -> bool:
    return (new.promulgated_on or date.min) > (old.promulgated_on or date.min)
