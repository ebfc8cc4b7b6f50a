"""Permanent clause ids: a clause keeps the address it was born under, however often it moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from riskwarn.errors import ConfigError, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.lineage_clauses import Fate, Follower
from riskwarn.law.tree import Kind, LawText
from riskwarn.records.law import ClauseRef, LawVersion

_STAYS = (Fate.UNCHANGED, Fate.RENUMBERED, Fate.CHANGED_HERE, Fate.CHANGED_MOVED, Fate.SPLIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseThread:
    """One place of one clause in one version: `id` is its address at birth, the same in all.

    `fate` says how it came here from the version before ("" where it was born), `score` how alike
    the texts are (0–1).
    """

    id: str
    ref: ClauseRef
    fate: str = ""
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleThreads:
    """All clauses of all versions of a law, and the versions that could not be threaded."""

    threads: tuple[ClauseThread, ...]
    skipped: tuple[Problem, ...] = ()
    _ids: dict[ClauseRef, str] = field(default_factory=dict, repr=False, compare=False)

    def id_of(self, ref: ClauseRef) -> str | None:
        """The permanent id of a pinned address; None when that version has no such clause."""
        return self._ids.get(ref)

    def places_of(self, clause_id: str) -> tuple[ClauseThread, ...]:
        """Where a clause stood in each version, oldest first."""
        return tuple(thread for thread in self.threads if thread.id == clause_id)


def thread_title(book: LawBook, title: str) -> TitleThreads:
    """Give every 条, 款 and 项 of every version of a law its permanent id.

    Takes:  title, with or without 中华人民共和国.
    Gives:  ids `法名@首见版本#条.款.项`. Where a clause is split its best part keeps the id, the
            other parts are born; where clauses merge the likest one keeps it. A truncated or
            gapped version is skipped and named: its absent clauses are not taken for repealed.
    """
    versions = book.versions_of(title)
    skipped: list[Problem] = []
    whole: list[LawVersion] = []
    for version in versions:
        if book.text(version).completeness == "complete":
            whole.append(version)
        else:
            message = f"{version.key} 的文本不完整，不编入条款沿革"
            skipped.append(Problem("L141", message, severity="warning"))
    threads: list[ClauseThread] = []
    before: dict[ClauseRef, str] = {}
    previous: LawVersion | None = None
    for version in whole:
        law = book.text(version)
        came = _carried(book, previous, version, before) if previous else {}
        before = {}
        for ref in addresses(law, version):
            thread = came.get(ref) or ClauseThread(id=ref.canonical, ref=ref)
            threads.append(thread)
            before[ref] = thread.id
        previous = version
    ids = {thread.ref: thread.id for thread in threads}
    return TitleThreads(threads=tuple(threads), skipped=tuple(skipped), _ids=ids)


def _carried(
    book: LawBook, old: LawVersion, new: LawVersion, ids: dict[ClauseRef, str]
) -> dict[ClauseRef, ClauseThread]:
    """Carry ids over to the next version: every id to one place, every place to one id."""
    base = ClauseRef(law=new.title, version_on=new.promulgated_on)
    try:
        follower = Follower(book.text(old), book.text(new), base)
    except ConfigError:
        return {}
    claims: list[tuple[float, int, ClauseThread]] = []
    for at, (ref, clause_id) in enumerate(ids.items()):
        found = follower.follow(ref)
        if found.fate in _STAYS and found.places:
            place = _same_level(ref, found.places[0])
            thread = ClauseThread(id=clause_id, ref=place, fate=found.fate.value, score=found.score)
            claims.append((-found.score, at, thread))
    carried: dict[ClauseRef, ClauseThread] = {}
    for _, _, thread in sorted(claims, key=lambda claim: claim[:2]):
        carried.setdefault(thread.ref, thread)
    return carried


def _same_level(old: ClauseRef, place: ClauseRef) -> ClauseRef:
    """An article stays an article, also where its words are now one paragraph of it."""
    return place.of_article if old.paragraph is None and old.item is None else place


def addresses(law: LawText, version: LawVersion) -> Iterator[ClauseRef]:
    """Every 条, 款 and 项 of a version, in the order of the text."""
    base = ClauseRef(law=version.title, version_on=version.promulgated_on)
    for key, article in law.articles.items():
        at = replace(base, article=key)
        yield at
        for paragraph in article.paragraphs:
            below = replace(at, paragraph=paragraph.number)
            yield below
            for item in paragraph.of_kind(Kind.ITEM):
                yield replace(below, item=item.number)
