"""Where an instruction aims: article, 款 and 项, chapter; `HeldError` when it is not there."""

import re

from riskwarn.law.amend_draft import Article, Draft, Heading, Part
from riskwarn.law.amend_mask import Quote
from riskwarn.law.amend_terms import Instruction, Target
from riskwarn.law.tree import Kind
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_WORDS = {"编": Kind.PART, "章": Kind.CHAPTER, "节": Kind.SECTION}


class HeldError(Exception):
    """An instruction cannot be carried out: reason and cure, for people."""

    def __init__(self, reason: str, cure: str = "", number: str = "") -> None:
        self.reason, self.cure, self.number = reason, cure, number
        super().__init__(reason)


def find_article(draft: Draft, target: Target) -> Article:
    """The old article that a target names."""
    article = draft.by_key.get(target.article)
    if article is None:
        known = f"修改前文本共 {len(draft.by_key)} 条"
        label = Target(article=target.article).label if target.article else "（未写明条号）"
        raise HeldError(f"找不到{label}", f"核对条号，{known}")
    return article


def covered_parts(draft: Draft, target: Target) -> list[Part]:
    """The parts whose words a target covers."""
    article = find_article(draft, target)
    if target.paragraph is None and target.item is None and target.subitem is None:
        return list(article.walk())
    return [inner for part in find_parts(draft, target) for inner in part.walk()]


def find_parts(draft: Draft, target: Target) -> list[Part]:
    """The 款, 项 or 目 that a target names; a skipped 款 is the one that has 项."""
    article = find_article(draft, target)
    hosts = article.paragraphs
    if target.paragraph is not None:
        hosts = [p for p in hosts if p.number == target.paragraph]
        if not hosts:
            raise HeldError(f"找不到{target.label}", f"该条原有 {_old_count(article)} 款")
    if target.item is None:
        if target.subitem is None:
            return hosts
        raise HeldError(f"{target.label}没有写明在哪一项", "写明条、款、项、目")
    found = [i for p in hosts for i in p.parts if i.kind is Kind.ITEM and i.number == target.item]
    if len(found) > 1 and target.paragraph is None:
        raise HeldError(f"{target.label}在几款里都有", "写明是第几款")
    if not found:
        raise HeldError(f"找不到{target.label}", "核对款、项的序号")
    if target.subitem is None:
        return found
    below = [s for s in found[0].parts if s.kind is Kind.SUBITEM and s.number == target.subitem]
    if not below:
        raise HeldError(f"找不到{target.label}", "核对目的序号")
    return below


def _old_count(article: Article) -> int:
    return max((p.number for p in article.paragraphs), default=0)


def owner_of(article: Article, part: Part) -> list[Part]:
    """The list in which a part stands."""
    if any(part is p for p in article.parts):
        return article.parts
    for host in article.walk():
        if any(part is p for p in host.parts):
            return host.parts
    raise HeldError("这一部分已经被另一条指令删去", "核对两条指令是否矛盾")


def find_heading(draft: Draft, label: str) -> Heading:
    """The heading that 第二章, or 第三章第一节, names."""
    within: Heading | None = None
    for number, word in re.findall(rf"第([{NUMERAL_CHARS}]+)(分编|编|章|节)", label):
        kind = Kind.SUBPART if word == "分编" else _WORDS[word]
        begin = draft.headings.index(within) + 1 if within is not None else 0
        wanted = read_numeral(number)
        later = [h for h in draft.headings[begin:] if h.kind is kind]
        old = (h for h in later if h.old_number == wanted)
        new = (h for h in later if not h.old_number and h.wanted == wanted)
        found = next(old, None) or next(new, None)
        if found is None:
            raise HeldError(f"找不到{label}", "核对章、节的序号")
        within = found
    if within is None:
        raise HeldError(f"看不懂章节“{label}”", "写成“第…章”")
    return within


def quote_of(made: Instruction) -> Quote:
    if made.quote is None or not made.quote.paragraphs:
        raise HeldError(f"没有给出新的文字：{made.written[:40]}", "补上引号内的文字")
    return made.quote
