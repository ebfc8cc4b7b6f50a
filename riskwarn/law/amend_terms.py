"""What an amending instruction says: kind, old targets, new places, words."""

from dataclasses import dataclass
from enum import StrEnum

from riskwarn.law.amend_mask import Quote
from riskwarn.records.law import split_article
from riskwarn.records.numerals import write_numeral


class AmendKind(StrEnum):
    """The kinds of atomic instructions."""

    REPLACE_WORDS, INSERT_WORDS, DELETE_WORDS = "replace_words", "insert_words", "delete_words"
    REPLACE_ARTICLE, REPLACE_PARAGRAPH = "replace_article", "replace_paragraph"
    REPLACE_ITEM, REPLACE_SUBITEM = "replace_item", "replace_subitem"
    ADD_ARTICLE, ADD_PARAGRAPH = "add_article", "add_paragraph"
    ADD_ITEM, ADD_SUBITEM, ADD_DIVISION = "add_item", "add_subitem", "add_division"
    DELETE_ARTICLE, DELETE_PARAGRAPH = "delete_article", "delete_paragraph"
    DELETE_ITEM, DELETE_SUBITEM = "delete_item", "delete_subitem"
    DELETE_DIVISION, MERGE_DIVISION = "delete_division", "merge_division"
    REPLACE_ANNEX, DELETE_ANNEX = "replace_annex", "delete_annex"
    RENUMBER, MERGE_ARTICLES, SPLIT_ARTICLE = "renumber", "merge_articles", "split_article"
    RENAME_TITLE, REPLACE_PREAMBLE, OTHER = "rename_title", "replace_preamble", "other"


LEVELS = ("article", "paragraph", "item", "subitem")
REPLACES = dict(
    zip(
        LEVELS,
        (
            AmendKind.REPLACE_ARTICLE,
            AmendKind.REPLACE_PARAGRAPH,
            AmendKind.REPLACE_ITEM,
            AmendKind.REPLACE_SUBITEM,
        ),
        strict=True,
    )
)
ADDS = dict(
    zip(
        LEVELS,
        (
            AmendKind.ADD_ARTICLE,
            AmendKind.ADD_PARAGRAPH,
            AmendKind.ADD_ITEM,
            AmendKind.ADD_SUBITEM,
        ),
        strict=True,
    )
)
DELETES = dict(
    zip(
        LEVELS,
        (
            AmendKind.DELETE_ARTICLE,
            AmendKind.DELETE_PARAGRAPH,
            AmendKind.DELETE_ITEM,
            AmendKind.DELETE_SUBITEM,
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address inside the amended law; `division` is "第二章", `name` its title or the law's.

    `whole` is the whole text (本条例中的…). `sentence` counts from 1, -1 is the last. `annex` is
    "附件1" or "附表", `heading` says that a chapter is known by its name alone (章名“…”), `lead`
    that only the words before the 项 are meant (第一自然段).
    """

    division: str = ""
    article: str = ""
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    name: bool = False
    whole: bool = False
    sentence: int = 0
    law: str = ""
    annex: str = ""
    heading: bool = False
    lead: bool = False

    @property
    def level(self) -> str:
        """The lowest level that is named: article … subitem, division, annex, or law."""
        numbers = (self.paragraph, self.item, self.subitem)
        named = [level for level, n in zip(LEVELS[1:], numbers, strict=True) if n is not None]
        if named:
            return named[-1]
        if self.article:
            return "article"
        return "division" if self.division else ("annex" if self.annex else "law")

    @property
    def label(self) -> str:
        """第九章第六十三条第二款, as a lawyer writes it."""
        text = self.annex or self.division
        if self.article:
            number, branch = split_article(self.article)
            text += f"第{write_numeral(number)}条"
            text += f"之{write_numeral(branch)}" if branch else ""
        named = ((self.paragraph, "款"), (self.item, "项"), (self.subitem, "目"))
        text += "".join(f"第{write_numeral(n)}{word}" for n, word in named if n is not None)
        text += "第一自然段" if self.lead else ""
        text += "最后一句" if self.sentence < 0 else ""
        text += f"第{write_numeral(self.sentence)}句" if self.sentence > 0 else ""
        if self.heading and not text:
            return "章名"
        return (text or "全文") + ("名称" if self.name else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One atomic instruction.

    `targets` are OLD addresses, `news` NEW ones. `quote` is the new text of an article, 款 or 项;
    `old_words` and `new_words` are words. `place` says where words or nodes are put: after,
    before, start, end. `count` is how many nodes the wording announces.
    """

    no: str
    kind: AmendKind
    written: str
    line: int
    law: str = ""
    targets: tuple[Target, ...] = ()
    news: tuple[Target, ...] = ()
    old_words: str = ""
    new_words: str = ""
    quote: Quote | None = None
    place: str = ""
    count: int = 0
    excluded: tuple[Target, ...] = ()

    @property
    def articles(self) -> tuple[str, ...]:
        """The old articles that it touches, each once."""
        return tuple(dict.fromkeys(t.article for t in self.targets if t.article))

    @property
    def annexes(self) -> tuple[str, ...]:
        """The annexes that it touches, each once."""
        return tuple(dict.fromkeys(t.annex for t in self.targets if t.annex))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Wording that was not understood, and the old articles it may concern."""

    no: str
    line: int
    wording: str
    reason: str
    law: str = ""
    articles: tuple[str, ...] = ()
