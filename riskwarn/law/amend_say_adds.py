"""Clauses that add: 增加一条，作为第五条：“…”, 增加二款, 增加“…”."""

from riskwarn.law.amend_cursor import StuckError
from riskwarn.law.amend_mask import Quote
from riskwarn.law.amend_refs import cut_at
from riskwarn.law.amend_say_nodes import NodeClauses
from riskwarn.law.amend_terms import ADDS, AmendKind, Target


class AddClauses(NodeClauses):
    """条, 款, 项, chapters and words added."""

    def _add(self, place: str = "") -> None:
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
            raise StuckError("没有写明加在哪几个字前后")
        subject = [t for t in self.scope.subject if t.article]
        if len(subject) != len(self.scope.subject):
            raise StuckError("没有写明加在哪一条")
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
            subject = [t for t in self.scope.subject if t.division and not t.article]
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
            raise StuckError("没有写明加在哪一条")
        if len({t.article for t in self.scope.subject}) > 1:
            raise StuckError("同一段新文字加在几条里")
        if not place:
            anchor = cut_at(anchor, unit)
        self._emit(
            ADDS[unit], targets=(anchor,), news=tuple(news), quote=quote, place=place, count=count
        )
        return None

    def _division_only(self) -> list[Target]:
        """在第三章增加一条: the chapter, when the subject is one."""
        return [t for t in self.scope.subject if t.division and not t.article and not t.name]
