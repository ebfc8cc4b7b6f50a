"""The amended text beside the published one: every difference is classed, none is passed over."""

import re
from dataclasses import dataclass
from enum import StrEnum

from riskwarn.law.amend import Amendment
from riskwarn.law.amend_words import same_words
from riskwarn.law.normal import bare, normalise
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Article, Kind, LawText
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
        elif not same_words(mine.node.text, theirs.node.text):
            findings.append(_finding(made, key, mine, theirs))
    findings += _annexes(ours, published)
    return findings


def _annexes(ours: LawText, published: LawText) -> list[Finding]:
    """Tables behind the last article, which no instruction speaks of."""
    mine = "\n".join(node.raw for node in ours.set_aside(Kind.ANNEX)).strip()
    theirs = "\n".join(node.raw for node in published.set_aside(Kind.ANNEX)).strip()
    if same_words(mine, theirs):
        return []
    note = "末条之后的附件、附表不同；来源可能没有收附表"
    return [
        Finding(
            article=list(published.articles)[-1],
            difference=Difference.NOISE,
            ours=mine,
            published=theirs,
            note=note,
        )
    ]


def _finding(made: Amendment, key: str, mine: Article, theirs: Article) -> Finding:
    ours, published = mine.node.text, theirs.node.text
    return Finding(
        article=key,
        difference=_class(made, key, ours, published),
        ours=ours,
        published=published,
        note="决定写明“个别文字作相应修改”" if made.rewords else "",
    )


def _class(made: Amendment, key: str, ours: str, published: str) -> Difference:
    if key in made.held_keys:
        return Difference.HELD
    if bare(ours) == bare(published):
        return Difference.NOISE
    if _NUMBERS.sub("第", normalise(ours)) == _NUMBERS.sub("第", normalise(published)):
        return Difference.CROSS_REFERENCE
    if key not in made.touched:
        return Difference.UNLISTED
    edited = made.edited.get(key, frozenset())
    lines = {normalise(line) for line in published.split("\n")}
    ours_only = {normalise(line) for line in ours.split("\n")} - lines
    return Difference.MISMATCH if ours_only & edited else Difference.UNLISTED
