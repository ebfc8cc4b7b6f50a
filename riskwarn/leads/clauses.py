"""The words of a cited clause on the day of the run, with its version and its neighbours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from riskwarn.errors import ConfigError
from riskwarn.law.answers import Resolution
from riskwarn.law.book import LawBook
from riskwarn.records.law import Clause, ClauseRef, LawVersion
from riskwarn.records.leads import ClauseText

NEIGHBOUR_CHARS = 600  # a neighbour gives context; longer ones are cut, and it shows


def clause_finder(book: LawBook) -> Callable[[str, date], ClauseText]:
    """Give the function that finds a citation's text on a day; what it cannot find, it says."""

    def find(citation: str, on: date) -> ClauseText:
        return find_clause_text(book, citation, on)

    return find


def find_clause_text(book: LawBook, citation: str, on: date) -> ClauseText:
    """Find a clause as it stood on a day.

    Takes:  citation, as people write it or canonical, with or without a version.
    Gives:  the words in force on the day. A citation pinned to another version gives the words
            of the day too, and `note` says that the pin points elsewhere; when the day has no
            such clause, the pinned words with in_force False. Nothing found: no text, and why.
    """
    try:
        wanted = ClauseRef.parse(citation)
    except ConfigError as error:
        return ClauseText(citation=citation, note=str(error))
    todays = book.resolve(replace(wanted, version_on=None), on=on)
    if wanted.version_on is None:
        return _text(todays, wanted.label, on)
    pinned = book.resolve(wanted)
    if pinned.clause is None:
        return _text(pinned, wanted.label, on)
    if todays.clause is None or todays.version is None:
        reason = todays.problem.message if todays.problem else "当日没有相应条款"
        return replace(_text(pinned, wanted.label, on), in_force=False, note=reason)
    if todays.version == pinned.version:
        return _text(pinned, wanted.label, on)
    note = f"所引为 {wanted.version_on} 公布的文本；以下为当日有效文本，条文序号可能已变，请核对。"
    found = _text(todays, wanted.label, on)
    return replace(found, note="".join((note, found.note)))


def _text(found: Resolution, label: str, on: date) -> ClauseText:
    if found.clause is None or found.version is None:
        problem = found.problem
        note = problem.message if problem else "法规库中没有找到这一条的文本"
        if problem and problem.nearest:
            note += f"；相近：{problem.nearest}"
        return ClauseText(citation=label, note=note)
    return ClauseText(
        citation=found.clause.ref.label,
        canonical=found.clause.ref.canonical,
        version=_version(found.version, found.clause),
        text=found.clause.text,
        in_force=found.clause.in_force(on) if found.certain else None,
        before=_neighbour(found.before),
        after=_neighbour(found.after),
        note=found.reason,
    )


def _version(version: LawVersion, clause: Clause) -> str:
    made = f"{version.promulgated_on} 公布" if version.promulgated_on else "公布日期不详"
    begun = f"{clause.effective_on} 施行" if clause.effective_on else "施行日期不详"
    return f"{made}，{begun}"


def _neighbour(clause: Clause | None) -> tuple[str, str] | None:
    if clause is None:
        return None
    text = clause.text
    if len(text) > NEIGHBOUR_CHARS:
        text = text[:NEIGHBOUR_CHARS] + "……（从略）"
    return clause.ref.place_label, text
