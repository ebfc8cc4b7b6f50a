"""A law cut into the pieces that move on their own: sentences and 项, with what they say and cite.

Two wordings are compared by character bigrams and trigrams, weighted by how rare they are in the
two versions; the set phrases of every statute (依法追究刑事责任 …) weigh little.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from riskwarn.law.normal import bare, normalise
from riskwarn.law.tree import Article, Kind, LawText, Node
from riskwarn.records.numerals import read_numeral

_N = r"[一二三四五六七八九十百千零〇]+"
_SELF = r"本(?:法|条例|办法|规定|细则|规则|解释|决定)"
_STEP = rf"第{_N}[条款项目](?:之{_N})?"
_CITED = re.compile(
    rf"(?:{_SELF}|前述)?{_STEP}(?:{_STEP})*(?:(?:[、和或至]|以及|或者){_STEP}(?:{_STEP})*)*"
)
_ARTICLE = re.compile(rf"第({_N})条(?:之({_N}))?")
_RANGE = re.compile(rf"第({_N})条至第({_N})条")
_OTHERS = re.compile(rf"》(?:{_STEP}|[、和或至及])+")  # 《某法》第三条、第五条: of another law
_SENTENCE = re.compile(r"[^。]*。[”）]?|[^。]+$")
_CLAUSE = re.compile(r"[，；：。,;:]")
_SHORT_FORMS = (("中华人民共和国", ""), ("人民政府", "政府"))
_PENALTY = frozenset("一二三四五六七八九十百千万元日倍年月以上下处并可罚款拘留的予没收")
_BOILERPLATE_SHARE = 0.3  # weight of a set phrase beside other words equally rare
_BOILERPLATE = Path(__file__).with_name("set_phrases.txt").read_text(encoding="utf-8").split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A sentence, or a 项: `place` is 款 or 款.项; `words` are bare, citations left out.

    `clauses` are its words between commas and the like, `lead` the words that lead a 项 in.
    """

    article: str
    place: str
    words: str
    grams: Counter[str]
    clauses: tuple[str, ...] = ()
    lead: str = ""

    def __hash__(self) -> int:
        raise TypeError("units are held by position")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as the alignment sees it."""

    key: str
    chapter: str
    chapter_at: int
    bare: str
    words: str
    grams: Counter[str]
    cites: frozenset[str]
    units: tuple[Unit, ...]


def cut_law(law: LawText) -> list[Piece]:
    """Cut a law into articles and units, in the order of the text."""
    pieces = []
    chapters: list[str] = []
    for key, article in law.articles.items():
        chapter = article.divisions[-1].title if article.divisions else ""
        if article.heading not in chapters:
            chapters.append(article.heading)
        units = tuple(_units(article, key))
        words = "。".join(unit.words for unit in units)
        pieces.append(
            Piece(
                key=key,
                chapter=normalise(chapter),
                chapter_at=chapters.index(article.heading),
                bare=bare(article.node.text),
                words=words,
                grams=grams_of(words),
                cites=frozenset(cited_articles(article.node.normal)),
                units=units,
            )
        )
    return pieces


def _units(article: Article, key: str) -> Iterable[Unit]:
    for paragraph in article.paragraphs:
        lead = plain_words(paragraph.own_text)
        for place, text in _parts(paragraph.number, paragraph):
            words = plain_words(text)
            if words:
                yield Unit(
                    article=key,
                    place=place,
                    words=words,
                    grams=grams_of(words),
                    clauses=tuple(filter(None, map(plain_words, _CLAUSE.split(text)))),
                    lead=lead if "." in place else "",
                )


def _parts(number: int, paragraph: Node) -> Iterable[tuple[str, str]]:
    items = paragraph.of_kind(Kind.ITEM)
    for found in _SENTENCE.finditer(paragraph.own_text):
        yield str(number), found[0]
    for item in items:
        yield f"{number}.{item.number}", item.text
    if not items and paragraph.children:
        yield str(number), "".join(child.text for child in paragraph.children)


def plain_words(text: str) -> str:
    """The words of a piece of text: no punctuation, no citations by number, one short form."""
    words = bare(_CITED.sub("", normalise(text)))
    for long, short in _SHORT_FORMS:
        words = words.replace(long, short)
    return words


def without_numbers(text: str) -> str:
    """The bare words with every citation by number blanked: equal means only numbers differ."""
    return bare(_CITED.sub("第条", normalise(text)))


def grams_of(words: str) -> Counter[str]:
    """Character bigrams and trigrams, counted; a single character counts as itself."""
    found: Counter[str] = Counter()
    for part in words.split("。"):
        for n in (2, 3):
            found.update(part[at : at + n] for at in range(len(part) - n + 1))
        if len(part) == 1:
            found[part] += 1
    return found


_SET_PHRASES = frozenset(gram for phrase in _BOILERPLATE for gram in grams_of(phrase))


def is_set_phrase(gram: str) -> bool:
    """Whether an n-gram belongs to the phrases that every statute repeats."""
    return gram in _SET_PHRASES or _PENALTY.issuperset(gram)


def rarity(old: list[Piece], new: list[Piece]) -> dict[str, float]:
    """Weigh every n-gram by how few articles of the two versions have it.

    Gives:  weight ≥ 0: log(2 / share of the articles that have it)^1.5, each version counted as
            one half so that neither length outweighs; set phrases weigh less.
    """
    before = Counter(gram for piece in old for gram in piece.grams)
    after = Counter(gram for piece in new for gram in piece.grams)
    weights = {}
    for gram in before.keys() | after.keys():
        share = before[gram] / max(len(old), 1) + after[gram] / max(len(new), 1)
        weight = math.log(2 / min(share, 2)) ** 1.5
        weights[gram] = weight * (_BOILERPLATE_SHARE if is_set_phrase(gram) else 1)
    return weights


def weigh(grams: Counter[str], weights: Mapping[str, float]) -> float:
    return sum(weights.get(gram, 0.0) * count for gram, count in grams.items())


def cited_articles(text: str) -> set[str]:
    """The articles of the law itself that a text names by number (本法第十二条, 第三条至第五条)."""
    found = set()
    text = _OTHERS.sub("", text)
    for number, branch in _ARTICLE.findall(text):
        value = read_numeral(number)
        if value:
            found.add(f"{value}-{read_numeral(branch)}" if branch else str(value))
    for first, last in _RANGE.findall(text):
        low, high = read_numeral(first) or 0, read_numeral(last) or 0
        if 0 < low < high < low + 60:
            found.update(str(n) for n in range(low, high + 1))
    return found
