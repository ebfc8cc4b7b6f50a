"""One item of a decision → atomic instructions, by a small grammar of amending language.

Clauses follow one another; each may leave its subject out and go on with the one before. A clause
that does not fit the grammar is given back unread with the articles it may concern: it is never
guessed.
"""

from dataclasses import replace

from riskwarn.law.amend_read import Decision, Item, Quote
from riskwarn.law.amend_refs import PREAMBLE, Scope, cut_at, opens_reference, read_targets
from riskwarn.law.amend_terms import (
    ADDS,
    DELETES,
    REPLACES,
    AmendKind,
    Instruction,
    Target,
    Unread,
)
from riskwarn.law.amend_tokens import Term, read_terms

_LEAD = ("PREP", "COMMA", "AND", "COLON", "EACH")
_CONTEXT_END = ("STOP", "COMMA", "COLON")


class _Stuck(Exception):
    """The clause does not fit the grammar."""


class ItemParser:
    """Parses one item, line by line; `instructions` and `unread` are what came of it."""

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

    def parse(self) -> None:
        """Read all lines of the item; lead lines only say where (对第七条作如下修改：)."""
        for self.line, self.masked in self.item.leads:
            self.terms, self.at, self.start = read_terms(self.masked), 0, 0
            self._skip("STOP", *_LEAD)
            if self._opens():
                self.scope.subject = self._targets()
        for self.line, self.masked in self.item.lines:
            self.terms, self.at = read_terms(self.masked), 0
            while self.at < len(self.terms):
                if self.terms[self.at].kind in ("STOP", *_LEAD):
                    self.at += 1
                    continue
                self.start = self.at
                made, subject = len(self.instructions), list(self.scope.subject)
                try:
                    self._clause()
                except _Stuck as stuck:
                    self._give_up(str(stuck), made, subject)

    # --- small helpers --------------------------------------------------------------------------

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
            raise _Stuck("缺少引号内的文字")
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

    # --- clauses --------------------------------------------------------------------------------

    def _clause(self) -> None:
        """subject? action, where either may have been said before."""
        if self._kind() == "EXCEPTION":
            self.at += 1
            self.excluded = tuple(self._targets())
            if self._kind() == "X" or self._kind() == "EXCEPT":
                self.at += 1
            return
        if self._kind() == "DEL":
            self.at += 1
            return self._delete()
        if self._opens():
            self.scope.subject = self._subject()
        self._action()

    def _subject(self) -> list[Target]:
        found = self._targets()
        if not found:
            raise _Stuck("看不懂所指的条款")
        return found

    def _action(self) -> None:
        self._skip("OF", "PREP")
        kind = self._kind()
        if kind == "EACH":
            self.at += 1
            kind = self._kind()
        if kind == "Q" or (kind == "ORIG" and self._kind(1) == "Q"):
            return self._words()
        if kind == "REPL":
            self.at += 1
            return self._replace()
        if kind == "ADD":
            self.at += 1
            return self._add("")
        if kind == "DEL":
            self.at += 1
            return self._delete()
        if kind in ("AFTER", "BEFORE", "END", "START"):
            return self._at_place(kind)
        if kind == "MERGE":
            self.at += 1
            return self._merge()
        if kind == "SPLIT":
            self.at += 1
            return self._split()
        if kind in ("DOES", "SHIFT"):
            self.at += 1
            return None  # 对第五条作如下修改：the rest says how; 其后各项序号相应调整
        if kind == "AS":
            self.at += 1
            if self._take("COUNT"):  # 单独作为一条，作为第六条
                return self._renumber(self._as_news())
            return self._renumber(self._news(len(self.scope.subject)))
        if kind == "MOVE":
            return self._move()
        if kind in ("COMMA", "COLON") and self.at > self.start:
            return None  # only the subject was named: 第五条：…
        raise _Stuck("看不懂这句修改指令")

    def _at_place(self, kind: str) -> None:
        """在第二条后增加一条, 在第一款最后增加“…”."""
        self.at += 1
        place = {"AFTER": "after", "BEFORE": "before", "END": "end", "START": "start"}[kind]
        self._skip("COMMA", "PREP", "EACH")
        if not self._take("ADD"):
            raise _Stuck("位置之后没有“增加”")
        self._add(place)

    def _words(self) -> None:
        """“甲”、“乙”修改为“丙”; “甲”后增加“乙”; “甲”删去."""
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
                raise _Stuck("“后”或者“前”之后没有“增加”")
            self._skip("COLON")
            return self._insert(entries, place)
        self._skip("PREP", "EACH", "COMMA")
        if self._take("DEL"):
            for targets, olds in entries:
                self._each_word(AmendKind.DELETE_WORDS, targets, [(old, "") for old in olds])
            return None
        if not self._take("REPL"):
            raise _Stuck("引号内的文字之后没有“修改为”“增加”或者“删去”")
        self._skip("COLON", "EACH")
        if self._kind() != "Q" and self._opens():
            raise _Stuck("引号内的文字不能改为条款")
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

    def _need_subject(self) -> None:
        if not self.scope.subject:
            raise _Stuck("没有写明在哪一条")

    def _word_list(self) -> list[str]:
        """“甲”、“乙”和“丙”: old words, as long as quotes follow one another."""
        self._skip("ORIG")
        words = [self._quote().words]
        while self._another_quote():
            self._skip("AND")
            words.append(self._quote().words)
        return words

    def _another_quote(self) -> bool:
        """Whether “甲”、“乙”, “甲”和“乙” or “甲”“乙” goes on."""
        return self._kind() == "Q" or (self._kind() == "AND" and self._kind(1) == "Q")

    def _verb_after(self, ahead: int) -> bool:
        return self._kind(ahead) in ("REPL", "AFTER", "BEFORE")

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

    def _each_word(
        self, kind: AmendKind, targets: list[Target], pairs: list[tuple[str, str]], place: str = ""
    ) -> None:
        for old, new in pairs:
            for target in targets:
                self._emit(kind, targets=(target,), old_words=old, new_words=new, place=place)

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

    # --- delete ---------------------------------------------------------------------------------

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
                raise _Stuck("没有写明删去什么")
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
            if target.name or target.whole or target.level == "law":
                raise _Stuck("不能整个删去")
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

    # --- replace, renumber, merge, split --------------------------------------------------------

    def _replace(self) -> None:
        """修改为 / 改为: new text, another number, or several articles."""
        self._skip("COLON", "EACH")
        if self._kind() == "COUNT" and self._is_split():
            return self._split()
        if self._opens() and self._kind() != "LAW":
            return self._renumber(self._news(len(self.scope.subject)))
        if self._kind() == "COMMA" and self._kind(1) == "Q":
            self.at += 1
        named = self.scope.subject and all(target.name for target in self.scope.subject)
        if self._kind() == "LAW" and named:
            title = self.terms[self.at].text.strip("《》")
            self.at += 1
            for target in self.scope.subject:
                self._emit(AmendKind.RENAME_TITLE, targets=(target,), new_words=title)
            return None
        quote = self._quote()
        if self.awaiting is not None and self._awaits():
            made = self.instructions[self.awaiting]
            self.instructions[self.awaiting] = self._restated(made, quote)
            self.awaiting = None
            return None
        self._need_subject()
        subject = self.scope.subject
        if len(subject) == 1 and subject[0].sentence:
            return self._each_word(AmendKind.REPLACE_WORDS, subject, [("", quote.words)])
        if subject and all(target.name for target in subject):
            for target in subject:
                self._emit(AmendKind.RENAME_TITLE, targets=(target,), new_words=quote.words)
            return None
        if len(subject) == 1 and subject[0].division == PREAMBLE:
            return self._emit(AmendKind.REPLACE_PREAMBLE, targets=tuple(subject), quote=quote)
        if any(t.whole or t.level in ("law", "division") for t in subject):
            raise _Stuck("不能整章或者整部替换")
        level = subject[0].level
        if any(target.level != level for target in subject):
            raise _Stuck("一段新文字对应不同级别的条款")
        single = len(subject) == 1
        if single or level != "article":
            self._emit(REPLACES[level], targets=tuple(subject), quote=quote)
        else:
            self._emit(AmendKind.REPLACE_ARTICLE, targets=tuple(subject), quote=quote)
        return None

    def _awaits(self) -> bool:
        """修改为 after 增加一款作为第二款，将该条 restates the article; after 合并 it is the text."""
        assert self.awaiting is not None
        made = self.instructions[self.awaiting]
        if made.kind in (AmendKind.MERGE_ARTICLES, AmendKind.SPLIT_ARTICLE):
            return True
        here = {t.article for t in self.scope.subject}
        return {t.article for t in made.targets} == here and self.scope.here.level == "article"

    def _restated(self, made: Instruction, quote: Quote) -> Instruction:
        if made.kind in (AmendKind.MERGE_ARTICLES, AmendKind.SPLIT_ARTICLE):
            return replace(made, quote=quote, written=made.written)
        articles = tuple(Target(law=t.law, article=t.article) for t in made.targets[:1])
        return replace(
            made, kind=AmendKind.REPLACE_ARTICLE, targets=articles, quote=quote, count=0, news=()
        )

    def _is_split(self) -> bool:
        count = self._peek()
        return count is not None and count.unit in ("article", "paragraph")

    def _split(self) -> None:
        """改为两条，分别作为第三条、第四条，修改为：…"""
        self._need_subject()
        count = self._peek()
        number = count.numbers[0][0] if count is not None and count.kind == "COUNT" else 0
        self._take("COUNT")
        subject = list(self.scope.subject)
        if len(subject) != 1 or subject[0].level != "article":
            raise _Stuck("只能把一条拆成几条")
        news = self._as_news()
        self._emit(AmendKind.SPLIT_ARTICLE, targets=tuple(subject), news=tuple(news), count=number)
        self.scope.subject = subject
        self._inline_text()

    def _merge(self) -> None:
        self._need_subject()
        subject = list(self.scope.subject)
        self._skip("COUNT")
        news = self._as_news()
        if not news and self._opens():
            news = self._news()
        if not news:
            raise _Stuck("没有写明合并后的条号")
        self._emit(AmendKind.MERGE_ARTICLES, targets=tuple(subject), news=tuple(news[:1]))
        self.scope.subject = subject
        self._inline_text()

    def _inline_text(self) -> None:
        """The text of the instruction just made: ，修改为：“…” or ：“…”."""
        self.awaiting = len(self.instructions) - 1
        mark = self.at
        self._skip("COMMA", "AND", "PREP", "EACH", "COLON")
        restates = self._take("REPL")
        self._skip("COLON")
        if self._kind() == "Q" and (restates or self.terms[self.at - 1].kind == "COLON"):
            quote = self._quote()
            made = self.instructions[-1]
            self.instructions[-1] = replace(made, quote=quote, written=self._written())
            self.awaiting = None
        else:
            self.at = mark

    def _as_news(self) -> list[Target]:
        """，分别作为第三条、第四条."""
        mark = self.at
        self._skip("COMMA", "EACH", "AND")
        if not self._take("AS"):
            self.at = mark
            return []
        return self._news()

    def _news(self, limit: int = 0) -> list[Target]:
        """New addresses: they do not become the subject."""
        self._skip("EACH", "ORIG")
        subject = self.scope.subject
        news, self.at = read_targets(self.terms, self.at, self.scope, limit)
        self.scope.subject = subject
        if not news:
            raise _Stuck("看不懂新的条款序号")
        return news

    def _renumber(self, news: list[Target]) -> None:
        self._need_subject()
        subject = [t for t in self.scope.subject]
        if len(subject) != len(news) or any(t.whole or t.name for t in subject):
            raise _Stuck("原序号与新序号的个数不一致")
        for old, new in zip(subject, news, strict=True):
            deeper = old.level in ("paragraph", "item", "subitem") and new.level == "article"
            if deeper:
                self._split_off(old, new)
            elif old.level != "article" and new.article not in self._numbers_of(old.article):
                raise _Stuck("移入另一条的款、项")
            elif old.level == new.level or old.level == "division":
                self._emit(AmendKind.RENUMBER, targets=(old,), news=(new,))
            else:
                raise _Stuck("原序号与新序号不是同一级")
        self._group_renumbers()

    def _numbers_of(self, article: str) -> set[str]:
        """The old number of an article and the new one that this item gave it."""
        given = {
            new.article
            for made in self.instructions
            if made.kind is AmendKind.RENUMBER
            for old, new in zip(made.targets, made.news, strict=True)
            if old.level == "article" and old.article == article
        }
        return {article, "", *given}

    def _split_off(self, old: Target, new: Target) -> None:
        """第十三条第二款改为第十六条: two of them, from one article, are one split."""
        last = self.instructions[-1] if self.instructions else None
        joined = (
            last is not None
            and last.kind is AmendKind.SPLIT_ARTICLE
            and last.quote is None
            and last.count == 0
            and last.articles == (old.article,)
        )
        if joined and last is not None:
            pairs = sorted(
                [*zip(last.targets, last.news, strict=True), (old, new)],
                key=lambda pair: (pair[0].paragraph or 0, pair[0].item or 0),
            )
            self.instructions[-1] = replace(
                last, targets=tuple(p[0] for p in pairs), news=tuple(p[1] for p in pairs)
            )
        else:
            self._emit(AmendKind.SPLIT_ARTICLE, targets=(old,), news=(new,))

    def _group_renumbers(self) -> None:
        """原第五项改为第二项、原第七项改为第三项: one instruction."""
        while len(self.instructions) >= 2:
            first, last = self.instructions[-2:]
            both = first.kind is AmendKind.RENUMBER and last.kind is AmendKind.RENUMBER
            if not both or first.no != last.no or first.line != last.line:
                return
            one, other = first.targets[-1], last.targets[0]
            same = (one.level, one.article, one.paragraph if one.level != "paragraph" else 0)
            if same != (
                other.level,
                other.article,
                other.paragraph if one.level != "paragraph" else 0,
            ):
                return
            if one.level in ("article", "division"):
                return
            self.instructions[-2:] = [
                replace(first, targets=first.targets + last.targets, news=first.news + last.news)
            ]

    def _move(self) -> None:
        """将第十条移至第十二条后，作为第十二条."""
        subject = list(self.scope.subject)
        self.at += 1
        if self._opens():
            self._news()
        self._skip("AFTER", "BEFORE", "END")
        news = self._as_news()
        if not news:
            raise _Stuck("移动之后没有写明新的序号")
        self.scope.subject = subject
        self._renumber(news)

    # --- add ------------------------------------------------------------------------------------

    def _add(self, place: str) -> None:
        """增加一条，作为第五条：“…”; 增加“…”; 增加第二款：“…”."""
        self._skip("COLON", "EACH")
        term = self._peek()
        if term is not None and term.kind == "COUNT" and term.unit != "sentence":
            self.at += 1
            return self._add_nodes(term.unit, term.numbers[0][0], place)
        if term is not None and term.kind == "COUNT":
            self.at += 1
            self._skip("COLON", "COMMA")
        elif self._opens():
            news = self._news()
            self._skip("COLON", "COMMA")
            return self._emit_add(news[0].level, len(news), place, news)
        if (
            self._kind() == "Q"
            and self._kind(1) in ("AS", "COMMA")
            and "AS"
            in (
                self._kind(1),
                self._kind(2),
            )
        ):
            quote = self._quote()
            self._skip("COMMA")
            self.at += 1
            news = self._news()
            return self._emit_nodes(news[0].level, len(news), place, news, quote)
        quote = self._quote()
        self._need_subject()
        if place in ("after", "before"):
            raise _Stuck("没有写明加在哪几个字前后")
        subject = [t for t in self.scope.subject if t.article]
        if len(subject) != len(self.scope.subject):
            raise _Stuck("没有写明加在哪一条")
        self._each_word(AmendKind.INSERT_WORDS, subject, [("", quote.words)], place or "end")
        return None

    def _add_nodes(self, unit: str, count: int, place: str) -> None:
        news = self._as_news()
        self._skip("COLON")
        if self._kind() == "COMMA" and self._kind(1) == "Q":
            self.at += 1
        self._emit_add(unit, count, place, news)

    def _emit_add(self, unit: str, count: int, place: str, news: list[Target]) -> None:
        mark = self.at
        self._skip("COMMA", "COLON")
        restates = self._take("REPL")
        self._skip("COLON")
        if restates and self._kind() == "Q":
            return self._emit_nodes(unit, count, place, news, self._quote())
        self.at = mark
        if self._kind() == "Q":
            quote = self._quote()
            if not news:
                news = self._as_news()
            return self._emit_nodes(unit, count, place, news, quote)
        self._emit_nodes(unit, count, place, news, None)
        self.awaiting = len(self.instructions) - 1
        return None

    def _emit_nodes(
        self, unit: str, count: int, place: str, news: list[Target], quote: Quote | None
    ) -> None:
        if unit == "division":
            subject = self.scope.subject if place else []
            return self._emit(
                AmendKind.ADD_DIVISION,
                targets=tuple(subject),
                news=tuple(news),
                quote=quote,
                place=place,
                count=count,
            )
        if unit == "article":
            anchors = self.scope.subject if place else self._division_only()
            return self._emit(
                AmendKind.ADD_ARTICLE,
                targets=tuple(anchors),
                news=tuple(news),
                quote=quote,
                place=place,
                count=count,
            )
        self._need_subject()
        anchor = self.scope.subject[-1]
        if not anchor.article:
            raise _Stuck("没有写明加在哪一条")
        if len({t.article for t in self.scope.subject}) > 1:
            raise _Stuck("同一段新文字加在几条里")
        if not place:
            anchor = cut_at(anchor, unit)
        self._emit(
            ADDS[unit], targets=(anchor,), news=tuple(news), quote=quote, place=place, count=count
        )
        return None

    def _division_only(self) -> list[Target]:
        """在第三章增加一条: the chapter, when the subject is one."""
        return [t for t in self.scope.subject if t.division and not t.article and not t.name]


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
