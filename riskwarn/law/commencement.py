"""From when a text binds, by its own words: all of it, and the parts that begin on another day.

本条例自2026年1月1日起施行，其中第三十五条自2027年1月1日起施行.
除第二十条第二款外，本法自公布之日起施行.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from riskwarn.law.tree import Kind, LawText, Node
from riskwarn.records.law import ClauseRef, PartStart, article_key
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_N = rf"[{NUMERAL_CHARS}]+"
_DATE = rf"(?P<y>\d{{4}}|{_N})年(?P<m>\d{{1,2}}|{_N})月(?P<d>\d{{1,2}}|{_N})日"
_TOLD = r"(?:公布|发布|印发|颁布)之日"
_DELAY = rf"(?:满|届满)?(?:(?P<n>{_N})(?P<u>个月|日|天|年)(?:后|届满)?(?:之日)?起?)?"
_STARTS = re.compile(rf"自(?:{_DATE}|{_TOLD})[起后]?{_DELAY}(?:施行|实施|执行|生效|试行)")
_STEP = re.compile(rf"第?(?P<n>{_N})(?P<w>[编章节条款项])(?:之(?P<k>{_N}))?|(?P<to>至)")
_BUT = re.compile(r"，?但是?，?(?P<what>[^，。；]*第[^，。；]*?)(?:的规定)?除外")
_EXCEPT = re.compile(r"除(?P<what>[^。；]*?第[^。；]*?)(?:的规定)?(?:以外|之外|外)，?")
_FOREIGN = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》(?:（[^（）]*）)?第[^，。；]*")
_TAIL = 4  # the commencement stands in one of the last articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Commencement:
    """When a text begins: `on` as it names it, or `at_once` (自公布之日起), parts apart.

    `delay` is what passes after the promulgation: (months, days).
    """

    on: date | None = None
    at_once: bool = False
    delay: tuple[int, int] = (0, 0)
    parts: tuple[PartStart, ...] = ()

    def day(self, promulgated_on: date | None) -> date | None:
        """The day itself, given the promulgation; None when the text does not tell."""
        if self.on is not None or not self.at_once or promulgated_on is None:
            return self.on
        return _later(promulgated_on, self.delay)


def read_commencement(law: LawText, promulgated_on: date | None = None) -> Commencement:
    """Read what a text says of its commencement.

    Takes:  promulgated_on, for what begins so many days or months after it.
    Gives:  the general commencement and the parts that begin on another day (`on` None: on a day
            that the text does not tell). An amended law keeps the ORIGINAL date in its last
            article: the caller compares it with the promulgation.
    """
    for article in list(law.articles.values())[-_TAIL:][::-1]:
        words = "".join(article.node.text.split())
        if _STARTS.search(words):
            return _read(law, words, promulgated_on)
    return Commencement()


def _read(law: LawText, words: str, promulgated_on: date | None) -> Commencement:
    """Read the commencement article sentence by sentence; exceptions are taken out first."""
    general: Commencement | None = None
    parts: dict[ClauseRef, date | None] = {}
    for sentence in re.split(r"(?<=[。；])", words):
        rest = _FOREIGN.sub("", sentence)
        for pattern in (_EXCEPT, _BUT):
            for outside in pattern.finditer(rest) if _STARTS.search(rest) else ():
                told = _STARTS.search(outside["what"])
                on = _begins(told).day(promulgated_on) if told else None
                parts |= dict.fromkeys(_named(law, _STARTS.sub("", outside["what"])), on)
            rest = pattern.sub("", rest)
        at = 0
        for start in _STARTS.finditer(rest):
            named = _named(law, rest[at : start.start()])
            begins = _begins(start)
            if named:
                parts |= dict.fromkeys(named, begins.day(promulgated_on))
            elif general is None:
                general = begins
            at = start.end()
    whole = general or Commencement()
    return replace(whole, parts=tuple(PartStart(ref=ref, on=on) for ref, on in parts.items()))


def _named(law: LawText, words: str) -> list[ClauseRef]:
    """The parts of the law itself that a phrase names: 第三章, 第五条至第八条, 第十条第一款."""
    refs: list[ClauseRef] = []
    at, through = ClauseRef(law=""), False
    for step in _STEP.finditer(words):
        number, word = read_numeral(step["n"] or ""), step["w"]
        if step["to"] or not number:
            through = bool(step["to"])
            continue
        before = at
        if word == "章":
            at = ClauseRef(law="", chapter=number)
        elif word == "节" and at.chapter:
            at = replace(at, section=number)
        elif word == "条":
            key = article_key(number, read_numeral(step["k"] or "") or 0)
            at = ClauseRef(law="", article=key)
        elif word == "款" and at.article:
            at = replace(at, paragraph=number, item=None)
        elif word == "项" and at.article:
            at = replace(at, item=number)
        else:
            continue
        if refs and refs[-1] == before and _holds(before, at):
            refs.pop()
        refs += _between(law, before, at) if through else []
        refs.append(at)
        through = False
    return [
        ref for ref in dict.fromkeys(refs) if ref.article is None or ref.article in law.articles
    ]


def _holds(above: ClauseRef, ref: ClauseRef) -> bool:
    """Whether one address is just the beginning of the other: 第十条 of 第十条第二款."""
    return above != ref and covers(above, ref, ())


def _between(law: LawText, first: ClauseRef, last: ClauseRef) -> list[ClauseRef]:
    """What stands between the two ends of a range, on the level of its last step."""
    if last.item and first.item:
        return [replace(last, item=n) for n in range(first.item + 1, last.item)]
    if last.paragraph and first.paragraph:
        return [replace(last, paragraph=n) for n in range(first.paragraph + 1, last.paragraph)]
    if last.chapter and first.chapter:
        return [replace(last, chapter=n) for n in range(first.chapter + 1, last.chapter)]
    keys = list(law.articles)
    if first.article in keys and last.article in keys:
        inside = keys[keys.index(first.article) + 1 : keys.index(last.article)]
        return [ClauseRef(law="", article=key) for key in inside]
    return []


def covers(part: ClauseRef, ref: ClauseRef, divisions: Iterable[Node]) -> bool:
    """Whether a clause belongs to a part of its law.

    Takes:  divisions, the 章 and 节 above the clause's article.
    """
    if part.article is None:
        kinds = {node.kind: node.number for node in divisions}
        wanted = ((Kind.CHAPTER, part.chapter), (Kind.SECTION, part.section))
        named = [(kind, number) for kind, number in wanted if number is not None]
        return bool(named) and all(kinds.get(kind) == number for kind, number in named)
    if part.article != ref.article:
        return False
    levels = ((part.paragraph, ref.paragraph), (part.item, ref.item))
    return all(mine is None or mine == other for mine, other in levels)


def _begins(found: re.Match[str]) -> Commencement:
    if not found["y"]:
        number = read_numeral(found["n"] or "") or 0
        months = {"年": 12 * number, "个月": number}.get(found["u"], 0)
        return Commencement(at_once=True, delay=(months, 0 if months else number))
    numbers = [read_numeral(found[key]) or 0 for key in "ymd"]
    try:
        return Commencement(on=date(*numbers))
    except ValueError:
        return Commencement()


def _later(on: date, delay: tuple[int, int]) -> date:
    months, days = delay
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(on.day, last)) + timedelta(days=days)
