"""The cursor of the grammar: one item, its terms, and what was understood so far."""

from riskwarn.law.amend_decision import Decision, Item
from riskwarn.law.amend_mask import Quote
from riskwarn.law.amend_refs import Scope, opens_reference, read_targets
from riskwarn.law.amend_terms import AmendKind, Instruction, Target, Unread
from riskwarn.law.amend_tokens import Term

LEAD = ("PREP", "COMMA", "AND", "COLON", "EACH")


class StuckError(Exception):
    """The clause does not fit the grammar."""


class Cursor:
    """Where the reading stands; `instructions` and `unread` are what came of it."""

    def __init__(self, decision: Decision, item: Item, order: tuple[str, ...]) -> None:
        self.decision, self.item = decision, item
        self.scope = Scope(law=item.law, order=order)
        self.instructions: list[Instruction] = []
        self.unread: list[Unread] = []
        self.awaiting: int | None = None  # an instruction whose new text is still to come
        self.excluded: tuple[Target, ...] = ()
        self.terms: list[Term] = []
        self.at = 0
        self.start = 0
        self.line, self.masked = item.line, ""

    def _peek(self, ahead: int = 0) -> Term | None:
        at = self.at + ahead
        return self.terms[at] if at < len(self.terms) else None

    def _kind(self, ahead: int = 0) -> str:
        term = self._peek(ahead)
        return term.kind if term else ""

    def _skip(self, *kinds: str) -> None:
        while self._kind() in kinds and kinds:
            self.at += 1

    def _take(self, kind: str) -> bool:
        if self._kind() == kind:
            self.at += 1
            return True
        return False

    def _quote(self) -> Quote:
        term = self._peek()
        if term is None or term.kind != "Q":
            raise StuckError("缺少引号内的文字")
        self.at += 1
        return self.decision.quotes[term.quote]

    def _opens(self) -> bool:
        return opens_reference(self._peek(), self._peek(1))

    def _targets(self) -> list[Target]:
        found, self.at = read_targets(self.terms, self.at, self.scope)
        return found

    def _written(self) -> str:
        begin = self.terms[self.start].start
        while begin > 0 and self.masked[begin - 1] in "将在把对删去增加":
            begin -= 1
        end = self.terms[min(self.at, len(self.terms)) - 1].end
        return self.decision.shown(self.masked[begin:end]).strip("，。；：、 ")

    def _emit(self, kind: AmendKind, **values: object) -> None:
        targets = values.get("targets")
        law = targets[0].law if isinstance(targets, tuple) and targets else ""
        made = Instruction(
            no=self.item.no,
            kind=kind,
            written=self._written(),
            line=self.line,
            law=law or self.scope.law,
            excluded=self.excluded,
            **values,  # type: ignore[arg-type]  # the names are those of Instruction's fields
        )
        self.instructions.append(made)

    def _give_up(self, reason: str, made: int, before: list[Target]) -> None:
        """Drop what the clause had begun, skip to its end, and say which articles it concerns."""
        del self.instructions[made:]
        while self.at < len(self.terms) and self._kind() != "STOP":
            self.at += 1
        words = self.terms[self.start : self.at]
        wording = self.decision.shown(self.masked[words[0].start : words[-1].end])
        named: list[str] = []
        at = 0
        while at < len(words):
            found, after = read_targets(words, at, Scope(self.scope.law, self.scope.order))
            if at and words[at - 1].kind == "AS":
                found = []  # 作为第四十九条 is a new number
            named += [t.article for t in found if t.article]
            at = max(after, at + 1)
        if not named:
            named = [t.article for t in (before or self.scope.subject) if t.article]
        self.awaiting = None
        self.unread.append(
            Unread(
                no=self.item.no,
                line=self.line,
                wording=wording,
                reason=reason,
                law=self.scope.law,
                articles=tuple(dict.fromkeys(named)),
            )
        )

    def _subject(self) -> list[Target]:
        found = self._targets()
        if not found:
            raise StuckError("看不懂所指的条款")
        return found

    def _need_subject(self) -> None:
        if not self.scope.subject:
            raise StuckError("没有写明在哪一条")

    def _another_quote(self) -> bool:
        """Whether “甲”、“乙”, “甲”和“乙” or “甲”“乙” goes on."""
        return self._kind() == "Q" or (self._kind() == "AND" and self._kind(1) == "Q")

    def _verb_after(self, ahead: int) -> bool:
        return self._kind(ahead) in ("REPL", "AFTER", "BEFORE")

    def _each_word(
        self, kind: AmendKind, targets: list[Target], pairs: list[tuple[str, str]], place: str = ""
    ) -> None:
        spared = {target.article for target in self.excluded}
        for old, new in pairs:
            for target in targets:
                if target.article and target.article in spared:
                    continue
                self._emit(kind, targets=(target,), old_words=old, new_words=new, place=place)
