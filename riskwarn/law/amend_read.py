"""An amending decision → its items, each with its number, its law, its words and its quoted texts.

Quoted new text is taken out first: it opens with “ on every paragraph and closes once, and nothing
inside it is an instruction. What stays is the language of amending, one item after another.
"""

import re
from datetime import date

from riskwarn.law.amend_decision import Decision, Item, Repealed
from riskwarn.law.amend_mask import (
    CLOSING,
    FIRST_MARK,
    LAST_MARK,
    LEVELS,
    SETS_LAW,
    has_mark,
    mask_quotes,
    numbered,
)
from riskwarn.law.lawfile import split_header
from riskwarn.records.law import short_title

_NUMERAL = "[一二三四五六七八九十百]+"
_PURPOSE = re.compile(r"^为了?[^“”\ue000-\uf8ff]{4,200}?，(?=(?:将|在|对|删去)[^，。]{0,20}第)")
_VERBS = re.compile(r"修改|改为|增加|删去|删除|合并|作为|调整为")
_PLACED = re.compile(r"(《(?:[^《》]|《[^《》]*》)+》)(?:[（(][^（）()]*[）)])?\s*第")
_TITLES = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_DATE = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_EFFECTIVE = re.compile(rf"本(?:决定|修正案)自\s*(?:{_DATE}|(公布|发布|印发)之日)\s*起")
_EVENT = re.compile(rf"{_DATE}[^\n]{{0,60}}?(?:通过|公布|发布)")
_STAMP = re.compile(r"<!--\s*EFFECTIVE_FROM:\s*(\d{4})-(\d{2})-(\d{2})\s*-->")
_REORDERS = re.compile(r"(?:条文|条款|条|章节)?(?:的)?(?:顺序|序号)[^。；]{0,12}相应(?:的)?调整")
_REWORDS = re.compile(r"(?:个别|部分|有关)(?:文字|词语|标点|字词)[^。；]{0,14}(?:修改|调整)")
_FOLLOWS = re.compile(  # 对下列法律中关于“征用”的规定作出修改: what is amended stands below
    r"^(?:对|删去)(?:下列|以下)[^。]{2,80}?(?:作出|作|做|进行)(?:出)?(?:如下|以下)?修改[：:。]?$"
)
_ANNEX = re.compile(rf"^附\s*件\s*(?:[0-9０-９]|{_NUMERAL})?\s*[：:]?$")
_LIST_HEAD = re.compile(
    r"(?:决定|予以|宣布)(?P<what>修改|废止|失效)[^。，；：]{0,6}的[^。，；：]{1,30}$"
)
_OVERVIEW = re.compile(
    r"(?:\d+|[一二三四五六七八九十百]+)\s*(?:部|件|个)[^。]{0,40}(?:修改|废止|失效)"
)
_HEADING_REST = re.compile(
    r"^(?:[（(][^）)]*[）)])?\s*(?:的?(?:部分|有关|相关)?(?:条款|条文|内容|规定)?"
    r"(?:作|做|予以|进行)?(?:出|如下|以下|下列)*(?:的)?(?:修改|修正|修订)?)?\s*[：:。]?$"
)
_REPEALED = re.compile(
    r"^(?:废止)?(?P<titles>(?:《(?:[^《》]|《[^《》]*》)+》[、和及]?)+)(?P<rest>.*)$"
)


def read_decision(text: str) -> Decision:
    """Read an amending decision or a 修正案.

    Takes:  text as decoded, with or without our header.
    Gives:  the decision; what cannot be told apart is kept in `odd` with its line. Never raises.
    """
    source = split_header(text.replace("\r", ""))
    decision = Decision()
    _dates(source.text, decision)
    masked = mask_quotes(source.text, source.line_offset)
    decision.quotes, decision.odd = masked.quotes, masked.odd
    _Reader(decision).read(masked.lines)
    return decision


