"""Clauses about new text and new numbers: 修改为：“…”, 改为第十条, 合并, 改为两条."""

from dataclasses import replace

from riskwarn.law.amend_cursor import StuckError
from riskwarn.law.amend_mask import Quote
from riskwarn.law.amend_refs import PREAMBLE, read_targets
from riskwarn.law.amend_say_words import WordClauses
from riskwarn.law.amend_terms import ADDS, REPLACES, AmendKind, Instruction, Target

_REWRITTEN = (("article", "paragraph"), ("item", "item"))


class NodeClauses(WordClauses):
    """Text rewritten; articles renumbered, merged, split, moved."""

    def _replace(self) -> None:
        """修改为 / 改为: new text, another number, or several articles."""
        self._skip("COLON", "EACH")
        if self._kind() == "COUNT" and self._is_split():
            return self._split()
        if self._opens() and self._kind() != "LAW":
            return self._renumber(self._news(len(self.scope.subject)))
        if self._kind() == "COMMA" and self._kind(1) == "Q":
            self.at += 1
        if self.scope.subject and all(target.name for target in self.scope.subject):
            return self._retitle()
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
        if len(subject) == 1 and subject[0].division == PREAMBLE:
            return self._emit(AmendKind.REPLACE_PREAMBLE, targets=tuple(subject), quote=quote)
        if len(subject) == 1 and subject[0].level == "annex":
            return self._emit(AmendKind.REPLACE_ANNEX, targets=tuple(subject), quote=quote)
        if any(t.whole or t.annex or t.level in ("law", "division") for t in subject):
            raise StuckError("不能整章或者整部替换")
        level = subject[0].level
        if any(target.level != level for target in subject):
            raise StuckError("一段新文字对应不同级别的条款")
        self._emit(REPLACES[level], targets=tuple(subject), quote=quote)
        return None

    def _retitle(self) -> None:
        """第二章章名修改为“…”; 名称修改为《…》."""
        term = self._peek()
        if term is not None and term.kind == "LAW":
            title = term.text.strip("《》")
            self.at += 1
        else:
            title = self._quote().words
        for target in self.scope.subject:
            self._emit(AmendKind.RENAME_TITLE, targets=(target,), new_words=title)

    def _awaits(self) -> bool:
        """After 增加一款，将该条 it restates the article; after 合并 it is the text."""
        assert self.awaiting is not None
        made = self.instructions[self.awaiting]
        if made.kind in (AmendKind.MERGE_ARTICLES, AmendKind.SPLIT_ARTICLE):
            return tuple(self.scope.subject) == made.targets
        if made.kind is AmendKind.REPLACE_PARAGRAPH:
            return tuple(self.scope.subject) == made.targets
        here = {t.article for t in self.scope.subject}
        return {t.article for t in made.targets} == here and self.scope.here.level == "article"

    def _restated(self, made: Instruction, quote: Quote) -> Instruction:
        if made.kind not in ADDS.values():
            return replace(made, quote=quote, written=made.written)
        articles = tuple(Target(law=t.law, article=t.article) for t in made.targets[:1])
        return replace(
            made, kind=AmendKind.REPLACE_ARTICLE, targets=articles, quote=quote, count=0, news=()
        )

    def _is_split(self) -> bool:
        count = self._peek()
        return count is not None and count.unit in ("article", "paragraph", "item")

    def _split(self) -> None:
        """改为两条，分别作为第三条、第四条，修改为：…"""
        self._need_subject()
        count = self._peek()
        number = count.numbers[0][0] if count is not None and count.kind == "COUNT" else 0
        unit = count.unit if count is not None else ""
        self._take("COUNT")
        subject = list(self.scope.subject)
        if len(subject) == 1 and (subject[0].level, unit) in _REWRITTEN:
            return self._rewrite_in_parts(subject, number)
        if len(subject) == 1 and subject[0].level == "paragraph":
            self._as_news()
            return self._part_paragraph(subject)
        if len(subject) != 1 or subject[0].level != "article":
            raise StuckError("只能把一条拆成几条")
        news = self._as_news()
        self._emit(AmendKind.SPLIT_ARTICLE, targets=tuple(subject), news=tuple(news), count=number)
        self.scope.subject = subject
        return self._inline_text()

    def _rewrite_in_parts(self, subject: list[Target], count: int) -> None:
        """第二十条分为两款，修改为：“…”; 第二项分为两项，修改为：“（二）…”“（三）…”."""
        self._as_news()
        kind = REPLACES[subject[0].level]
        self._emit(kind, targets=tuple(subject), count=count)
        self.scope.subject = subject
        self._inline_text()
        made = self.instructions[-1]
        while made.quote is not None and self._another_quote():
            self._skip("AND")
            joined = Quote((*made.quote.paragraphs, *self._quote().paragraphs))
            made = replace(made, quote=joined, written=self._written())
            self.instructions[-1] = made

    def _merge_division(self) -> None:
        """将第三章并入第二章: its articles go there, and its heading goes."""
        subject = list(self.scope.subject)
        self.at += 1
        into = self._news()
        chapters = [*subject, *into]
        if len(subject) != 1 or len(into) != 1 or any(t.level != "division" for t in chapters):
            raise StuckError("只能把一章、一节并入另一章、一节")
        self._emit(AmendKind.MERGE_DIVISION, targets=tuple(subject), news=tuple(into))

    def _merge(self) -> None:
        self._need_subject()
        subject = list(self.scope.subject)
        self._skip("COUNT")
        news = self._as_news()
        if not news and self._opens():
            news = self._news()
        if not news:
            raise StuckError("没有写明合并后的条号")
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
            raise StuckError("看不懂新的条款序号")
        return news

    def _renumber(self, news: list[Target]) -> None:
        self._need_subject()
        subject = list(self.scope.subject)
        if len(subject) == 1 < len(news):
            return self._one_to_many(subject, news)
        if len(news) == 1 < len(subject) and news[0].level == "article":
            news = news * len(subject)
            if any(t.level == "article" for t in subject):
                raise StuckError("几条改为一条要写明合并")
        if len(subject) != len(news) or any(t.whole or t.name for t in subject):
            raise StuckError("原序号与新序号的个数不一致")
        for old, new in zip(subject, news, strict=True):
            deeper = old.level in ("paragraph", "item", "subitem") and new.level == "article"
            if deeper:
                self._split_off(old, new)
            elif old.level != "article" and new.article not in self._numbers_of(old.article):
                raise StuckError("移入另一条的款、项")
            elif old.level == new.level or old.level == "division":
                self._emit(AmendKind.RENUMBER, targets=(old,), news=(new,))
            else:
                raise StuckError("原序号与新序号不是同一级")
        self._group_renumbers()
        return None

    def _one_to_many(self, subject: list[Target], news: list[Target]) -> None:
        """第三条改为第三条、第四条，修改为：…; 第一款改为第一款、第二款，修改为：…"""
        if subject[0].level == "paragraph" and news[0].level == "paragraph":
            return self._part_paragraph(subject)
        if subject[0].level != "article" or news[0].level != "article":
            raise StuckError("原序号与新序号的个数不一致")
        self._emit(AmendKind.SPLIT_ARTICLE, targets=tuple(subject), news=tuple(news))
        return self._inline_text()

    def _part_paragraph(self, subject: list[Target]) -> None:
        """One 款 becomes several: their text follows."""
        self._emit(AmendKind.REPLACE_PARAGRAPH, targets=tuple(subject))
        self.scope.subject = subject
        self._inline_text()

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
        self.awaiting = len(self.instructions) - 1

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
            raise StuckError("移动之后没有写明新的序号")
        self.scope.subject = subject
        self._renumber(news)
