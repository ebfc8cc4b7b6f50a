"""Lines → tree: each line is taken once, top to bottom, and goes to exactly one node."""

import re
from collections.abc import Sequence

from riskwarn.law import lines as ln
from riskwarn.law.lines import Line, Mark
from riskwarn.law.tree import DIVISIONS, Anomaly, Kind, Node

_HEADER_END = re.compile(r"<!--\s*(INFO|LEGAL_HEADER)[ _]END\s*-->")
_CAPTION = re.compile(r"[（(].*\d+\s*年.*(通过|公布|批准|发布|修订|修正|施行|印发|颁布|废止)")
_CONTENTS = re.compile(r"#*\s*目[ \t\u3000\u00a0]*[录次]$")
_DATED = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日|法释〔\d+〕)")
_UNFINISHED = re.compile(r"[\u4e00-\u9fff0-9A-Za-z，、]$")
_LEVEL = {kind: level for level, kind in enumerate(DIVISIONS)}
TITLE_MAX_CHARS = 120


class _Draft:
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
        self.children: list[_Draft] = []

    def marked(self, mark: Mark) -> "_Draft":
        self.number, self.branch, self.marker = mark.number, mark.branch, mark.length
        self.title = mark.title
        return self

    @property
    def body(self) -> str:
        return "".join(self.own)[self.marker :].strip()

    def number_paragraphs(self) -> None:
        """A 款 bears no number: its position counts. One that ends a list's sentence is 尾款."""
        before: _Draft | None = None
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


