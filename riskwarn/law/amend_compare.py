"""The amended text beside the published one: every difference is classed, none is passed over."""

import re
from dataclasses import dataclass
from enum import StrEnum

from riskwarn.law.amend import Amendment
from riskwarn.law.normal import bare, normalise
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Article, LawText
from riskwarn.records.law import split_article
from riskwarn.records.numerals import NUMERAL_CHARS

_NUMBERS = re.compile(rf"第[{NUMERAL_CHARS}]+(?:条|款|项)")


class Difference(StrEnum):
    """What a difference between our text and the published one is."""

    HELD = "held"  # an instruction on this article was not carried out
    CROSS_REFERENCE = "consequential_cross_reference"
    UNLISTED = "unlisted_edit"  # words that no instruction names
    NOISE = "source_noise"  # marks, widths, white space
    MISMATCH = "mismatch"  # an amended article that came out otherwise: to be looked at
    MISSING, SURPLUS = "missing_article", "surplus_article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One article that differs; `article` is the number in the published text."""

    article: str
    difference: Difference
    ours: str
    published: str
    note: str = ""


def compare(made: Amendment, published: LawText) -> list[Finding]:
    """Compare the amended text with the published one, article by new number.

    Takes:  made, the amendment; published, the version that was published, parsed.
    Gives:  the articles that differ by more than white space, in their order.
    """
    ours = parse_law(made.text, "修改后文本")
    findings: list[Finding] = []
    keys = sorted({*ours.articles, *published.articles}, key=split_article)
    for key in keys:
        mine, theirs = ours.articles.get(key), published.articles.get(key)
        if mine is None or theirs is None:
            kind = Difference.MISSING if mine is None else Difference.SURPLUS
            findings.append(
                Finding(
                    article=key,
                    difference=kind,
                    ours=mine.node.text if mine else "",
                    published=theirs.node.text if theirs else "",
                )
            )
        elif mine.node.normal != theirs.node.normal:
            findings.append(_finding(made, key, mine, theirs))
    return findings


def _finding(made: Amendment, key: str, mine: Article, theirs: Article) -> Finding:
    ours, published = mine.node.normal, theirs.node.normal
    return Finding(
        article=key,
        difference=_class(made, key, ours, published),
        ours=mine.node.text,
        published=theirs.node.text,
        note="决定写明“个别文字作相应修改”" if made.rewords else "",
    )


def _class(made: Amendment, key: str, ours: str, published: str) -> Difference:
    if key in made.held_keys:
        return Difference.HELD
    if bare(ours) == bare(published):
        return Difference.NOISE
    if _NUMBERS.sub("第", ours) == _NUMBERS.sub("第", published):
        return Difference.CROSS_REFERENCE
    if key not in made.touched:
        return Difference.UNLISTED
    return Difference.UNLISTED if made.rewords else Difference.MISMATCH


def unchanged_share(made: Amendment, published: LawText) -> tuple[int, int]:
    """(articles that agree, articles published)."""
    differing = {f.article for f in compare(made, published)} & set(published.articles)
    return len(published.articles) - len(differing), len(published.articles)


def plain(text: str) -> str:
    """The text for comparison by eye: no white space, one width."""
    return normalise(text)
