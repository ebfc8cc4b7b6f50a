"""One item of a decision → atomic instructions, by a small grammar of amending language.

Clauses follow one another; each may leave its subject out and go on with the one before. A clause
that does not fit the grammar is given back unread with the articles it may concern: it is never
guessed.
"""

import re

from riskwarn.law.amend_cursor import LEAD, StuckError
from riskwarn.law.amend_decision import Decision
from riskwarn.law.amend_say_adds import AddClauses
from riskwarn.law.amend_terms import ADDS, AmendKind, Instruction, Unread
from riskwarn.law.amend_tokens import read_terms

_EXCEPTED = re.compile(
    r"[（(](?P<where>第[^（）()，。；]{1,60})除外[）)]|，但(?:是)?(?P<tail>第[^，。；]{1,60}?)除外"
)


class ItemParser(AddClauses):
    """Parses one item, line by line."""

    def parse(self) -> None:
        """Read all lines of the item; lead lines only say where (对第七条作如下修改：)."""
        for line, masked in self.item.leads:
            self.line, self.masked = line, masked
            self.terms, self.at, self.start = read_terms(self.masked), 0, 0
            self._skip("STOP", *LEAD)
            if self._opens():
                self.scope.subject = self._targets()
        for line, masked in self.item.lines:
            self.line, self.masked, self.excluded = line, _exception_first(masked), ()
            self.terms, self.at = read_terms(self.masked), 0
            while self.at < len(self.terms):
                if self.terms[self.at].kind in ("STOP", *LEAD):
                    self.at += 1
                    continue
                self.start = self.at
                made, subject = len(self.instructions), list(self.scope.subject)
                try:
                    self._clause()
                except StuckError as stuck:
                    self._give_up(str(stuck), made, subject)

    def _clause(self) -> None:
        """subject? action, where either may have been said before."""
        if self._kind() == "EXCEPTION":
            self.at += 1
            self.excluded = tuple(self._targets())
            if self._kind() == "X" or self._kind() == "EXCEPT":
                self.at += 1
            return None
        if self._kind() == "DEL":
            self.at += 1
            return self._delete()
        if self._opens():
            self.scope.subject = self._subject()
        return self._action()

    def _action(self) -> None:
        self._skip("OF", "PREP")
        self._skip("EACH")
        kind = self._kind()
        if kind == "Q" or (kind == "ORIG" and self._kind(1) == "Q"):
            return self._words()
        if kind in ("AFTER", "BEFORE", "END", "START"):
            return self._at_place(kind)
        if kind == "MOVE":
            return self._move()
        if kind == "INTO":
            return self._merge_division()
        if kind in ("COMMA", "COLON") and self.at > self.start:
            return None  # only the subject was named: 第五条：…
        verbs = {
            "REPL": self._replace,
            "ADD": self._add,
            "DEL": self._delete,
            "MERGE": self._merge,
            "SPLIT": self._split,
            "AS": self._as_number,
            "DOES": self._nothing_more,
            "SHIFT": self._nothing_more,
        }
        if kind not in verbs:
            raise StuckError("看不懂这句修改指令")
        self.at += 1
        return verbs[kind]()

    def _nothing_more(self) -> None:
        """对第五条作如下修改：the rest says how; 其后各项序号相应调整 follows by itself."""

    def _as_number(self) -> None:
        """第二款作为第三款; 单独作为一条，作为第六条."""
        if self._take("COUNT"):
            self._renumber(self._as_news())
        else:
            self._renumber(self._news(len(self.scope.subject)))

    def _at_place(self, kind: str) -> None:
        """在第二条后增加一条, 在第一款最后增加“…”."""
        self.at += 1
        place = {"AFTER": "after", "BEFORE": "before", "END": "end", "START": "start"}[kind]
        self._skip("COMMA", "PREP", "EACH")
        if not self._take("ADD"):
            raise StuckError("位置之后没有“增加”")
        self._add(place)


def _exception_first(masked: str) -> str:
    """本条例（第九条除外）中的…, or …，但第九条除外: said first, as 除第九条外，…"""
    found = _EXCEPTED.search(masked)
    if not found:
        return masked
    rest = masked[: found.start()] + masked[found.end() :]
    return f"除{found['where'] or found['tail']}外，{rest}"


def parse_items(
    decision: Decision, order: tuple[str, ...]
) -> tuple[list[Instruction], list[Unread]]:
    """Parse every item of a decision.

    Takes:  decision; order, the article numbers of the law that is amended ("41", "133-1"), so
            that a range knows what lies in it.
    Gives:  instructions in the order of the decision, and the wording that was not understood.
            An addition whose text never came is unread too.
    """
    instructions: list[Instruction] = []
    unread: list[Unread] = []
    for item in decision.items:
        parser = ItemParser(decision, item, order)
        parser.parse()
        for made in parser.instructions:
            textless = made.quote is None and made.kind in (*ADDS.values(), AmendKind.ADD_DIVISION)
            if textless:
                unread.append(
                    Unread(
                        no=made.no,
                        line=made.line,
                        wording=made.written,
                        law=made.law,
                        reason="没有给出增加的文字",
                        articles=made.articles,
                    )
                )
            else:
                instructions.append(made)
        unread += parser.unread
    if decision.rewords is not None:
        line, wording = decision.rewords
        instructions.append(
            Instruction(no="（末段）", kind=AmendKind.OTHER, written=wording.strip("。"), line=line)
        )
    return instructions, unread
