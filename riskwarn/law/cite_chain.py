"""From words to occurrences: the longest chain of references that hang on one law or anchor."""

import re

from riskwarn.law.cite_aims import (
    DEPTH,
    Aim,
    Occurrence,
    above,
    deepest_level,
    expand_range,
    spread,
    unique,
)
from riskwarn.law.cite_open import BLANK, ChainOpener
from riskwarn.law.cite_tokens import REFERENCES, Level, Token, relative_word

_JOIN = re.compile(r"\s*(?:[、，,]?\s*(?:和|或者|或|及|以及|与|并)|、|，|,)\s*")
_RANGE = re.compile(r"\s*(?:至|到|－|—|-|~|～)\s*")
_SEMICOLON = re.compile(r"\s*[；;]\s*")


class ChainReader(ChainOpener):
    """Reads one text from left to right: opens a chain, then takes in what hangs on it."""

    def read(self) -> list[Occurrence]:
        """Give all occurrences in the order of the text."""
        position = 0
        while position < len(self.tokens):
            opened = self._open(position)
            if opened is None:
                position += 1
                continue
            occurrence, position = opened
            position = self._follow(occurrence, position)
            if occurrence.aims or occurrence.law_only:
                self.found.append(occurrence)
        return self.found

    def _follow(self, found: Occurrence, position: int) -> int:
        """Take in the words that hang on the chain; give the position after them."""
        pending = found.aims
        done: list[Aim] = []
        while position < len(self.tokens) and not found.law_only:
            token = self.tokens[position]
            between = self.text[found.end : token.start]
            step = self._step(found, pending, token, between)
            if step == "":
                break
            if step == "refine":
                pending = self._refine(found, pending, token)
            elif step == "range":
                done, pending = expand_range(done, pending, token)
            else:
                done += pending
                pending = spread([above(pending[-1], token.level)], token)
            found.end = token.end
            self._typo(found, token)
            position += 1
        found.aims = unique([aim for aim in done + pending if aim != Aim()])
        cut = re.match(r"、第(?![一二三四五六七八九十百\d])", self.text[found.end : found.end + 3])
        if cut:
            found.notes.append("引用在“、第”处中断，原文可能缺字")
        return position

    def _step(self, found: Occurrence, pending: list[Aim], token: Token, between: str) -> str:
        """Say how a word joins the chain: refine, range, next; "" when it does not."""
        last = pending[-1]
        if token.level is Level.RELATIVE:
            own = deepest_level(last) is Level.ARTICLE and between == ""
            word = relative_word(token.text)
            return "refine" if own and word[0] in ("前", "本") and word[1] in ("款", "项") else ""
        if token.level not in REFERENCES and token.level is not Level.MARK:
            return ""
        deepest = deepest_level(last)
        level = Level.ITEM if token.level is Level.MARK else token.level
        spaced = self.free and bool(between) and not between.strip() and not token.bare
        if spaced and level is deepest is Level.ARTICLE:
            return "next"  # 第五十七条 第六十一条: in a list a blank may stand for 、
        if BLANK.fullmatch(between):
            deeper = deepest is None or DEPTH[level] > DEPTH[deepest]
            bare_ok = not token.bare or level is Level.ITEM
            if token.level is Level.MARK and not (self.free and deeper):
                return ""
            return "refine" if deeper and bare_ok else ""
        if deepest is None or token.level is Level.MARK:
            marked = token.level is Level.MARK and self.free and deepest is Level.ITEM
            return "next" if marked and _JOIN.fullmatch(between) else ""
        if _RANGE.fullmatch(between):
            return "range" if level is deepest else ""
        comma = between.strip() in ("，", ",")
        if comma and DEPTH[level] > DEPTH[deepest]:
            return "refine" if between.strip() == "," and not token.bare else ""
        joined = _JOIN.fullmatch(between) or (self.free and _SEMICOLON.fullmatch(between))
        if not joined or (token.bare and level is not deepest and level is not Level.ITEM):
            return ""
        return "next" if self._reachable(last, level) else ""

    @staticmethod
    def _reachable(last: Aim, level: Level) -> bool:
        """Whether a word of this level can hang on what was named last."""
        if level in (Level.PARAGRAPH, Level.ITEM, Level.SUBITEM):
            return last.article is not None
        if level is Level.SECTION:
            return last.chapter is not None
        return True

    def _refine(self, found: Occurrence, pending: list[Aim], token: Token) -> list[Aim]:
        if token.level is Level.RELATIVE:
            which, word, count = relative_word(token.text)
            aims = self._relative_aims(found.host, which, word, count, token)
            return aims or pending
        return spread(pending, token)
