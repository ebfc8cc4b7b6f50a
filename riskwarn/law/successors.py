"""Which law took the place of one that is gone: its file, 同时废止, a name without 暂行."""

import re
from dataclasses import dataclass
from datetime import date

from riskwarn.law.book import LawBook
from riskwarn.law.tree import Kind
from riskwarn.records.law import LawVersion, short_title

_TRIAL = re.compile(r"暂行|试行|（试行）|（暂行）|日常")
_REPEALED = re.compile(r"废止|失效")
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The law that took over: title and, where the book has it, the version; "" when unknown."""

    title: str = ""
    version: LawVersion | None = None
    on: date | None = None
    reason: str = ""


def find_successor(book: LawBook, old: LawVersion, on: date) -> Successor:
    """Say what replaced a version of the book that no longer binds on a day."""
    repeal = book.repeal_of(old)
    if repeal is None:
        return Successor(reason=f"《{old.title}》当日没有生效的文本")
    when, by = repeal
    return _successor(book, old.title, by.partition("@")[0], when, on)


def find_replaced(book: LawBook, title: str, on: date) -> Successor | None:
    """Say what replaced a title that the book may not have; None when no text tells.

    Takes:  title, short; on, the day.
    Gives:  the repealing law named by a clause of the book (自…起同时废止, also lists of titles).
    """
    versions = book.versions_of(title)
    if versions:
        found = find_successor(book, versions[-1], on)
        return found if found.title else None
    named = repeals_of(book).get(short_title(title), [])
    dated = [(when, by) for when, by in named if when is None or when <= on]
    if not dated:
        return None
    when, by = min(dated, key=lambda pair: (pair[0] or date.max, pair[1]))
    return _successor(book, title, by, when, on)


def repeals_of(book: LawBook) -> dict[str, list[tuple[date | None, str]]]:
    """Every title that a text of the book puts out of force: title → (from when, by which law).

    Source: the headers' repeal lists; where a file has none, the 废止 sentences of its articles.
    """
    found: dict[str, list[tuple[date | None, str]]] = {}
    for version in book.versions:
        effective = book.effective_on(version)
        told = [(repeal.title, repeal.on or effective) for repeal in version.repeals]
        if not told:
            told = [(title, effective) for title in _stated(book, version)]
        for title, when in told:
            if title != version.title:
                found.setdefault(title, []).append((when, version.title))
    return found


def _stated(book: LawBook, version: LawVersion) -> list[str]:
    if version.sha256:
        return []  # a file with our header: the importer has read its repeals
    titles = []
    law = book.text(version)
    for article in list(law.articles.values())[-3:]:
        for paragraph in article.node.of_kind(Kind.PARAGRAPH):
            text = paragraph.text
            if _REPEALED.search(text):
                titles += [short_title(name) for name in _TITLE.findall(text)]
    return titles


def _successor(book: LawBook, title: str, by: str, when: date | None, on: date) -> Successor:
    versions = book.versions_of(by)
    state = book.in_force(by, on) if versions else None
    version = (state.version if state else None) or (versions[-1] if versions else None)
    since = f"（{when} 起）" if when else ""
    reason = f"《{title}》已由《{by}》废止或取代{since}" if by else f"《{title}》已废止{since}"
    return Successor(title=by, version=version, on=when, reason=reason)


def namesake(book: LawBook, title: str) -> str:
    """The one law whose name is this one's without 暂行, 试行; "" when there is none."""
    plain = _TRIAL.sub("", title)
    found = [other for other in book.titles if other != title and _TRIAL.sub("", other) == plain]
    return found[0] if len(found) == 1 else ""
