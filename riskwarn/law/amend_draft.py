"""A law as a draft that can be amended: stable nodes with old numbers, numbered anew at the end."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from riskwarn.law.amend_words import NEW, Words
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import DIVISIONS, Kind, LawText, Node
from riskwarn.records.law import article_key
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_SPACE = " \t\r\n\u3000\u00a0\u200b\ufeff"
_HEAD = re.compile(
    rf"^第\s*(?P<n>[{NUMERAL_CHARS}]+)\s*条(?:之(?P<k>[{NUMERAL_CHARS}]+)(?![项款]))?"
    r"(?:[ \u3000\u00a0\t]+|$)"
)


@dataclass(slots=True, eq=False)
class Part:
    """A 款, 项 or 目. `number` is the old one, 0 for a new part; `wanted` the one it is to bear."""

    kind: Kind
    words: Words
    number: int = 0
    head: str = ""
    prefix: str = ""
    suffix: str = "\n\n"
    closing: bool = False
    wanted: int = 0
    parts: list["Part"] = field(default_factory=list)
    node: Node | None = None
    touched: bool = False

    def walk(self) -> Iterator["Part"]:
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True, eq=False)
class Heading:
    """A 编, 章 or 节; `node` None: new."""

    kind: Kind
    number: int
    title: str
    node: Node | None = None
    old_number: int = 0
    wanted: int = 0
    new_title: str = ""


@dataclass(slots=True, eq=False)
class Article:
    """An article: `key` is its old number ("" for a new one), `new_key` what it gets at the end."""

    key: str
    parts: list[Part]
    node: Node | None = None
    heading: Heading | None = None
    wanted: str = ""
    new_key: str = ""
    after: "Article | None" = None
    placed: bool = False
    touched: bool = False
    merged_into: "Article | None" = None

    def walk(self) -> Iterator[Part]:
        for part in self.parts:
            yield from part.walk()

    @property
    def paragraphs(self) -> list[Part]:
        return [part for part in self.parts if part.kind is Kind.PARAGRAPH]


@dataclass(slots=True, eq=False)
class Annex:
    """An annex or table behind the last article: its heading line, and all its raw text."""

    title: str
    words: Words
    touched: bool = False


@dataclass(slots=True, eq=False)
class Draft:
    """The whole law. `gone` are deleted articles; `front` and `back` are printed as they are.

    `annexes` are the last pieces of what stands behind the articles; `back` is what is before them.
    """

    law: LawText
    articles: list[Article]
    headings: list[Heading]
    by_key: dict[str, Article]
    front: str
    back: str
    gone: dict[str, Article | None] = field(default_factory=dict)
    title: str = ""
    preamble: tuple[str, ...] = ()
    annexes: list[Annex] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_draft(law: LawText, tag_at: Callable[[int], int]) -> Draft:
    """Make a draft of a parsed law.

    Takes:  law; tag_at, gives the citation number of an offset of the raw text, 0 for none.
    """
    articles: list[Article] = []
    headings: list[Heading] = []
    body = [n for n in law.root.children if n.kind in (Kind.ARTICLE, *DIVISIONS)]
    first = body[0].start if body else len(law.raw)
    last = body[-1].end if body else len(law.raw)

    def visit(node: Node, heading: Heading | None) -> None:
        if node.kind is Kind.ARTICLE:
            parts = [_part(child, tag_at) for child in node.children]
            articles.append(Article(node.key, parts, node, heading))
        elif node.kind in DIVISIONS:
            here = Heading(node.kind, node.number, node.title, node, node.number)
            headings.append(here)
            for child in node.children:
                visit(child, here)

    for node in body:
        visit(node, None)
    by_key: dict[str, Article] = {}
    for article in articles:
        by_key.setdefault(article.key, article)
    annexes = [node for node in law.set_aside(Kind.ANNEX) if node.start >= last]
    back = law.raw[last : annexes[0].start] if annexes else law.raw[last:]
    draft = Draft(law, articles, headings, by_key, law.raw[:first], back)
    draft.annexes = [Annex(node.title, Words.old(node.raw)) for node in annexes]
    _mend_headings(draft)
    return draft


def _mend_headings(draft: Draft) -> None:
    """A chapter title that lost its 第二章 stands as the last line of the article before it."""
    for at, article in enumerate(draft.articles[:-1]):
        here, last = article.heading, article.parts[-1] if len(article.parts) > 1 else None
        if here is None or last is None or last.parts or len(last.words.text) > 25:
            continue
        if re.search(r"[。；：，、]", last.words.text):
            continue
        place = draft.headings.index(here) + 1
        later = (h for h in draft.headings[place:] if h.kind is here.kind)
        following = next(later, None)
        if following is None or following.number != here.number + 2:
            continue
        number = here.number + 1
        lost = Heading(here.kind, number, last.words.text, old_number=number, wanted=number)
        draft.headings.insert(place, lost)
        article.parts.pop()
        for other in draft.articles[at + 1 :]:
            other.heading = lost if other.heading is here else other.heading
        draft.notes.append(f"修改前文本的章名“{last.words.text}”缺序号，已按第{number}章补上")


def _part(node: Node, tag_at: Callable[[int], int]) -> Part:
    prefix, text, tags, suffix = _words(node, tag_at)
    return Part(
        kind=node.kind,
        words=Words(text, tags),
        number=node.number,
        head=node.own[: node.marker].strip(_SPACE),
        prefix=prefix,
        suffix=suffix,
        closing=node.closing,
        parts=[_part(child, tag_at) for child in node.children],
        node=node,
    )


def _words(node: Node, tag_at: Callable[[int], int]) -> tuple[str, str, list[int], str]:
    """The words of a node without outer white space, line ends inside taken out, with tags."""
    text, tags = "", []
    position = node.marker
    for line in node.own[node.marker :].splitlines(keepends=True):
        inner = line.strip(_SPACE)
        if inner:
            begin = position + line.index(inner)
            text += inner
            tags += [tag_at(node.start + begin + at) for at in range(len(inner))]
        position += len(line)
    own = node.own
    bare = own.lstrip(_SPACE)
    prefix = own[: len(own) - len(bare)]
    suffix = bare[len(bare.rstrip(_SPACE)) :]
    return prefix, text, tags, suffix


def new_parts(paragraphs: tuple[str, ...] | list[str]) -> list[Part]:
    """Read quoted new text as the parts of one article."""
    law = parse_law("第一条 " + "\n\n".join(paragraphs) + "\n")
    article = law.articles.get("1")
    if article is None:
        return []
    parts = [_part(child, lambda _: NEW) for child in article.node.children]
    for part in parts:
        for inner in part.walk():
            inner.number, inner.node, inner.touched = 0, None, True
            inner.prefix, inner.suffix = "", "\n\n"
    return parts


def split_articles(paragraphs: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Cut quoted text at lines that open with 第…条: (number or "", paragraphs) each."""
    found: list[tuple[str, list[str]]] = []
    for paragraph in paragraphs:
        head = _HEAD.match(paragraph)
        if head:
            key = article_key(read_numeral(head["n"]) or 0, read_numeral(head["k"] or "") or 0)
            rest = paragraph[head.end() :].strip(_SPACE)
            found.append((key, [rest] if rest else []))
        elif found:
            found[-1][1].append(paragraph)
        else:
            found.append(("", [paragraph]))
    return found


def renew(part: Part) -> None:
    """Mark a part and all below as touched by the decision."""
    for inner in part.walk():
        inner.touched = True
