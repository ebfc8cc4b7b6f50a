"""A law text as a tree that prints the original again, byte for byte.

Every character of the file belongs to exactly one node's `own` text, so `node.raw` of the root is
the file. What is set aside (title, header, 题注, 目录, preamble, 附件) are nodes too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from riskwarn.law.normal import normalise, text_hash
from riskwarn.records.law import article_key


class Kind(StrEnum):
    """What a node is; the Chinese word is what a lawyer calls it."""

    ROOT, TITLE, HEADER, CAPTION = "全文", "标题", "文件头", "题注"
    CONTENTS, PREAMBLE, ANNEX, NOTE = "目录", "序言", "附件", "注释"
    PART, SUBPART, CHAPTER, SECTION = "编", "分编", "章", "节"
    ARTICLE, PARAGRAPH, ITEM, SUBITEM = "条", "款", "项", "目"
    ENTRY = "段"  # 一、二、三、 in decisions, amendments and replies, which have no articles


DIVISIONS = (Kind.PART, Kind.SUBPART, Kind.CHAPTER, Kind.SECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One piece of a law text.

    `own` is the raw text of this node before its children, `marker` how many of its first
    characters are number and white space (第四十一条, （一）); `start` is the code-point offset of
    `own` in the text, `line` its first line that is not blank. `number` counts as the text does;
    for a 款, which bears no number, it is the position in the article. `closing` marks a paragraph
    that ends the sentence of the list before it (尾款): it has a position all the same.
    """

    kind: Kind
    number: int = 0
    branch: int = 0
    title: str = ""
    own: str = ""
    marker: int = 0
    start: int = 0
    line: int = 0
    closing: bool = False
    children: tuple["Node", ...] = ()

    @property
    def raw(self) -> str:
        """The original text of this node with all below it."""
        return "".join(node.own for node in self.walk())

    @property
    def end(self) -> int:
        """The offset just after the node's last character."""
        node = self
        while node.children:
            node = node.children[-1]
        return node.start + len(node.own)

    @property
    def own_text(self) -> str:
        """This node's own words, without number, outer white space and line ends."""
        lines = (line.strip(_BLANK) for line in self.own[self.marker :].splitlines())
        return "".join(line for line in lines if line)

    @property
    def text(self) -> str:
        """The words for display: own and below, a line each, numbers of 项 and 目 kept."""
        lines = []
        for node in self.walk():
            if node.kind is Kind.NOTE and node is not self:
                continue  # an editor's footnote is no part of the clause
            head = node.own[: node.marker].strip(_BLANK) if node.kind in _NUMBERED else ""
            line = ("" if node is self else head) + node.own_text
            if line:
                lines.append(line)
        return "\n".join(lines)

    @property
    def normal(self) -> str:
        """The words for comparison; see law.normal."""
        return normalise(self.text)

    @property
    def hash(self) -> str:
        return text_hash(self.text)

    @property
    def key(self) -> str:
        """The number as an address writes it: "41", "133-1"."""
        return article_key(self.number, self.branch)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.walk()

    def paragraph(self, number: int) -> "Node | None":
        """The 款 at a position."""
        return _nth(self.children, Kind.PARAGRAPH, number)

    def item(self, number: int) -> "Node | None":
        """The 项 with a number."""
        return _nth(self.children, Kind.ITEM, number)

    def subitem(self, number: int) -> "Node | None":
        """The 目 with a number."""
        return _nth(self.children, Kind.SUBITEM, number)

    def of_kind(self, kind: Kind) -> tuple["Node", ...]:
        return tuple(child for child in self.children if child.kind is kind)


_BLANK = " \t\r\n\u3000\u00a0\u200b\ufeff"
_NUMBERED = (Kind.ITEM, Kind.SUBITEM)


def _nth(nodes: tuple[Node, ...], kind: Kind, number: int) -> Node | None:
    return next((n for n in nodes if n.kind is kind and n.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """Something wrong or odd in a text, named and never swallowed."""

    kind: str
    file: str
    line: int
    message: str
    severity: str = "warning"  # error: the version must not be compared as if whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article and the divisions above it, outermost first."""

    node: Node
    divisions: tuple[Node, ...] = ()

    @property
    def key(self) -> str:
        return self.node.key

    @property
    def paragraphs(self) -> tuple[Node, ...]:
        return self.node.of_kind(Kind.PARAGRAPH)

    @property
    def heading(self) -> str:
        """第二章 食品安全标准 第一节 …"""
        return " ".join(division_label(node) for node in self.divisions)

    def division(self, kind: Kind) -> Node | None:
        return next((node for node in self.divisions if node.kind is kind), None)


def division_label(node: Node) -> str:
    """`第二章 食品安全标准`, or the title alone where a division bears no number (附则)."""
    number = node.own[: node.marker].strip(_BLANK + "#")
    return f"{number} {node.title}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class LawText:
    """A parsed law text.

    `articles` maps "41" and "133-1" to articles in the order of the text; a number that stands
    twice keeps the first and is an anomaly. `completeness` is complete, gapped or truncated.
    """

    root: Node
    file: str
    articles: dict[str, Article]
    anomalies: tuple[Anomaly, ...]
    completeness: str
    line_offset: int = 0
    order: tuple[str, ...] = field(default=())

    @property
    def raw(self) -> str:
        """The original text, printed from the tree."""
        return self.root.raw

    @property
    def title(self) -> str:
        """The title as the text prints it, without white space; empty when it prints none."""
        node = next((n for n in self.root.children if n.kind is Kind.TITLE), None)
        return "".join(node.own_text.lstrip("#").split()) if node else ""

    def set_aside(self, kind: Kind) -> tuple[Node, ...]:
        """The nodes of a kind that stand beside the articles: 题注, 目录, 序言, 附件 …"""
        return self.root.of_kind(kind)

    def divisions(self) -> Iterator[tuple[Node, ...]]:
        """Every 编/分编/章/节 with those above it, outermost first."""

        def below(node: Node, above: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
            for child in node.children:
                if child.kind in DIVISIONS:
                    yield (*above, child)
                    yield from below(child, (*above, child))

        yield from below(self.root, ())
