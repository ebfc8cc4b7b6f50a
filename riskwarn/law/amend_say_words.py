"""Clauses about words and about what is deleted: “甲”修改为“乙”, 删去第二款."""

from riskwarn.law.amend_cursor import Cursor, StuckError
from riskwarn.law.amend_refs import Scope, read_targets
from riskwarn.law.amend_terms import DELETES, AmendKind, Target
from riskwarn.law.lines import division_mark, entry_mark
from riskwarn.law.tree import Kind
from riskwarn.records.numerals import write_numeral


class WordClauses(Cursor):
    """Words replaced, inserted, deleted; 条, 款 and 项 deleted."""

    def _words(self) -> None:
        """“甲”、“乙”修改为“丙”; “甲”后增加“乙”; “甲”删去."""
        if not self.scope.subject and self._rename_heading():
            return None
        entries = [(list(self.scope.subject), self._word_list())]
        while self._more_entries():
            self._skip("AND", "COMMA", "PREP")
            self.scope.subject = self._subject()
            self._skip("OF", "PREP")
            entries.append((list(self.scope.subject), self._word_list()))
        self.scope.subject = [t for targets, _ in entries for t in targets]
        self._need_subject()
        self._skip("OF")
        if self._kind() in ("AFTER", "BEFORE"):
            place = "after" if self._kind() == "AFTER" else "before"
            self.at += 1
            self._skip("COMMA", "PREP", "EACH")
            if not self._take("ADD"):
                raise StuckError("“后”或者“前”之后没有“增加”")
            self._skip("COLON")
            return self._insert(entries, place)
        self._skip("PREP", "EACH", "COMMA")
        if self._take("DEL"):
            for targets, olds in entries:
                self._each_word(AmendKind.DELETE_WORDS, targets, [(old, "") for old in olds])
            return None
        if not self._take("REPL"):
            raise StuckError("引号内的文字之后没有“修改为”“增加”或者“删去”")
        self._skip("COLON", "EACH")
        if self._kind() != "Q" and self._opens():
            raise StuckError("引号内的文字不能改为条款")
        news = self._new_words(max(len(olds) for _, olds in entries))
        for targets, olds in entries:
            pairs = list(
                zip(olds, news if len(news) == len(olds) else news[:1] * len(olds), strict=True)
            )
            if any(target.name for target in targets) and not any(t.article for t in targets):
                self._rename_words(targets, pairs)
            else:
                self._each_word(AmendKind.REPLACE_WORDS, targets, pairs)
        return None

    def _rename_heading(self) -> bool:
        """将“第三章 食品标准”修改为“第三章 食品安全标准”: a chapter named by its whole line."""
        colon = self._kind(2) == "COLON"
        kinds = [self._kind(ahead) for ahead in (0, 1, 3 if colon else 2)]
        if kinds != ["Q", "REPL", "Q"]:
            return False
        old, new = (
            self.decision.quotes[self.terms[self.at + n].quote].words
            for n in (0, 3 if colon else 2)
        )
        marks = [division_mark(words) or entry_mark(words) for words in (old, new)]
        if marks[0] is None:
            return False
        if marks[1] is None or (marks[0].kind, marks[0].number) != (marks[1].kind, marks[1].number):
            raise StuckError("章节的序号也变了")
        self.at += 4 if colon else 3
        word = {Kind.PART: "编", Kind.SUBPART: "分编", Kind.SECTION: "节"}.get(marks[0].kind, "章")
        label = f"第{write_numeral(marks[0].number)}{word}"
        names = [
            words[mark.length :].strip(" \t\u3000")
            for words, mark in zip((old, new), marks, strict=True)
            if mark
        ]
        target = Target(law=self.scope.law, division=label, name=True)
        self.scope.subject = [target]
        self._emit(
            AmendKind.RENAME_TITLE, targets=(target,), old_words=names[0], new_words=names[1]
        )
        return True

    def _word_list(self) -> list[str]:
        """“甲”、“乙”和“丙”: old words, as long as quotes follow one another."""
        self._skip("ORIG")
        words = [self._quote().words]
        while self._another_quote():
            self._skip("AND")
            words.append(self._quote().words)
        return words

    def _more_entries(self) -> bool:
        """“甲”、第九条中的“乙”修改为…: another place before the verb."""
        if self._kind() not in ("AND", "COMMA"):
            return False
        ahead = 1
        while self._kind(ahead) == "PREP":
            ahead += 1
        found, after = read_targets(
            self.terms,
            self.at + ahead,
            Scope(self.scope.law, self.scope.order, list(self.scope.subject)),
        )
        if not found or self._kind(ahead) == "BACK":
            return False
        quoted = self.terms[after : after + 2]
        return [t.kind for t in quoted] == ["OF", "Q"] or [t.kind for t in quoted[:1]] == ["Q"]

    def _new_words(self, wanted: int) -> list[str]:
        news = [self._quote().words]
        while len(news) < wanted and self._another_quote():
            if self._verb_after(1 if self._kind() == "Q" else 2):
                break
            self._skip("AND")
            news.append(self._quote().words)
        return news

    def _rename_words(self, targets: list[Target], pairs: list[tuple[str, str]]) -> None:
        for old, new in pairs:
            for target in targets:
                self._emit(AmendKind.RENAME_TITLE, targets=(target,), old_words=old, new_words=new)

    def _insert(self, entries: list[tuple[list[Target], list[str]]], place: str) -> None:
        if self._kind() == "COUNT":
            self.at += 1
            self._skip("COLON", "COMMA")
        news = self._new_words(max(len(olds) for _, olds in entries))
        for targets, olds in entries:
            paired = news if len(news) == len(olds) else news[:1] * len(olds)
            pairs = list(zip(olds, paired, strict=True))
            self._each_word(AmendKind.INSERT_WORDS, targets, pairs, place)

    def _delete(self) -> None:
        """删去 …中的“甲”、…中的“乙”; 删去第二款、第三款; 第五条第二款删去."""
        suffix = self.at - 1 > self.start
        while True:
            self._skip("PREP")
            named = self._opens()
            if named:
                self.scope.subject = self._subject()
            self._skip("OF")
            if self._kind() == "Q":
                self._need_subject()
                olds = self._word_list()
                pairs = [(old, "") for old in olds]
                self._each_word(AmendKind.DELETE_WORDS, list(self.scope.subject), pairs)
            elif named or suffix:
                self._delete_nodes()
            else:
                raise StuckError("没有写明删去什么")
            suffix = False
            if not self._delete_goes_on():
                return
            self._skip("AND", "COMMA")

    def _delete_goes_on(self) -> bool:
        """Whether 删去 also governs what follows: …、第三十三条第三款中的“乙”."""
        if self._kind() not in ("AND", "COMMA"):
            return False
        if self._kind(1) == "Q":
            return not self._verb_after(2)
        found, after = read_targets(
            self.terms,
            self.at + 1,
            Scope(self.scope.law, self.scope.order, list(self.scope.subject)),
        )
        if not found:
            return False
        rest = self.terms[after : after + 3]
        kinds = [term.kind for term in rest]
        if kinds[:2] == ["OF", "Q"]:
            return "".join(kinds[2:]) not in ("REPL", "AFTER", "BEFORE")
        return self._kind() == "AND" and (not kinds or kinds[0] in ("STOP", "COMMA", "AND"))

    def _delete_nodes(self) -> None:
        groups: dict[tuple[object, ...], list[Target]] = {}
        for target in self.scope.subject:
            if target.level == "annex":
                self._emit(AmendKind.DELETE_ANNEX, targets=(target,))
                continue
            if target.name or target.whole or target.annex or target.level == "law":
                raise StuckError("不能整个删去")
            if target.sentence:
                self._each_word(AmendKind.DELETE_WORDS, [target], [("", "")])
                continue
            alone = target.level in ("article", "division")
            key = (
                target.level,
                target if alone else target.article,
                None if alone else target.paragraph if target.level != "paragraph" else None,
            )
            groups.setdefault(key, []).append(target)
        for (level, *_), targets in groups.items():
            kind = DELETES.get(str(level), AmendKind.DELETE_DIVISION)
            self._emit(kind, targets=tuple(targets))
