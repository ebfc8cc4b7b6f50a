"""Lines → tree: each line is taken once, top to bottom, and goes to exactly one node."""

import re
from collections.abc import Sequence

from riskwarn.law import lines as ln
from riskwarn.law.build_front import Draft, FrontReader
from riskwarn.law.lines import Line, Mark
from riskwarn.law.tree import DIVISIONS, Kind

_UNFINISHED = re.compile(r"[\u4e00-\u9fff0-9A-Za-z，、]$")
_LEVEL = {kind: level for level, kind in enumerate(DIVISIONS)}


class Builder(FrontReader):
    """Reads the lines once, top to bottom; `leaf` is where blank lines and loose ends go."""

    def __init__(self, lines: Sequence[Line], file: str, line_offset: int) -> None:
        super().__init__(lines, file, line_offset)
        self.stack: list[Draft] = []
        self.article: Draft | None = None
        self.last = (0, 0)

    def build(self) -> Draft:
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

    def _take(self, position: int, line: Line, mark: Mark | None) -> None:
        if line.blank:
            self._blank(line)
        elif mark:
            self._open_article(line, mark)
        elif division := self._division(position, line):
            self._open_division(line, division)
        elif self.last == (0, 0) and (entry := ln.entry_mark(line.raw)):
            self._add(self.root, Draft(Kind.ENTRY, line, line.raw).marked(entry))
        else:
            self._text(line)

    def _blank(self, line: Line) -> None:
        if self.leaf is self.root:
            self._add(self.root, Draft(Kind.HEADER, line))
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
        self.stack.append(self._add(parent, Draft(mark.kind, line, line.raw).marked(mark)))
        self.article = None

    def _open_article(self, line: Line, mark: Mark) -> None:
        parent = self.stack[-1] if self.stack else self.root
        rest = line.raw[mark.length :]
        draft = Draft(Kind.ARTICLE, line, line.raw[: mark.length] if rest.strip() else line.raw)
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
        paragraph = self._add(parent, Draft(Kind.PARAGRAPH, line, head, start))
        ends = [begin for begin, _, _ in marks[1:]] + [len(own)]
        for (begin, after, number), end in zip(marks, ends, strict=False):
            item = Draft(Kind.ITEM, line, own[begin:end], start + begin)
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
            self._add(holder, Draft(Kind.NOTE, line, line.raw))
            self._note("footnote", line, f"编者注，不属于条文：{line.body[:20]}", "info")
        elif mark := ln.item_mark(line.raw):
            self._item(line, mark, holder)
        elif (mark := ln.subitem_mark(line.raw)) and self._takes_subitem(holder):
            parent = self._last_item(holder) or holder.children[-1]
            self._add(parent, Draft(Kind.SUBITEM, line, line.raw).marked(mark))
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
        self._add(parent, Draft(kind, line, line.raw))

    def _takes_subitem(self, holder: Draft) -> bool:
        last = holder.children[-1] if holder.children else None
        return last is not None and last.kind is Kind.PARAGRAPH

    def _last_item(self, holder: Draft) -> Draft | None:
        last = holder.children[-1]
        items = [child for child in last.children if child.kind is Kind.ITEM]
        return items[-1] if items else None

    def _item(self, line: Line, mark: Mark, holder: Draft) -> None:
        if not holder.children or holder.children[-1].kind is not Kind.PARAGRAPH:
            self._add(holder, Draft(Kind.PARAGRAPH, line))
            self._note("item_without_lead", line, f"项前没有引导语：{line.body[:16]}")
        self._continue_list(mark, holder)
        parent = holder.children[-1]
        self._add(parent, Draft(Kind.ITEM, line, line.raw).marked(mark))

    def _continue_list(self, mark: Mark, holder: Draft) -> None:
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

    def _annexes(self, position: int) -> Draft:
        for line in self.lines[position:]:
            if ln.is_annex(line.raw) or self.leaf.kind is not Kind.ANNEX:
                self._add(self.root, Draft(Kind.ANNEX, line, line.raw)).title = line.body
            else:
                self.leaf.own.append(line.raw)
        return self.root
