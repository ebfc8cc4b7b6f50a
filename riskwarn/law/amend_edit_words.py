"""Words of clauses replaced, deleted and inserted: in an article, a 款, a chapter, everywhere."""

import re
from collections.abc import Callable

from riskwarn.law.amend_draft import Article, Draft, Heading, Part
from riskwarn.law.amend_edit_annex import edit_annex
from riskwarn.law.amend_find import HeldError, covered_parts, find_article, find_heading
from riskwarn.law.amend_terms import Instruction, Target
from riskwarn.law.amend_words import (
    Words,
    delete_words,
    insert_words,
    replace_words,
    same_words,
)
from riskwarn.law.tree import DIVISIONS, Kind


def _edit_words(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    target = made.targets[0]
    if target.sentence:
        _edit_sentence(draft, made)
        return
    if target.annex:
        edit_annex(draft, made, edit)
        return
    if target.whole:
        _edit_everywhere(draft, made, edit)
        return
    if target.division and not target.article and not target.name:
        _edit_division(draft, made, edit)
        return
    if target.name:
        edit_name(draft, made, edit)
        return
    if not target.article:
        raise HeldError(f"没有写明在哪一条：{made.written[:40]}", "写明条号")
    if _edit_parts(covered_parts(draft, target), edit):
        find_article(draft, target).touched = True
        return
    article = find_article(draft, target)
    other = _other_count(article, target)
    if other is not None and _edit_parts(list(other.walk()), edit):
        article.touched = True
        draft.notes.append(f"{target.label}按不计尾款的数法找到“{made.old_words[:20]}”")
        return
    _not_found(article, target, made)


def _edit_parts(parts: list[Part], edit: Callable[[Words], int]) -> int:
    count = 0
    for part in parts:
        if part.kind is Kind.NOTE:
            continue
        done = edit(part.words)
        if done:
            part.touched = True
        count += done
    return count


def _other_count(article: Article, target: Target) -> Part | None:
    """The 款 at the same position when closing clauses of lists are not counted."""
    if target.paragraph is None or target.item is not None:
        return None
    counted = [p for p in article.paragraphs if p.number and not p.closing]
    if len(counted) == len([p for p in article.paragraphs if p.number]):
        return None
    at = target.paragraph - 1
    return counted[at] if at < len(counted) else None


def _not_found(article: Article, target: Target, made: Instruction) -> None:
    covered = [p for p in article.walk() if not p.words.all_new]
    text = "".join(p.words.text for p in article.walk())
    if not covered and made.old_words not in text:
        return  # the article was rewritten as a whole and has no such words: nothing is left to do
    hint = "核对原文词语"
    for part in article.paragraphs:
        if any(p.words.find(made.old_words) for p in part.walk()):
            hint = f"该词语在第{part.number}款，核对款的序号"
            break
    else:
        if made.new_words and made.new_words in text:
            hint = "该条已是修改后的词语，核对修改前文本是否为旧版本"
    raise HeldError(f"{target.label}中找不到“{made.old_words[:40]}”", hint)


def _edit_everywhere(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    spared = {target.article for target in made.excluded}
    count = 0
    for article in draft.articles:
        if article.key and article.key not in spared:
            done = _edit_parts(list(article.walk()), edit)
            article.touched = article.touched or bool(done)
            count += done
    if not count:
        raise HeldError(f"全文找不到“{made.old_words[:40]}”", "核对原文词语")
    left = [annex.title for annex in draft.annexes if annex.words.find(made.old_words)]
    if left:
        where = "、".join(title.rstrip("：:") for title in left)
        draft.notes.append(f"{where}中也有“{made.old_words[:20]}”，决定没有提到附件，未改，请核对")


def _edit_sentence(draft: Draft, made: Instruction) -> None:
    """第二款第二句: rewritten or deleted; sentences end with 。"""
    target = made.targets[0]
    parts = covered_parts(draft, target)
    if len(parts) != 1:
        raise HeldError(f"{target.label}不止一段文字", "写明是哪一款、哪一项")
    words = parts[0].words
    ends = [found.end() for found in re.finditer("。", words.text)]
    at = target.sentence - 1 if target.sentence > 0 else len(ends) - 1
    if not 0 <= at < len(ends):
        raise HeldError(f"找不到{target.label}", f"该处共 {len(ends)} 句")
    start = ends[at - 1] if at else 0
    new = made.new_words
    words.put(start, ends[at], new + ("。" if new and new[-1] not in "。；" else ""))
    parts[0].touched = find_article(draft, target).touched = True


def _edit_division(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    """将第三章中的“甲”修改为“乙”: every article of the chapter."""
    heading = find_heading(draft, made.targets[0].division)
    if same_words(heading.title, made.old_words):
        return edit_name(draft, made, edit)
    begin = draft.headings.index(heading)
    level = DIVISIONS.index(heading.kind)
    below = [heading]
    for later in draft.headings[begin + 1 :]:
        if DIVISIONS.index(later.kind) <= level:
            break
        below.append(later)
    count = 0
    for article in draft.articles:
        if article.heading in below and article.key:
            done = _edit_parts(list(article.walk()), edit)
            article.touched = article.touched or bool(done)
            count += done
    if not count:
        raise HeldError(
            f"{made.targets[0].division}中找不到“{made.old_words[:40]}”", "核对原文词语"
        )
    return None


def edit_name(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    """Words of the law's name, or of a chapter's."""
    target = made.targets[0]
    heading = find_heading(draft, target.division) if target.division else None
    if target.heading and heading is None:
        heading = _named_heading(draft, made.old_words)
    words = Words.old(heading.title if heading else (draft.title or draft.law.title))
    if not edit(words):
        raise HeldError(f"{target.label}中找不到“{made.old_words[:40]}”", "核对名称")
    if heading is not None:
        heading.new_title = words.text
    else:
        draft.title = words.text


def _named_heading(draft: Draft, name: str) -> Heading:
    """The only chapter of a name."""
    found = [heading for heading in draft.headings if same_words(heading.title, name)]
    if len(found) != 1:
        reason = (
            f"名为“{name[:30]}”的章、节有 {len(found)} 个"
            if found
            else f"没有名为“{name[:30]}”的章、节"
        )
        raise HeldError(reason, "写明是第几章、第几节")
    return found[0]


def replace_words_of(draft: Draft, made: Instruction) -> None:
    _edit_words(draft, made, lambda words: replace_words(words, made.old_words, made.new_words))


def delete_words_of(draft: Draft, made: Instruction) -> None:
    _edit_words(draft, made, lambda words: delete_words(words, made.old_words))


def insert_words_of(draft: Draft, made: Instruction) -> None:
    if made.old_words:
        _edit_words(
            draft,
            made,
            lambda words: insert_words(words, made.old_words, made.new_words, made.place),
        )
        return
    target = made.targets[0]
    if target.annex:
        raise HeldError("没有写明加在附件的哪几个字前后", "写明加在哪几个字之后")
    article = find_article(draft, target)
    parts = [p for p in covered_parts(draft, target) if p.kind is not Kind.NOTE]
    if not parts:
        raise HeldError(f"找不到{target.label}", "核对款、项的序号")
    at_start = made.place == "start"
    part = parts[0] if at_start else parts[-1]
    words, new = part.words, made.new_words
    if at_start:
        words.put(0, 0, new)
    else:
        if words.text and words.text[-1] not in "。；！？" and new[:1] not in "，；。、":
            raise HeldError(f"{target.label}末尾不是完整的句子", "写明加在哪几个字之后")
        if words.text[-1:] == "；" and not new.endswith(("；", "。")):
            new += "；"
        words.put(len(words.text), len(words.text), new + ("" if new[-1] in "。；！”" else "。"))
    part.touched = article.touched = True
