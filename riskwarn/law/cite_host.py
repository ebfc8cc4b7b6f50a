"""Where in its law a citation stands: 前款 and 本条 mean nothing without it."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from riskwarn.law.cite_tokens import Level, tokenize
from riskwarn.law.lines import item_mark
from riskwarn.law.tree import DIVISIONS, Article, Kind, LawText, Node
from riskwarn.records.law import article_key, short_title

_AMENDS = re.compile(r"关于修改(?:部分|等)?.{0,4}?《(?P<title>(?:[^《》]|《[^《》]*》)+)》")
_OF_TITLE = re.compile(r"^(?P<title>.+?)修正案(?:（[一二三四五六七八九十]+）)?$")
_SETS_LAW = re.compile(
    r"(?P<verb>修改|对|将|在)?《(?P<title>(?:[^《》\n]|《[^《》\n]*》)+)》(?P<done>[^。；]{0,12}?作(?:如下|出)修改)?"
)
_OPENS_QUOTE = re.compile(r"[:：]\s*“")
_QUOTED_HEAD = re.compile(
    r"“?\s*第[一二三四五六七八九十百千零]+条(?:之[一二三四五六七八九十]+)?[ \u3000]"
)


@dataclass(frozen=True, slots=True)
class Host:
    """The place of an offset: numbers as in an address, the law it belongs to ("" = the text).

    `block` is the same for offsets of one 款 or 项 (or one line of a decision): words like 该款
    look back no further. `quoted` is new text inside an amending decision.
    """

    block: int
    law: str = ""
    article: str | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    part: int | None = None
    chapter: int | None = None
    section: int | None = None
    lead: tuple[int, int] = (0, 0)  # span of the lead-in, where the offset stands in a 项
    quoted: bool = False
    listed: int | None = None  # in quoted text: the latest 款 that has 项


@dataclass(frozen=True, slots=True)
class Hosts:
    """All places of a text in order, and the spans in which nothing is a citation."""

    starts: list[int]
    hosts: list[Host]
    silent: list[tuple[int, int]]
    law: LawText | None

    def at(self, offset: int) -> Host:
        position = bisect_right(self.starts, offset) - 1
        return self.hosts[position] if position >= 0 else Host(block=-1)

    def is_silent(self, offset: int) -> bool:
        position = bisect_right(self.silent, (offset, 1 << 60)) - 1
        return position >= 0 and self.silent[position][0] <= offset < self.silent[position][1]


def free_hosts() -> Hosts:
    """The host of a free text: none at all."""
    return Hosts([0], [Host(block=0)], [], None)


def law_hosts(law: LawText, find_law: Callable[[str], LawText | None]) -> Hosts:
    """Give the hosts of a law text.

    Takes:  find_law, gives the text of a law by title; used for 本章 inside an amending decision.
    """
    places: list[tuple[int, Host]] = []
    silent: list[tuple[int, int]] = []
    for article in law.articles.values():
        _article_hosts(article, places)
    for node in law.root.walk():
        if node.kind in (Kind.CONTENTS, Kind.TITLE) or node.kind in DIVISIONS:
            silent.append((node.start, node.start + len(node.own)))
        elif node.kind is Kind.ARTICLE:
            silent.append((node.start, node.start + max(node.marker, 1)))
    if not law.articles:
        places = _amendment_hosts(law, silent, find_law)
    for node in law.root.children:
        if node.kind in (Kind.PREAMBLE, Kind.ANNEX, Kind.HEADER) and law.articles:
            places.append((node.start, Host(block=-node.start - 2)))
    places.sort(key=lambda place: place[0])
    silent.sort()
    return Hosts([start for start, _ in places], [host for _, host in places], silent, law)


def _article_hosts(article: Article, places: list[tuple[int, Host]]) -> None:
    numbers = {node.kind: node.number for node in article.divisions}
    base = Host(
        block=article.node.start,
        article=article.key,
        part=numbers.get(Kind.PART),
        chapter=numbers.get(Kind.CHAPTER),
        section=numbers.get(Kind.SECTION),
    )
    places.append((article.node.start, base))
    for paragraph in article.paragraphs:
        host = replace(base, block=paragraph.start, paragraph=paragraph.number)
        places.append((paragraph.start, host))
        lead = (paragraph.start, paragraph.start + len(paragraph.own))
        for item in paragraph.children:
            _item_hosts(item, replace(host, lead=lead), places)


def _item_hosts(node: Node, host: Host, places: list[tuple[int, Host]]) -> None:
    if node.kind is Kind.ITEM:
        host = replace(host, block=node.start, item=node.number)
    elif node.kind is Kind.SUBITEM:
        host = replace(host, block=node.start, subitem=node.number)
    places.append((node.start, host))
    for child in node.children:
        _item_hosts(child, host, places)


def amended_title(law: LawText) -> str:
    """The law that a 修正案 or a 关于修改…的决定 amends, by its title; "" when it amends none."""
    title = law.title
    found = _AMENDS.search(title) or _OF_TITLE.match(title)
    return short_title(found["title"]) if found else ""


def _amendment_hosts(
    law: LawText, silent: list[tuple[int, int]], find_law: Callable[[str], LawText | None]
) -> list[tuple[int, Host]]:
    """Read a decision line by line: which law, which article is rewritten, which 款 this is."""
    title = amended_title(law)
    reader = _Amendment(title, silent, find_law)
    text = law.raw
    position = 0
    aside = (Kind.TITLE, Kind.HEADER, Kind.CAPTION)
    skip = [(n.start, n.start + len(n.own)) for n in law.root.children if n.kind in aside]
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end + 1
        if not any(start <= position < stop for start, stop in skip):
            reader.line(text[position:end], position)
        position = end
    return reader.places


class _Amendment:
    """The state while a decision is read."""

    def __init__(
        self, law: str, silent: list[tuple[int, int]], find_law: Callable[[str], LawText | None]
    ) -> None:
        self.law, self.silent, self.find_law = law, silent, find_law
        self.places: list[tuple[int, Host]] = []
        self.article: str | None = None
        self.paragraph = self.entry = 0
        self.item: int | None = None
        self.listed: int | None = None
        self.open = self.fresh = False

    def line(self, raw: str, start: int) -> None:
        body = raw.strip()
        if not body:
            return
        lead = start + raw.index(body[0])
        if body.startswith("“") or (self.open and not re.match(r"[一二三四五六七八九十]+、", body)):
            self._quoted(body, lead)
        else:
            self._instruction(body, lead)
        self.open = not re.search(r"”[。；;，]?$", body) and (self.open or "“" in body)

    def _instruction(self, body: str, start: int) -> None:
        numbered = re.match(r"[一二三四五六七八九十百]+、", body)
        if numbered or not self.entry:
            self.entry = start + 1
        opening = _OPENS_QUOTE.search(body)
        words = body[: opening.start()] if opening else body
        named = [found for found in _SETS_LAW.finditer(words) if found["verb"] or found["done"]]
        if named and self._is_heading(words):
            self.law = short_title(named[-1]["title"])
        self.places.append((start, Host(block=-self.entry - 2, law=self.law)))
        self._aim(words)
        self.fresh = True
        if opening:
            at = start + opening.end() - 1
            self._quoted(body[opening.end() - 1 :], at)

    @staticmethod
    def _is_heading(words: str) -> bool:
        return bool(re.search(r"修改《|作如下修改|作出修改|^[一二三四五六七八九十]+、", words))

    def _aim(self, words: str) -> None:
        """Find the article and 款 at which the quoted words will stand."""
        aimed = paragraph = 0
        for token in tokenize(words):
            if token.level is Level.ARTICLE and not token.bare:
                self.article = article_key(token.numbers[-1][0], token.branch)
                paragraph = 0
            elif token.level is Level.PARAGRAPH and not token.bare:
                paragraph = token.numbers[0][0]
                before = words[max(0, token.start - 3) : token.start]
                aimed = paragraph if before.endswith("作为") else aimed
        whole = re.search(r"(?:将|把)?该条修改为", words)
        self.paragraph = 1 if whole else (aimed or paragraph or 1)
        self.item = self.listed = None

    def _quoted(self, body: str, start: int) -> None:
        head = _QUOTED_HEAD.match(body)
        if head:
            token = next(t for t in tokenize(head[0]) if t.level is Level.ARTICLE)
            self.article = article_key(token.numbers[0][0], token.branch)
            self.paragraph, self.item = 1, None
            self.silent.append((start, start + head.end()))
        else:
            mark = item_mark(body.lstrip("“"))
            if mark:
                self.item = mark.number
                self.listed = self.paragraph
            elif not self.fresh:
                self.paragraph += 1
                self.item = None
        self.fresh = False
        self.places.append((start, self._host(start)))

    def _host(self, start: int) -> Host:
        host = Host(
            block=start,
            law=self.law,
            article=self.article,
            paragraph=self.paragraph,
            item=self.item,
            quoted=True,
            listed=self.listed,
        )
        amended = self.find_law(self.law) if self.law else None
        article = amended.articles.get(self.article or "") if amended else None
        if article is None:
            return host
        numbers = {node.kind: node.number for node in article.divisions}
        return replace(
            host,
            part=numbers.get(Kind.PART),
            chapter=numbers.get(Kind.CHAPTER),
            section=numbers.get(Kind.SECTION),
        )
