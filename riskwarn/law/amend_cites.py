"""Citations of a law inside its own text, number by number, so that they can be renumbered."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from riskwarn.law.cite_chain import ChainReader
from riskwarn.law.cite_host import Hosts, law_hosts
from riskwarn.law.cite_open import SELF
from riskwarn.law.cite_tokens import Level, Token, relative_word, tokenize
from riskwarn.law.names import defined_names, national_laws
from riskwarn.law.tree import LawText
from riskwarn.records.law import article_key
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_PIECE = re.compile(rf"[{NUMERAL_CHARS}]+")
_RANGE = re.compile(r"(?:至|到)\s*第?$")


@dataclass(frozen=True, slots=True)
class Cited:
    """One number in a citation: what it means, and whether it begins or ends a range."""

    start: int
    text: str
    level: Level
    article: str
    paragraph: int | None
    item: int | None
    edge: str
    host: str


@dataclass(slots=True)
class Citations:
    """All numbers of self citations; `tag_at` gives 1 + the index of the one at an offset."""

    cited: list[Cited] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def tag_at(self, offset: int) -> int:
        at = bisect_right(self._starts, offset) - 1
        if at >= 0 and offset < self.cited[at].start + len(self.cited[at].text):
            return at + 1
        return 0

    def sort(self) -> None:
        """Put them into the order of the text; call it once all were added."""
        self.cited.sort(key=lambda c: c.start)
        self._starts = [c.start for c in self.cited]


def read_citations(law: LawText) -> Citations:
    """Find the numbers of 条, 款 and 项 by which a law cites itself."""
    text = law.raw
    names = {name: name for name in national_laws()} | defined_names(text)
    hosts = law_hosts(law, lambda _: None)
    found = Citations()
    for occurrence in ChainReader(text, hosts, names, free=False).read():
        if occurrence.law == SELF and occurrence.dead is None:
            _read_span(text, occurrence.start, occurrence.end, hosts, found)
    found.sort()
    return found


def _read_span(text: str, start: int, end: int, hosts: Hosts, found: Citations) -> None:
    """Walk the words of one citation, keeping the article and 款 that they hang on."""
    host = hosts.at(start)
    article, paragraph = host.article or "", host.paragraph
    named = False
    for token in tokenize(text[start:end]):
        if token.level is Level.ARTICLE:
            article = article_key(token.numbers[-1][1], token.branch)
            paragraph, named = None, True
            _pieces(text, start, token, found, host.article or "", (None, None))
        elif token.level is Level.RELATIVE:
            which, word, count = relative_word(token.text)
            if word == "条" and which == "本":
                paragraph = None
            elif word == "款":
                paragraph = (host.paragraph or 1) - (count if which == "前" else 0)
        elif token.level is Level.PARAGRAPH:
            paragraph = token.numbers[-1][1]
            _pieces(text, start, token, found, host.article or "", (article, None))
        elif token.level is Level.ITEM:
            base = paragraph if named or paragraph else None
            _pieces(text, start, token, found, host.article or "", (article, base))


def _pieces(
    text: str,
    start: int,
    token: Token,
    found: Citations,
    host: str,
    base: tuple[str | None, int | None],
) -> None:
    """Every numeral of one word, 第三、四款 gives two."""
    body = text[start + token.start : start + token.end]
    head = body.split("条")[0] if token.level is Level.ARTICLE else body
    pieces = list(_PIECE.finditer(head))
    for index, piece in enumerate(pieces):
        number = read_numeral(piece[0])
        if not number:
            continue
        at = start + token.start + piece.start()
        last = index == len(pieces) - 1
        after = text[start + token.start + piece.end() :][:12]
        before = text[max(0, at - 6) : at]
        edge = "last" if _RANGE.search(before) else ""
        closes = re.match(r"\s*条?(?:之[一二三四五六七八九十]+)?[款项]?\s*(?:至|到)", after)
        edge = edge or ("first" if closes else "")
        if token.level is Level.ARTICLE:
            key = article_key(number, token.branch if last else 0)
            made = Cited(at, piece[0], token.level, key, None, None, edge, host)
        elif token.level is Level.PARAGRAPH:
            made = Cited(at, piece[0], token.level, base[0] or host, number, None, edge, host)
        else:
            made = Cited(at, piece[0], token.level, base[0] or host, base[1], number, edge, host)
        found.cited.append(made)
