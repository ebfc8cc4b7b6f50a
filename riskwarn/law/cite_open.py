"""How a citation begins: with a law's name, 本法, 前款, 该条, or a bare 第…条."""

import re
from collections.abc import Mapping
from dataclasses import replace

from riskwarn.law.cite_aims import Aim, Occurrence, above, here_aim, limits, spread, unique
from riskwarn.law.cite_host import Host, Hosts
from riskwarn.law.cite_tokens import REFERENCES, Level, Token, relative_word, tokenize
from riskwarn.law.names import name_before, names_a_law
from riskwarn.law.tree import Kind
from riskwarn.records.law import short_title, split_article

BLANK = re.compile(r"[ \t\u3000\u00a0]*的?[ \t\u3000\u00a0]*")
_SOFT = re.compile(r"(?:的?规定|的?情形|所列)?\s*[、，]?\s*(?:和|或者|或|以及|及|并|、)?\s*")
_TITLE_GAP = re.compile(r"\s*(?:[（(〔\[][^（）()\n]{0,60}[）)〕\]])?\s*的?\s*")
_DEFINES = re.compile(r"以下(?:简)?称(?:为)?$")
_SENTENCE_END = re.compile(r"[。；\n]")
SELF = ""  # the law that the text itself is


class ChainOpener:
    """Opens chains in one text; `found` are those that were read before.

    Takes:  text; hosts, the place of every offset; known, bare names of laws → titles; free, for
            a cell of a table (设定依据) rather than a statute.
    """

    def __init__(self, text: str, hosts: Hosts, known: Mapping[str, str], free: bool) -> None:
        self.text, self.hosts, self.known, self.free = text, hosts, known, free
        self.tokens = [t for t in tokenize(text) if not hosts.is_silent(t.start)]
        self.found: list[Occurrence] = []

    def _open(self, position: int) -> tuple[Occurrence, int] | None:
        token = self.tokens[position]
        host = self.hosts.at(token.start)
        if token.level is Level.TITLE:
            return self._open_title(position, host)
        if token.level in (Level.SELF, Level.SAME):
            return self._open_self(position, host)
        if token.level is Level.RELATIVE:
            return self._open_relative(token, position, host)
        if token.bare or token.level is Level.MARK or token.typo.startswith("“第”误作“等”"):
            return None
        return self._open_number(token, position, host)

    def _next_is_reference(self, position: int, gap: re.Pattern[str]) -> bool:
        if position + 1 >= len(self.tokens):
            return False
        following = self.tokens[position + 1]
        between = self.text[self.tokens[position].end : following.start]
        named = following.level in REFERENCES or following.level is Level.RELATIVE
        return named and not following.bare and bool(gap.fullmatch(between))

    def _open_title(self, position: int, host: Host) -> tuple[Occurrence, int] | None:
        token = self.tokens[position]
        if _DEFINES.search(self.text, max(0, token.start - 6), token.start):
            return None  # 以下简称《条例》: the name is given, not used
        title = short_title(token.text)
        title = self.known.get(title, title)
        cited = self._next_is_reference(position, _TITLE_GAP)
        cited = cited and self.tokens[position + 1].level is not Level.RELATIVE
        cited = cited or (self.free and self._bare_article_follows(position))
        if not cited and not (names_a_law(title) or title in self.known.values()):
            return None
        found = Occurrence(token.start, token.end, title, [], host, law_only=not cited)
        if not cited:
            return found, position + 1
        following = self.tokens[position + 1]
        found.end = following.end
        found.aims = spread([Aim()], following)
        self._typo(found, following)
        return found, position + 2

    def _bare_article_follows(self, position: int) -> bool:
        """《标准化法》三十七条 in a list: the 第 was left out."""
        following = self.tokens[position + 1 : position + 2]
        joined = bool(following) and following[0].start == self.tokens[position].end
        return joined and following[0].level is Level.ARTICLE and following[0].bare

    def _open_self(self, position: int, host: Host) -> tuple[Occurrence, int] | None:
        token = self.tokens[position]
        if not self._next_is_reference(position, BLANK):
            return None
        following = self.tokens[position + 1]
        if following.level is Level.RELATIVE:
            return None
        law = self._last_law(token) if token.level is Level.SAME else host.law
        found = Occurrence(token.start, following.end, law, spread([Aim()], following), host)
        if following.level in (Level.PARAGRAPH, Level.ITEM) and found.aims[0].article is None:
            found.aims = spread([here_aim(host)], following)
        return found, position + 2

    def _last_law(self, token: Token) -> str:
        same = [o for o in self.found if o.host.block == self.hosts.at(token.start).block]
        return same[-1].law if same else SELF

    def _open_relative(
        self, token: Token, position: int, host: Host
    ) -> tuple[Occurrence, int] | None:
        which, word, count = relative_word(token.text)
        law = host.law
        if which in ("该", "上述"):
            return self._open_back(token, position, host, which, word)
        aims = self._relative_aims(host, which, word, count, token)
        found = Occurrence(token.start, token.end, law, aims, host)
        if not aims:
            if host.article is None:
                return None
            found.dead = "" if word == "项" else f"此处没有可指的“{token.text}”"
            self.found.append(found)
            return None
        if word in ("章", "节", "编"):
            self._limit(found, position)
        return found, position + 1

    def _limit(self, found: Occurrence, position: int) -> None:
        """本章第一百零三条: the chapter only limits; the article is what is cited."""
        if not self._next_is_reference(position, BLANK):
            return
        if self.tokens[position + 1].level is Level.ARTICLE:
            found.aims = [Aim()]

    def _open_back(
        self, token: Token, position: int, host: Host, which: str, word: str
    ) -> tuple[Occurrence, int] | None:
        """该款, 各该条, 上述条款: what was cited just before in the same 款."""
        before = [o for o in self.found if o.host.block == host.block and o.aims]
        if not before:
            return None
        last = before[-1]
        aims = list(last.aims)
        if which == "该" or word in ("条", "款", "项"):
            wanted = {"条": "article", "款": "paragraph", "项": "item"}.get(word, "article")
            aims = [a for a in aims if getattr(a, wanted) is not None]
            if word == "条":
                aims = unique([replace(a, paragraph=None, item=None, subitem=None) for a in aims])
            elif word == "款":
                aims = unique([replace(a, item=None, subitem=None) for a in aims])
        if not aims:
            return None
        return Occurrence(token.start, token.end, last.law, aims, host), position + 1

    def _relative_aims(
        self, host: Host, which: str, word: str, count: int, token: Token
    ) -> list[Aim]:
        if word == "编":
            return [Aim(part=host.part)] if host.part else []
        if word == "章":
            return [Aim(part=host.part, chapter=host.chapter)] if host.chapter else []
        if word == "节":
            aim = Aim(part=host.part, chapter=host.chapter, section=host.section)
            return [aim] if host.section else []
        if host.article is None:
            return []
        here = Aim(article=host.article)
        if word == "条":
            if which == "本":
                return [here]
            return [Aim(article=key) for key in self._articles_before(host, count)]
        if word == "款":
            if which == "本":
                return [replace(here, paragraph=host.paragraph)] if host.paragraph else []
            first = (host.paragraph or 0) - count
            numbers = range(max(first, 1), host.paragraph or 1)
            return [replace(here, paragraph=n) for n in numbers] if first >= 1 else []
        return self._items_before(host, here, which, count, token)

    def _articles_before(self, host: Host, count: int) -> list[str]:
        law = self.hosts.law
        order = list(law.articles) if law is not None and not host.law else []
        number, branch = split_article(host.article or "0")
        if host.quoted and not branch and number > count:
            return [str(n) for n in range(number - count, number)]
        if host.article not in order:
            return []
        at = order.index(host.article)
        return order[max(0, at - count) : at] if at >= count else []

    def _items_before(
        self, host: Host, here: Aim, which: str, count: int, token: Token
    ) -> list[Aim]:
        if host.item is not None:
            inside = replace(here, paragraph=host.paragraph)
            if which == "本":
                return [replace(inside, item=host.item)]
            first = host.item - count
            return [replace(inside, item=n) for n in range(first, host.item)] if first >= 1 else []
        goes_on = re.match(r"[规所的情之行、，。和或]", self.text[token.end : token.end + 1])
        listed = self._listed_before(host) if which == "前" and goes_on else None
        if listed is None or len(listed[1]) < count:
            return []
        numbers = listed[1][:count] if count > 1 else listed[1][-1:]
        return [replace(here, paragraph=listed[0], item=n) for n in numbers]

    def _listed_before(self, host: Host) -> tuple[int, list[int]] | None:
        """The nearest 款 with 项 before the host 款, and the numbers of its 项."""
        for number in range((host.paragraph or 1) - 1, 0, -1):
            items = self._items(host, number)
            if items:
                return number, items
        return None

    def _items(self, host: Host, paragraph: int | None) -> list[int]:
        law = self.hosts.law
        article = law.articles.get(host.article or "") if law and not host.law else None
        node = article.node.paragraph(paragraph or 0) if article else None
        return [item.number for item in node.of_kind(Kind.ITEM)] if node else []

    def _open_number(
        self, token: Token, position: int, host: Host
    ) -> tuple[Occurrence, int] | None:
        if token.level in (Level.PARAGRAPH, Level.ITEM, Level.SUBITEM):
            based = self._base_of_bare(token, host)
            if based is None:
                return None
            found = Occurrence(token.start, token.end, based[0], spread([based[1]], token), host)
            return found, position + 1
        title, start = name_before(self.text, token.start, self.known)
        law = title or self._law_of_bare(token, host)
        if law is None:
            return None
        division = token.level in (Level.PART, Level.CHAPTER, Level.SECTION) and not title
        if division and (self.free or self.text[token.end : token.end + 1] in (" ", "\u3000")):
            return None  # a heading that the source put into a paragraph
        aim = limits(token, host) if not title else Aim()
        found = Occurrence(start, token.end, law, spread([aim], token), host)
        self._typo(found, token)
        return found, position + 1

    def _law_of_bare(self, token: Token, host: Host) -> str | None:
        """The law of a bare 第…条: goes on from before, else the text itself."""
        last = self.found[-1] if self.found else None
        if self.free:
            return last.law if last else None
        if last is not None and last.host.block == host.block:
            between = self.text[last.end : token.start]
            if between and _SOFT.fullmatch(between):
                return last.law
        return host.law

    def _base_of_bare(self, token: Token, host: Host) -> tuple[str, Aim] | None:
        """What a bare 第二款 or 第一项 hangs on."""
        block = [o for o in self.found if o.host.block == host.block and o.aims]
        last = block[-1] if block else None
        if self.free or host.article is None:
            return (last.law, above(last.aims[-1], token.level)) if last else None
        if last is not None:
            between = self.text[last.end : token.start]
            excepted = self.text[token.end : token.end + 2] == "除外"
            if _SOFT.fullmatch(between) or (excepted and not _SENTENCE_END.search(between)):
                return last.law, above(last.aims[-1], token.level)
        violated = self._violated(token, host, last)
        if violated is not None:
            return violated
        if token.level is Level.PARAGRAPH:
            return host.law, Aim(article=host.article)
        return self._list_of_bare(token, host, last)

    def _violated(
        self, token: Token, host: Host, last: Occurrence | None
    ) -> tuple[str, Aim] | None:
        """违反第六项规定 in a penalty: the item of the article that the lead-in (or the sentence
        before) says is violated, not of the penalty itself."""
        if not self.text[: token.start].rstrip().endswith("违反"):
            return None
        lead = [o for o in self.found if host.lead[0] <= o.start < host.lead[1]]
        for found in ([last] if last else []) + lead[::-1]:
            articles = {aim.article for aim in found.aims}
            if len(articles) == 1 and self.text[: found.start].rstrip().endswith("违反"):
                return found.law, above(found.aims[-1], token.level)
        return None

    def _list_of_bare(
        self, token: Token, host: Host, last: Occurrence | None
    ) -> tuple[str, Aim] | None:
        wanted = token.numbers[0][0]
        here = Aim(article=host.article, paragraph=host.paragraph)
        if host.quoted:
            return host.law, replace(here, paragraph=host.listed or host.paragraph)
        if wanted in self._items(host, host.paragraph):
            return host.law, here
        if last is not None and last.aims[-1].article != host.article:
            return last.law, above(last.aims[-1], token.level)
        listed = self._listed_before(host)
        if listed is not None and wanted in listed[1]:
            return host.law, replace(here, paragraph=listed[0])
        return None

    @staticmethod
    def _typo(found: Occurrence, token: Token) -> None:
        if token.typo:
            found.notes.append(f"疑有错字：{token.typo}（{token.text}）")
        elif token.bare and token.level is Level.ARTICLE:
            found.notes.append(f"“{token.text}”缺“第”字")