def _dates(text: str, decision: Decision) -> None:
    event = _EVENT.search(_front(text))
    decision.dated_on = _day(event.groups()) if event else None
    effective = _EFFECTIVE.search(text)
    stamp = _STAMP.search(text)
    if effective and effective[1]:
        decision.effective_on = _day(effective.groups())
    elif effective and effective[4]:
        decision.effective_on = decision.dated_on
    if decision.effective_on is None and stamp:
        decision.effective_on = _day(stamp.groups())


def _front(text: str) -> str:
    """What stands before the first item: a date further down is of another text."""
    first = re.search(r"^\s*(?:一、|附\s*件)", text, re.MULTILINE)
    return text[: first.start()] if first else text[:1500]


def _day(parts: tuple[str | None, ...]) -> date | None:
    try:
        return date(*(int(part or 0) for part in parts[:3]))
    except ValueError:
        return None


class _Reader:
    """Takes the masked lines in order and files them under items."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.numbers = [""] * len(LEVELS)
        self.laws: list[str] = [""] * len(LEVELS)
        self.leads: list[tuple[int, str] | None] = [None] * len(LEVELS)
        self.shared: list[str] = [""] * len(LEVELS)
        self.law = ""  # of the whole decision
        self.item: Item | None = None
        self.mode = "amend"
        self.begun = False

    def read(self, lines: list[tuple[int, str]]) -> None:
        for number, line in lines:
            if not self.begun and not self.decision.title and "》" not in line[:1]:
                self.decision.title = "".join(line.split())
                self._title(self.decision.title)
                continue
            self._line(number, line)

    def _title(self, title: str) -> None:
        if "修改" in title:
            titles = [short_title(t) for t in _TITLES.findall(title.split("修改", 1)[1])]
            self.law = titles[0] if len(titles) == 1 else ""
        amendment = re.match(r"(.+?)修正案", title)
        if amendment:
            self.law = short_title(amendment[1])
        if self.law:
            self.decision.laws.append(self.law)

    def _line(self, number: int, line: str) -> None:
        if _ANNEX.match(line):
            self.item, self.mode, self.begun = None, "amend", True
            self._reset(0)
            return
        bare = _LIST_HEAD.search(line)
        if bare and len(line) <= 50 and not LEVELS[0].match(line) and "《" not in line:
            self.mode = "amend" if bare["what"] == "修改" else "repeal"
            self._reset(0)
            return
        level, no, rest = numbered(line)
        if CLOSING.match(rest) or _closes(rest):
            self._closing(number, rest)
            return
        if self.mode == "repeal":
            self._repealed(number, no, rest)
            return
        if level >= 0:
            self._reset(level)
            self.numbers[level] = no
            self.begun = True
        elif not self.begun and not self._begins(rest):
            return
        self._file(number, level, rest)

    def _reset(self, level: int) -> None:
        for deeper in range(level, len(LEVELS)):
            self.numbers[deeper] = self.laws[deeper] = self.shared[deeper] = ""
            self.leads[deeper] = None
        self.item = None

    def _begins(self, line: str) -> bool:
        """Whether an unnumbered line before the first item instructs: 作如下修改：, or 增加一条…"""
        lead = re.search(
            r"(?:作|做)(?:出)?(?:如|以)下(?:修改|补充|修正)(?:和?(?:补充|修改|完善))?|(?:作|做)出?修改[：:]",
            line,
        )
        if lead:
            titles = _TITLES.findall(line[: lead.start()])
            if len(titles) == 1:
                self._set_law(-1, short_title(titles[0]))
            self.begun = True
            return bool(line[lead.end() :].strip("：:，。 "))
        line = _PURPOSE.sub("", line)
        marked = re.search(f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]", line)
        opens = re.match(r"^(?:将|把|在|对|删去|增加)", line)
        placed = marked or opens or re.search(r"第.{1,9}条", line)
        self.begun = bool(_VERBS.search(line) and placed)
        return self.begun

    def _set_law(self, level: int, law: str) -> None:
        if law not in self.decision.laws:
            self.decision.laws.append(law)
        if level < 0:
            self.law = law
        else:
            self.laws[level] = law

    def _file(self, number: int, level: int, rest: str) -> None:
        rest = _PURPOSE.sub("", rest)
        named = SETS_LAW.match(rest)
        if named:
            at = max(level, 0) if level >= 0 or any(self.numbers) else -1
            self._set_law(at, short_title(named["title"]))
            self.item = self.item if level < 0 else None
            if _HEADING_REST.match(named["rest"]):
                return
        elif (_OVERVIEW.search(rest) and not has_mark(rest)) or (
            re.match(r"^对(?:部分|有关|以下|下列)?条文.{0,6}(?:作|做)", rest) and not has_mark(rest)
        ):
            return
        if _FOLLOWS.match(rest) or self._leads(number, max(level, 0), rest):
            return
        if any(self.shared) and not SETS_LAW.match(rest) and "》" in rest and not has_mark(rest):
            self._set_law(max(level, 0), short_title(rest.rstrip("。；;")))  # 关于《某法》的解释
        rest = self._spread(rest)
        for other in _PLACED.findall(rest):
            if short_title(other) not in self.decision.laws:
                self.decision.laws.append(short_title(other))
        if rest.startswith("废止《") or re.match(r"^(?:对)?《.+》予以废止", rest):
            self._repealed(number, "".join(self.numbers), rest)
            return
        if self.item is None:
            law = next((law for law in reversed(self.laws) if law), self.law)
            self.item = Item("".join(self.numbers) or "（未编号）", law, number)
            self.item.leads = [lead for lead in self.leads if lead is not None]
            self.decision.items.append(self.item)
        self.item.lines.append((number, rest))

    def _leads(self, number: int, level: int, rest: str) -> bool:
        """对第七条作如下修改：, or 将下列法规中的“甲”修改为“乙”：, above a list."""
        listed = re.match(
            r"^(?:将|删去)?(?:下列|以下)[^：]{0,80}?中(?:引用|使用)?的(?P<what>.+?)[：:。]?$", rest
        )
        if listed and has_mark(rest):
            verb = "删去" if rest.startswith("删去") else "将"
            self.shared[level] = f"{verb}\0中的{listed['what']}"
            return True
        if rest.endswith(("：", ":")) and not has_mark(rest) and not re.search("增加|修改为", rest):
            self.leads[level] = (number, rest)
            self.item = None
            return True
        return False

    def _spread(self, rest: str) -> str:
        """A line that only names places takes what was said above the list."""
        shared = next((said for said in reversed(self.shared) if said), "")
        named = re.match(r"^(?:《(?:[^《》]|《[^《》]*》)+》|第.{1,6}条)", rest)
        if shared and named and not _VERBS.search(rest) and not has_mark(rest):
            return shared.replace("\0", rest.rstrip("。；;"))
        return rest

    def _repealed(self, number: int, no: str, rest: str) -> None:
        listed = _REPEALED.match(rest)
        titles = _TITLES.findall(listed["titles"]) if listed else []
        history = re.search(r"[（(](.*)[）)]\s*[；;。]?$", rest)
        if not titles:
            bare = rest[: history.start()] if history else rest.rstrip("；;。")
            titles = [bare.removeprefix("废止")]
        for title in titles:
            if title and len(title) <= 80 and "。" not in title:
                found = Repealed(
                    title=short_title(title),
                    history=history[1] if history else "",
                    no=no,
                    line=number,
                )
                self.decision.repealed.append(found)

    def _closing(self, number: int, line: str) -> None:
        if _REORDERS.search(line):
            self.decision.reorders = True
        if _REWORDS.search(line):
            self.decision.rewords = (number, line)
        if re.search(r"(?:调整|改)为", line) and has_mark(line):
            law = next((law for law in reversed(self.laws) if law), self.law)
            said = line.split("：", 1)[-1]
            self.decision.items.append(Item("（末段）", law, number, [(number, said)]))
        if not line.startswith("此外"):
            self.item = None


def _closes(line: str) -> bool:
    """条文顺序作相应调整, as a sentence of its own."""
    short = len(line) <= 160 and not re.match(r"^(?:将|把|在|删去|增加|第)", line)
    said = _REORDERS.search(line) or _REWORDS.search(line) or re.match(r"^对?目录.{0,6}相应", line)
    return bool(short and said)
