"""Annexes and their tables: words changed, the whole replaced or deleted."""

import re
from collections.abc import Callable

from riskwarn.law.amend_draft import Annex, Draft
from riskwarn.law.amend_find import HeldError, quote_of
from riskwarn.law.amend_terms import Instruction, Target
from riskwarn.law.amend_words import Words
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_NAME = re.compile(rf"附\s*(?P<kind>[件表录图]?)\s*[（(]?\s*之?(?P<n>[{NUMERAL_CHARS}]*)")
_BLANK = re.compile(r"\n[ \t\r]*\n")


def edit_annex(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    """Change words of an annex, tables included; every place in it."""
    annex = _find(draft, made.targets[0])
    if not edit(annex.words):
        reason = f"{made.targets[0].annex}中找不到“{made.old_words[:40]}”"
        raise HeldError(reason, "核对附件原文词语")
    annex.touched = True


def replace_annex(draft: Draft, made: Instruction) -> None:
    """附件2修改为：“…”; the heading line stays where the new text brings none."""
    annex = _find(draft, made.targets[0])
    paragraphs = quote_of(made).paragraphs
    text = annex.words.text
    ends = "\r\n" if "\r\n" in text else "\n"
    gap = ends * (2 if _BLANK.search(text) else 1)
    first = text.splitlines(keepends=True)[0]
    head = "" if _NAME.match(paragraphs[0]) else first.rstrip() + gap
    annex.words = Words.new(head + gap.join(paragraphs) + ends)
    annex.touched = True


def delete_annex(draft: Draft, made: Instruction) -> None:
    """删去附件2; the numbers of the others stay."""
    draft.annexes.remove(_find(draft, made.targets[0]))


def _find(draft: Draft, target: Target) -> Annex:
    """The annex that is named; a bare 附件 is the only one."""
    if target.paragraph is not None or target.item is not None or target.article:
        raise HeldError("附件里的款、项、栏不能定位", "人工修改附件")
    wanted = _key(target.annex)
    found = [annex for annex in draft.annexes if _key(annex.title) == wanted]
    if not found and not wanted[1]:
        found = [annex for annex in draft.annexes if _key(annex.title)[0] == wanted[0]]
    if len(found) != 1:
        known = "、".join(annex.title.rstrip("：:") for annex in draft.annexes) or "没有附件"
        many = f"{target.annex}不止一个" if found else f"找不到{target.annex}"
        raise HeldError(many, f"修改前文本的附件：{known}")
    return found[0]


def _key(name: str) -> tuple[str, int]:
    found = _NAME.match("".join(name.split()).lstrip("#*"))
    if not found:
        return "", 0
    return found["kind"] or "件", read_numeral(found["n"] or "") or 0
