"""Citations follow a renumbering: 第五条 becomes 第六条, and every change is told."""

from collections.abc import Iterable
from dataclasses import dataclass

from riskwarn.law.amend_cites import Citations, Cited
from riskwarn.law.amend_draft import Article, Draft, Part
from riskwarn.law.amend_words import Words
from riskwarn.law.cite_tokens import Level
from riskwarn.law.tree import Kind, Node
from riskwarn.records.law import split_article
from riskwarn.records.numerals import read_numeral, write_numeral


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """A citation that a renumbering moves: `applied` False: it is only reported."""

    article: str
    old: str
    new: str
    applied: bool
    note: str = ""


class Renumbering:
    """Which new number an old article, 款 or 项 has."""

    def __init__(self, draft: Draft) -> None:
        self.order = list(draft.by_key)
        self.articles: dict[str, str] = {a.key: a.new_key for a in draft.articles if a.key}
        self.merged = {key: into.new_key for key, into in draft.gone.items() if into is not None}
        self.parts: dict[int, tuple[str, int, int]] = {}
        self.rewritten: dict[tuple[str, int, int], tuple[str, int, int]] = {}
        for article in draft.articles:
            for at, paragraph in enumerate(article.paragraphs, 1):
                self._keep(paragraph, (article.key, paragraph.number, 0), (article.new_key, at, 0))
                items = [p for p in paragraph.parts if p.kind is Kind.ITEM]
                for position, item in enumerate(items, 1):
                    number = read_numeral(item.head.strip("（()） ")) or position
                    was = (article.key, paragraph.number, item.number)
                    self._keep(item, was, (article.new_key, at, number))
        self.old = draft.by_key

    def _keep(self, part: Part, was: tuple[str, int, int], now: tuple[str, int, int]) -> None:
        if part.node is not None:
            self.parts[id(part.node)] = now
        elif part.number:
            self.rewritten[was] = now

    def number(self, cited: Cited) -> tuple[int | None, str]:
        """The new number of what is cited, or None with the reason."""
        if cited.level is Level.ARTICLE:
            key = self._article(cited)
            if key is None:
                return None, f"所引第{cited.article}条已删去或者拆分"
            return split_article(key)[0], ""
        node = self._node(cited)
        if node is None:
            return None, ""
        is_item = cited.level is not Level.PARAGRAPH
        was = (cited.article, cited.paragraph or 1, node.number if is_item else 0)
        new = self.parts.get(id(node)) or self.rewritten.get(was)
        if new is None:
            kept = any(key[0] == self.articles.get(cited.article) for key in self.parts.values())
            return None, "所引的款、项已删去" if kept else ""
        if new[0] != self.articles.get(cited.article):
            return None, f"所引的款、项已移入第{new[0]}条"
        return (new[2] if is_item else new[1]), ""

    def _article(self, cited: Cited) -> str | None:
        if cited.article in self.articles:
            return self.articles[cited.article]
        if cited.article in self.merged:
            return self.merged[cited.article]
        if cited.edge and cited.article in self.order:
            at = self.order.index(cited.article)
            nearby = self.order[at + 1 :] if cited.edge == "first" else self.order[:at][::-1]
            return next((self.articles[k] for k in nearby if k in self.articles), None)
        return None

    def _node(self, cited: Cited) -> Node | None:
        article = self.old.get(cited.article)
        if article is None or article.node is None:
            return None
        paragraph = article.node.paragraph(cited.paragraph or 1)
        if cited.level is Level.PARAGRAPH:
            return paragraph
        hosts = (
            [paragraph]
            if cited.paragraph and paragraph
            else list(article.node.of_kind(Kind.PARAGRAPH))
        )
        listed = [
            i for host in hosts if host for i in host.of_kind(Kind.ITEM) if i.number == cited.item
        ]
        return listed[0] if len(listed) == 1 else None


def follow_citations(
    draft: Draft, citations: Citations, apply: bool, spared: Iterable[str]
) -> list[Consequence]:
    """Renumber the citations of the old text; give every one that changes.

    Takes:  apply, the decision says that the order is adjusted (else they are only reported);
            spared, old articles that are held and stay as they are.
    """
    renumbering = Renumbering(draft)
    held = set(spared)
    found: list[Consequence] = []
    for article in draft.articles:
        for part in article.walk():
            found += _follow_part(
                article, part, citations, renumbering, apply and article.key not in held
            )
    return found


def _follow_part(
    article: Article, part: Part, citations: Citations, renumbering: Renumbering, apply: bool
) -> list[Consequence]:
    words, found = part.words, []
    position = len(words.tags)
    while position > 0:
        tag = words.tags[position - 1]
        start = position - 1
        while start > 0 and words.tags[start - 1] == tag and tag > 0:
            start -= 1
        if tag > 0:
            cited = citations.cited[tag - 1]
            if words.text[start:position] == cited.text:
                found += _follow_one(article, words, start, tag, citations, renumbering, apply)
        position = start
    return found[::-1]


def _follow_one(
    article: Article,
    words: Words,
    start: int,
    tag: int,
    citations: Citations,
    renumbering: Renumbering,
    apply: bool,
) -> list[Consequence]:
    cited = citations.cited[tag - 1]
    number, reason = renumbering.number(cited)
    if cited.edge and cited.level is Level.ARTICLE and _reversed(tag, citations, renumbering):
        number, reason = None, "所引范围内的条文顺序变动"
    word = {Level.ARTICLE: "条", Level.PARAGRAPH: "款"}.get(cited.level, "项")
    old = f"第{cited.text}{word}"
    if number is None:
        if not reason or cited.article not in renumbering.order:
            return []
        return [Consequence(article=article.new_key, old=old, new="", applied=False, note=reason)]
    text = str(number) if cited.text.isdecimal() else write_numeral(number)
    if text == cited.text:
        return []
    if apply:
        words.put(start, start + len(cited.text), text)
    new = f"第{text}{word}"
    return [Consequence(article=article.new_key, old=old, new=new, applied=apply)]


def _reversed(tag: int, citations: Citations, renumbering: Renumbering) -> bool:
    """Whether 第五条至第八条 would run backwards after the renumbering."""
    last = tag - 1 if citations.cited[tag - 1].edge == "last" else tag
    if not 0 < last < len(citations.cited) or citations.cited[last].edge != "last":
        return False
    begin = renumbering.number(citations.cited[last - 1])[0]
    end = renumbering.number(citations.cited[last])[0]
    return begin is not None and end is not None and begin > end
