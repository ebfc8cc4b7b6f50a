"""What stands before the first article: title, header, 题注, 目录 and preamble set aside."""

import re
from collections.abc import Sequence

from riskwarn.law import lines as ln
from riskwarn.law.lines import Line, Mark
from riskwarn.law.tree import Anomaly, Kind, Node

_HEADER_END = re.compile(r"<!--\s*(INFO|LEGAL_HEADER)[ _]END\s*-->")
_CAPTION = re.compile(r"[（(].*\d+\s*年.*(通过|公布|批准|发布|修订|修正|施行|印发|颁布|废止)")
_CONTENTS = re.compile(r"#*\s*目[ \t\u3000\u00a0]*[录次]$")
_DATED = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日|法释〔\d+〕)")
TITLE_MAX_CHARS = 120


class Draft:
    """A node while it is being built."""

    __slots__ = (
        "branch",
        "children",
        "closing",
        "kind",
        "line",
        "marker",
        "number",
        "own",
        "start",
        "title",
    )

    def __init__(self, kind: Kind, line: Line, own: str = "", start: int = -1) -> None:
        self.kind, self.line = kind, line.number
        self.own = [own] if own else []
        self.start = line.start if start < 0 else start
        self.number = self.branch = self.marker = 0
        self.title, self.closing = "", False
        self.children: list[Draft] = []

    def marked(self, mark: Mark) -> "Draft":
        self.number, self.branch, self.marker = mark.number, mark.branch, mark.length
        self.title = mark.title
        return self

    @property
    def body(self) -> str:
        return "".join(self.own)[self.marker :].strip()

    def number_paragraphs(self) -> None:
        """A 款 bears no number: its position counts. One that ends a list's sentence is 尾款."""
        before: Draft | None = None
        for child in self.children:
            if child.kind is Kind.PARAGRAPH:
                child.number = before.number + 1 if before else 1
                if before and before.children:
                    ending = before.children[-1].body[-1:]
                    child.closing = ending in ("；", ";", "，", ",")
                before = child

    def freeze(self, line_offset: int) -> Node:
        self.number_paragraphs()
        return Node(
            kind=self.kind,
            number=self.number,
            branch=self.branch,
            title=self.title,
            own="".join(self.own),
            marker=self.marker,
            start=self.start,
            line=self.line + line_offset,
            closing=self.closing,
            children=tuple(child.freeze(line_offset) for child in self.children),
        )


class FrontReader:
    """Reads the lines before the body; `leaf` is where blank lines and loose ends go."""

    def __init__(self, lines: Sequence[Line], file: str, line_offset: int) -> None:
        self.file, self.offset = file, line_offset
        self.anomalies: list[Anomaly] = []
        self.lines = self._unglue(lines)
        self.root = Draft(Kind.ROOT, Line(1, 0, ""))
        self.leaf = self.root

    def _note(self, kind: str, line: Line, message: str, severity: str = "warning") -> None:
        at = line.number + self.offset
        found = Anomaly(kind=kind, file=self.file, line=at, message=message, severity=severity)
        self.anomalies.append(found)

    def _unglue(self, lines: Sequence[Line]) -> list[Line]:
        """Cut 第五章　食品卫生标准 off the end of a paragraph: the source lost the line end."""
        cut: list[Line] = []
        for line in lines:
            found, separable = ln.glued_heading(line.raw)
            if found:
                done = "已分开" if separable else "疑为重复，留在原处"
                message = f"标题粘在段尾，{done}：{line.raw[found:].strip()}"
                self._note("glued_heading", line, message)
            if found and separable:
                cut.append(Line(line.number, line.start, line.raw[:found]))
                cut.append(Line(line.number, line.start + found, line.raw[found:]))
            else:
                cut.append(line)
        return cut

    def _add(self, parent: Draft, child: Draft) -> Draft:
        parent.children.append(child)
        self.leaf = child
        return child

    def _front(self, first: int) -> int:
        """Set title, header, 题注, 目录 and preamble aside; give where the body begins."""
        heads = [
            (position, mark)
            for position in range(first)
            if (mark := ln.division_mark(self.lines[position].raw))
        ]
        body = heads[0][0] if heads else first
        contents = range(0)
        again = [p for p, mark in heads[1:] if _same_heading(mark, heads[0][1])] if heads else []
        if again and first < len(self.lines):
            body = again[-1]
            last_entry = max(p for p, _ in heads if p < body)
            contents = range(self._contents_start(heads[0][0]), last_entry + 1)
        if first == len(self.lines):
            body = self._body_without_articles()
        header_end = max(
            (p for p in range(body) if _HEADER_END.search(self.lines[p].raw)), default=-1
        )
        for position in range(body):
            self._front_line(position, position in contents, header_end)
        return body

    def _contents_start(self, first_entry: int) -> int:
        position = first_entry
        while position > 0 and self.lines[position - 1].blank:
            position -= 1
        titled = position > 0 and _CONTENTS.match(self.lines[position - 1].body)
        return position - 1 if titled else first_entry

    def _body_without_articles(self) -> int:
        """A decision, amendment or reply: its body begins at 一、, or has no parts at all."""
        for position, line in enumerate(self.lines):
            if ln.entry_mark(line.raw):
                return position
        return len(self.lines)

    def _front_line(self, position: int, in_contents: bool, header_end: int) -> None:
        line = self.lines[position]
        kind = Kind.CONTENTS if in_contents else self._front_kind(line, position, header_end)
        if kind is None or (self.leaf.kind is kind and kind is not Kind.PREAMBLE):
            target = self.leaf
            if target is self.root:
                target = self._add(self.root, Draft(Kind.HEADER, line))
            target.own.append(line.raw)
        else:
            self._add(self.root, Draft(kind, line, line.raw))

    def _front_kind(self, line: Line, position: int, header_end: int) -> Kind | None:
        """Say what a line before the body is; None for a blank one."""
        if line.blank:
            return None
        titled = any(node.kind is Kind.TITLE for node in self.root.children)
        body = line.body
        if not titled and not body.startswith("<!--") and not _CAPTION.match(body):
            looks_like_title = len(body) <= TITLE_MAX_CHARS and not re.search(r"[。；]", body)
            if looks_like_title and not _DATED.match(body):
                return Kind.TITLE
        if position <= header_end or body.startswith("<!--"):
            return Kind.HEADER
        if _CAPTION.match(body):
            return Kind.CAPTION
        open_caption = self.leaf.kind is Kind.CAPTION and "".join(self.leaf.own).count(
            "（"
        ) > "".join(self.leaf.own).count("）")
        if open_caption:
            return Kind.CAPTION
        return Kind.PREAMBLE if re.search(r"[。：；，]", body) else Kind.HEADER


def _same_heading(one: Mark, other: Mark) -> bool:
    return (one.kind, one.number, one.title) == (other.kind, other.number, other.title)