class Builder:
    """Reads the lines once, top to bottom; `leaf` is where blank lines and loose ends go."""

    def __init__(self, lines: Sequence[Line], file: str, line_offset: int) -> None:
        self.file, self.offset = file, line_offset
        self.anomalies: list[Anomaly] = []
        self.lines = self._unglue(lines)
        self.root = _Draft(Kind.ROOT, Line(1, 0, ""))
        self.leaf = self.root
        self.stack: list[_Draft] = []
        self.article: _Draft | None = None
        self.last = (0, 0)

    def build(self) -> _Draft:
        marks = self._article_marks()
        first = min(marks, default=None)
        body = self._front(first if first is not None else len(self.lines))
        final = max(marks, default=-1)
        position = body
        while position < len(self.lines):
            line = self.lines[position]
            if position > final and first is not None and ln.is_annex(line.raw):
                return self._annexes(position)
            self._take(position, line, marks.get(position))
            position += 1
        return self.root

    def _article_marks(self) -> dict[int, Mark]:
        """Find every article line first, so that annexes and 目录 can be told by their place."""
        marks: dict[int, Mark] = {}
        last = (0, 0)
        annexed = False
        for position, line in enumerate(self.lines):
            mark = ln.article_mark(line.raw, last)
            annexed = annexed or (bool(marks) and not mark and ln.is_annex(line.raw))
            if mark and not (annexed and (mark.number, mark.branch) <= last):
                marks[position] = mark
                last = max(last, (mark.number, mark.branch))
        return marks

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

    # --- before the first article -------------------------------------------------------------

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
                target = self._add(self.root, _Draft(Kind.HEADER, line))
            target.own.append(line.raw)
        else:
            self._add(self.root, _Draft(kind, line, line.raw))

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

    # --- the body -----------------------------------------------------------------------------

    def _add(self, parent: _Draft, child: _Draft) -> _Draft:
        parent.children.append(child)
        self.leaf = child
        return child

    def _take(self, position: int, line: Line, mark: Mark | None) -> None:
        if line.blank:
            self._blank(line)
        elif mark:
            self._open_article(line, mark)
        elif division := self._division(position, line):
            self._open_division(line, division)
        elif self.last == (0, 0) and (entry := ln.entry_mark(line.raw)):
            self._add(self.root, _Draft(Kind.ENTRY, line, line.raw).marked(entry))
        else:
            self._text(line)

    def _blank(self, line: Line) -> None:
        if self.leaf is self.root:
            self._add(self.root, _Draft(Kind.HEADER, line))
        self.leaf.own.append(line.raw)

    def _division(self, position: int, line: Line) -> Mark | None:
        mark = ln.division_mark(line.raw)
        if mark or self.last == (0, 0):
            return mark
        entry = ln.entry_mark(line.raw)  # 一、程序规定 between articles of an interpretation
        if not entry or len(line.body) > 24 or re.search(r"[。；：，]", line.body):
            return None
        following = (ln_.raw for ln_ in self.lines[position + 1 :] if not ln_.blank)
        if not ln.article_mark(next(following, ""), self.last):
            return None
        title = "".join(line.raw[entry.length :].split())
        return Mark(Kind.CHAPTER, entry.number, 0, entry.length, title)

    def _open_division(self, line: Line, mark: Mark) -> None:
        while self.stack and _LEVEL[self.stack[-1].kind] >= _LEVEL[mark.kind]:
            self.stack.pop()
        parent = self.stack[-1] if self.stack else self.root
        self.stack.append(self._add(parent, _Draft(mark.kind, line, line.raw).marked(mark)))
        self.article = None

    def _open_article(self, line: Line, mark: Mark) -> None:
        parent = self.stack[-1] if self.stack else self.root
        rest = line.raw[mark.length :]
        draft = _Draft(Kind.ARTICLE, line, line.raw[: mark.length] if rest.strip() else line.raw)
        self.article = self._add(parent, draft.marked(mark))
        self.last = (mark.number, mark.branch)
        if mark.odd:
            severity = "info" if "后没有空格" in mark.odd else "warning"
            kind = "wrong_character" if "笫" in mark.odd else "odd_article_number"
            self._note(kind, line, f"{mark.odd}：{line.body[:12]}", severity)
        if rest.strip():
            self._paragraph(line, rest, line.start + mark.length)

    def _paragraph(self, line: Line, own: str, start: int) -> None:
        parent = self.article or self.stack[-1]
        marks = ln.inline_items(own)
        head = own[: marks[0][0]] if marks else own
        paragraph = self._add(parent, _Draft(Kind.PARAGRAPH, line, head, start))
        ends = [begin for begin, _, _ in marks[1:]] + [len(own)]
        for (begin, after, number), end in zip(marks, ends, strict=False):
            item = _Draft(Kind.ITEM, line, own[begin:end], start + begin)
            item.number, item.marker = number, after - begin
            self._add(paragraph, item)

    def _text(self, line: Line) -> None:
        holder = self.article or (self.stack[-1] if self.stack else None)
        if holder is None or (holder is not self.article and self.leaf.kind is Kind.ENTRY):
            self._loose(line)
        elif holder is self.leaf and holder is not self.article and len(line.body) < 40:
            title = "".join(line.raw.split())
            self._note("broken_heading", line, f"标题断成两行，已接上：{title}", "info")
            holder.title += title
            holder.own.append(line.raw)
        elif ln.is_note(line.raw):
            self._add(holder, _Draft(Kind.NOTE, line, line.raw))
            self._note("footnote", line, f"编者注，不属于条文：{line.body[:20]}", "info")
        elif mark := ln.item_mark(line.raw):
            self._item(line, mark, holder)
        elif (mark := ln.subitem_mark(line.raw)) and self._takes_subitem(holder):
            parent = self._last_item(holder) or holder.children[-1]
            self._add(parent, _Draft(Kind.SUBITEM, line, line.raw).marked(mark))
        elif self._broken(line):
            self._note("broken_line", line, f"上一行没有写完，已接上：{line.body[:16]}", "info")
            self.leaf.own.append(line.raw)
        else:
            self._paragraph(line, line.raw, line.start)

    def _loose(self, line: Line) -> None:
        """Running text of a decision or reply, under its 一、 or under nothing."""
        entry = self.root.children[-1] if self.root.children else None
        parent = entry if entry is not None and entry.kind is Kind.ENTRY else self.root
        kind = Kind.PARAGRAPH if parent is entry else Kind.PREAMBLE
        self._add(parent, _Draft(kind, line, line.raw))

    def _takes_subitem(self, holder: _Draft) -> bool:
        last = holder.children[-1] if holder.children else None
        return last is not None and last.kind is Kind.PARAGRAPH

    def _last_item(self, holder: _Draft) -> _Draft | None:
        last = holder.children[-1]
        items = [child for child in last.children if child.kind is Kind.ITEM]
        return items[-1] if items else None

    def _item(self, line: Line, mark: Mark, holder: _Draft) -> None:
        if not holder.children or holder.children[-1].kind is not Kind.PARAGRAPH:
            self._add(holder, _Draft(Kind.PARAGRAPH, line))
            self._note("item_without_lead", line, f"项前没有引导语：{line.body[:16]}")
        self._continue_list(mark, holder)
        parent = holder.children[-1]
        self._add(parent, _Draft(Kind.ITEM, line, line.raw).marked(mark))

    def _continue_list(self, mark: Mark, holder: _Draft) -> None:
        """（三） after an unnumbered paragraph goes on with the list before it.

        The paragraphs between belong then to the last 项, not to the article.
        """
        if mark.number <= 1 or holder.children[-1].children:
            return
        for back in range(len(holder.children) - 2, -1, -1):
            before = holder.children[back]
            if before.children and before.children[-1].kind is Kind.ITEM:
                if before.children[-1].number == mark.number - 1:
                    before.children[-1].children.extend(holder.children[back + 1 :])
                    del holder.children[back + 1 :]
                return

    def _broken(self, line: Line) -> bool:
        """Whether the line before stops in the middle of a sentence."""
        if self.leaf.kind not in (Kind.PARAGRAPH, Kind.ITEM, Kind.SUBITEM):
            return False
        before = self.leaf.body
        tabular = "\t" in line.raw or "|" in line.raw or "\t" in before or "|" in before
        return not tabular and len(before) > 12 and bool(_UNFINISHED.search(before))

    def _annexes(self, position: int) -> _Draft:
        for line in self.lines[position:]:
            if ln.is_annex(line.raw) or self.leaf.kind is not Kind.ANNEX:
                self._add(self.root, _Draft(Kind.ANNEX, line, line.raw)).title = line.body
            else:
                self.leaf.own.append(line.raw)
        return self.root


def _same_heading(one: Mark, other: Mark) -> bool:
    return (one.kind, one.number, one.title) == (other.kind, other.number, other.title)
