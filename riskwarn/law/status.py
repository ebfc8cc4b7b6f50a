"""What a citation is worth on a day: live, changed, moved, gone, repealed, not in force, unknown.

`check_clause` is what rule packs and items are checked with; rooms above take it as a callable.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from riskwarn.errors import ConfigError, Problem
from riskwarn.law.answers import Resolution
from riskwarn.law.book import LawBook
from riskwarn.records.law import ClauseRef, LawVersion, PinnedCitation


class ClauseState(StrEnum):
    """State of a citation on a day."""

    LIVE, TEXT_CHANGED, MOVED, GONE = "live", "text_changed", "moved", "gone"
    REPEALED, NOT_IN_FORCE = "repealed", "not_in_force"
    UNRESOLVED = "unresolved"


_STATE_OF_CODE = {
    "L101": ClauseState.UNRESOLVED,
    "L111": ClauseState.UNRESOLVED,
    "L112": ClauseState.NOT_IN_FORCE,
    "L113": ClauseState.REPEALED,
    "L114": ClauseState.UNRESOLVED,
    "L115": ClauseState.UNRESOLVED,
    "L116": ClauseState.LIVE,
    "L121": ClauseState.TEXT_CHANGED,
    "L122": ClauseState.MOVED,
    "L123": ClauseState.GONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseStatus:
    """A citation's state, the problem that says so (None: live and certain), where it is now."""

    state: ClauseState
    problem: Problem | None = None
    resolution: Resolution | None = None
    now: ClauseRef | None = None


def check_clause(book: LawBook, ref_text: str | ClauseRef, on: date) -> Problem | None:
    """Check one citation of a rule pack or an item.

    Takes:  ref_text, `《法名》第…条…` or `法名@公布日期#条.款.项`; on, the day it must hold.
    Gives:  None when the clause exists and binds on that day. Else a Problem: L101 no citation,
            L111 unknown law, L112 not yet in force, L113 repealed, L114 no such version, L115 no
            such clause; for a citation pinned to a superseded version L121 words changed, L122
            moved to another number, L123 no longer there (these, and L116 commencement unknown,
            are warnings). `nearest` holds what was probably meant.
    Raises: nothing.
    """
    return clause_status(book, ref_text, on).problem


def clause_status(
    book: LawBook, ref_text: str | ClauseRef, on: date, text_hash: str = ""
) -> ClauseStatus:
    """Say what a citation is worth on a day.

    Takes:  as `check_clause`; text_hash, the words it had when it was pinned, if known.
    Gives:  its state, problem, resolution (in the version in force where there is one) and,
            where the same words stand under another number now, that address.
    """
    try:
        ref = ClauseRef.parse(ref_text) if isinstance(ref_text, str) else ref_text
    except ConfigError as error:
        return ClauseStatus(state=ClauseState.UNRESOLVED, problem=error.problems[0])
    pinned = book.resolve(ref, on, alone=True) if ref.version_on else None
    if pinned is not None and pinned.problem:
        return _refused(pinned)
    if pinned is not None and (pending := _not_begun(pinned, on)):
        return _refused(pending)
    current = book.resolve(replace(ref, version_on=None), on, alone=True)
    if pinned is None and not text_hash:
        return _refused(current) if current.problem else _live(current)
    words = text_hash or (pinned.clause.text_hash if pinned and pinned.clause else "")
    old = pinned.version if pinned else None
    return _compare(book, ref, words, old, current)


def _not_begun(pinned: Resolution, on: date) -> Resolution | None:
    """A version, or a part of one, that is pinned and begins only later."""
    clause = pinned.clause
    if clause is None or clause.effective_on is None or clause.effective_on <= on:
        return None
    made = f"（{clause.ref.version_on} 公布）"
    message = f"{clause.ref.label}{made}自 {clause.effective_on} 起施行，当日尚未施行"
    return replace(pinned, problem=Problem("L112", message))


def pin_status(book: LawBook, pin: PinnedCitation, on: date) -> ClauseStatus:
    """Say what an item's pinned citation is worth on a day."""
    return clause_status(book, pin.ref, on, pin.text_hash)


def _refused(found: Resolution) -> ClauseStatus:
    assert found.problem is not None
    return ClauseStatus(
        state=_STATE_OF_CODE[found.problem.code], problem=found.problem, resolution=found
    )


def _live(found: Resolution) -> ClauseStatus:
    problem = None
    if not found.certain:
        problem = Problem("L116", f"{found.ref.label}：{found.reason}", severity="warning")
    now = found.ref
    return ClauseStatus(state=ClauseState.LIVE, problem=problem, resolution=found, now=now)


def _compare(
    book: LawBook, ref: ClauseRef, words: str, old: LawVersion | None, current: Resolution
) -> ClauseStatus:
    """Compare pinned words with the text in force: a number proves nothing, words do."""
    if current.clause and (not words or current.clause.text_hash == words):
        return _live(current)
    if current.version is None:
        return _refused(current)
    version = current.version
    moved = find_words(book, version, words, ref)
    place = f"{version.title}（{version.promulgated_on} 公布）"
    if moved is not None:
        message = f"{ref.label}在{place}中已移到{moved.place_label}"
        problem = Problem("L122", message, None, "改引新条号", moved.label, "warning")
        return ClauseStatus(state=ClauseState.MOVED, problem=problem, resolution=current, now=moved)
    if current.clause is None:
        message = f"{ref.label}在{place}中已不存在"
        problem = Problem("L123", message, nearest=_hint(current), severity="warning")
        return ClauseStatus(state=ClauseState.GONE, problem=problem, resolution=current)
    since = f"，与 {old.promulgated_on} 公布的文本不同" if old else ""
    message = f"{ref.label}的文字在{place}中已修改{since}"
    problem = Problem("L121", message, None, "重新核对该条内容后改引现行文本", "", "warning")
    return ClauseStatus(state=ClauseState.TEXT_CHANGED, problem=problem, resolution=current)


def _hint(found: Resolution) -> str:
    return found.problem.nearest if found.problem else ""


def find_words(book: LawBook, version: LawVersion, words: str, ref: ClauseRef) -> ClauseRef | None:
    """Find the only clause of a version, on the level of `ref`, that has exactly these words."""
    if ref.article is None:
        return None
    law = book.text(version)
    base = ClauseRef(law=version.title, version_on=version.promulgated_on)
    hits: list[ClauseRef] = []
    for key, article in law.articles.items():
        at = replace(base, article=key)
        if ref.paragraph is None and ref.item is None and article.node.hash == words:
            hits.append(at)
        for paragraph in article.paragraphs if ref.paragraph or ref.item else ():
            below = replace(at, paragraph=paragraph.number)
            if ref.item is None and paragraph.hash == words:
                hits.append(below)
            if ref.item is not None:
                items = (item for item in paragraph.children if item.hash == words)
                hits += [replace(below, item=item.number) for item in items]
    return hits[0] if len(hits) == 1 else None
