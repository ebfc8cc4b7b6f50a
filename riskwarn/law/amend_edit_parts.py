"""Articles rewritten; 款, 项 and 目 rewritten, added, deleted and merged."""

import re

from riskwarn.law.amend_draft import Article, Draft, Part, new_parts, renew, split_articles
from riskwarn.law.amend_find import HeldError, find_article, find_parts, owner_of, quote_of
from riskwarn.law.amend_mask import Quote
from riskwarn.law.amend_terms import Instruction
from riskwarn.law.amend_words import Words, fit_ending
from riskwarn.law.tree import Kind
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_ITEM_HEAD = re.compile(rf"^\s*[（(]\s*(?P<n>[{NUMERAL_CHARS}]+)\s*[）)]\s*")


_KINDS = {"paragraph": Kind.PARAGRAPH, "item": Kind.ITEM, "subitem": Kind.SUBITEM}


def replace_article(draft: Draft, made: Instruction) -> None:
    pieces = split_articles(quote_of(made).paragraphs)
    if len(pieces) != len(made.targets):
        raise HeldError(f"给出 {len(pieces)} 条文字，所指是 {len(made.targets)} 条", "核对条数")
    for target, (_, paragraphs) in zip(made.targets, pieces, strict=True):
        article = find_article(draft, target)
        article.touched = True
        notes = [p for p in article.parts if p.kind is Kind.NOTE]
        article.parts = new_parts(paragraphs) + notes
        if not article.parts:
            raise HeldError(f"{target.label}的新文字是空的", "补上引号内的文字")
        given = len(article.paragraphs)
        if made.count and given != made.count:
            raise HeldError(f"写明分为 {made.count} 款，给出 {given} 款文字", "核对款数")


def replace_part(draft: Draft, made: Instruction) -> None:
    old = [part for target in made.targets for part in find_parts(draft, target)]
    article = find_article(draft, made.targets[0])
    level = made.targets[0].level
    if made.targets[0].lead:
        _replace_lead(made, old)
        article.touched = True
        return
    fresh = fresh_parts(quote_of(made), level if level != "article" else "paragraph")
    if made.count and len(old) == 1 and level == "item":
        _part_item(article, old[0], fresh, made.count)
        return
    if level != "paragraph" and len(fresh) != len(old):
        raise HeldError(f"给出 {len(fresh)} 段文字，所指是 {len(old)} 处", "核对项、目的个数")
    owner = owner_of(article, old[0])
    if any(not any(part is p for p in owner) for part in old):
        raise HeldError("所指的款、项不在同一条", "分开写")
    if len(fresh) == len(old):
        for before, after in zip(old, fresh, strict=True):
            after.number, after.wanted = before.number, before.wanted
            if level != "paragraph":
                after.words = Words.new(fit_ending(after.words.text, before.words.text))
            elif not after.parts and before.parts and after.words.text[-1:] in "：:":
                after.parts = before.parts  # only the lead-in is given anew, its 项 stay
            after.suffix = before.suffix
            owner[next(i for i, p in enumerate(owner) if p is before)] = after
        article.touched = True
        return
    if len(old) == 1 and fresh:
        fresh[0].number, fresh[0].wanted = old[0].number, old[0].wanted
    at = next(i for i, p in enumerate(owner) if p is old[0])
    kept = [p for p in owner if not any(p is o for o in old)]
    owner[:] = kept[:at] + fresh + kept[at:]
    article.touched = True


def _replace_lead(made: Instruction, old: list[Part]) -> None:
    """第一款第一自然段: the words before the 项, which stay."""
    words = quote_of(made).paragraphs
    hosts = [part for part in old if part.kind is Kind.PARAGRAPH]
    if len(hosts) != 1 or not hosts[0].parts or len(words) != 1:
        raise HeldError(f"{made.targets[0].label}不是一款各项之前的一段文字", "写明是哪一款")
    hosts[0].words = Words.new(words[0])
    hosts[0].touched = True


def _part_item(article: Article, old: Part, fresh: list[Part], count: int) -> None:
    """第二项分为两项: the others behind it move on."""
    if len(fresh) != count:
        raise HeldError(f"写明分为 {count} 项，给出 {len(fresh)} 项文字", "核对项数")
    owner = owner_of(article, old)
    at = next(i for i, p in enumerate(owner) if p is old)
    last = at == len(owner) - 1
    for index, part in enumerate(fresh):
        ending = old.words.text if index == count - 1 or not last else "；"
        part.words = Words.new(fit_ending(part.words.text, ending))
        part.suffix = old.suffix
    fresh[0].number, fresh[0].wanted = old.number, old.wanted
    owner[at : at + 1] = fresh
    article.touched = True


def fresh_parts(quote: Quote, level: str) -> list[Part]:
    """Quoted text as 款, 项 or 目."""
    if level == "paragraph":
        return [p for p in new_parts(quote.paragraphs) if p.kind is not Kind.NOTE]
    parts: list[Part] = []
    for paragraph in quote.paragraphs:
        head = _ITEM_HEAD.match(paragraph) if level == "item" else None
        plain = re.match(r"^\s*(?:\d+\s*[.．、]|[（(]\d+[）)])\s*", paragraph)
        mark = head or (plain if level == "subitem" else None)
        if mark or not parts:
            text = paragraph[mark.end() :] if mark else paragraph
            part = Part(
                _KINDS[level], Words.new(text.strip()), head=mark[0].strip() if mark else ""
            )
            if head:
                part.wanted = read_numeral(head["n"]) or 0
            parts.append(part)
        elif level == "item" and plain:
            below = Part(Kind.SUBITEM, Words.new(paragraph[plain.end() :].strip()))
            below.head = plain[0].strip()
            parts[-1].parts.append(below)
        else:
            parts[-1].words.add(Words.new(paragraph))
    for part in parts:
        renew(part)
    return parts


def add_part(draft: Draft, made: Instruction) -> None:
    target = made.targets[0]
    article = find_article(draft, target)
    level = {"add_paragraph": "paragraph", "add_item": "item", "add_subitem": "subitem"}[made.kind]
    fresh = fresh_parts(quote_of(made), level)
    wanted = [getattr(new, level) or 0 for new in made.news]
    if made.count and len(fresh) != made.count:
        fresh = _regroup(fresh, made.count, level)
    if wanted and len(wanted) != len(fresh):
        raise HeldError(f"给出 {len(fresh)} 段文字，序号却有 {len(wanted)} 个", "核对序号与段数")
    owner, at = _where(draft, article, made, level)
    numbered = [p.wanted for p in fresh] if level == "item" else []
    for index, part in enumerate(fresh):
        part.wanted = wanted[index] if wanted else (numbered[index] if numbered else 0)
        if made.place:
            part.wanted = part.wanted if wanted else 0
    before = owner[at - 1] if at == len(owner) and at and level != "paragraph" else None
    if before is not None and fresh:
        fresh[-1].words = Words.new(fit_ending(fresh[-1].words.text, before.words.text))
    owner[at:at] = fresh
    article.touched = True


def _regroup(fresh: list[Part], count: int, level: str) -> list[Part]:
    """增加一款 whose text has several paragraphs because the source broke its lines."""
    raise HeldError(
        f"写明增加 {count} {'款' if level == 'paragraph' else '项'}，给出 {len(fresh)} 段文字",
        "核对段数",
    )


def _where(draft: Draft, article: Article, made: Instruction, level: str) -> tuple[list[Part], int]:
    """The list and the position at which new parts go: after what is named, else at the end."""
    target = made.targets[0]
    if made.place in ("after", "before") and target.level == level:
        anchor = find_parts(draft, target)[0]
        owner = owner_of(article, anchor)
        at = next(i for i, p in enumerate(owner) if p is anchor)
        return owner, at + (made.place == "after")
    if level == "paragraph":
        notes = [i for i, p in enumerate(article.parts) if p.kind is Kind.NOTE]
        return article.parts, notes[0] if notes else len(article.parts)
    if level == "item":
        hosts = article.paragraphs
        if target.paragraph is not None:
            hosts = [p for p in hosts if p.number == target.paragraph]
        listed = [p for p in hosts if any(i.kind is Kind.ITEM for i in p.parts)]
        if len(listed) > 1:
            raise HeldError(f"{target.label}有几款都列有项", "写明加在第几款")
        host = (listed or (hosts if target.paragraph is not None or len(hosts) == 1 else []))[:1]
        if not host:
            raise HeldError(f"{target.label}没有列项", "写明加在第几款")
        return host[0].parts, len(host[0].parts)
    item = find_parts(draft, target)
    return item[0].parts, len(item[0].parts)


def delete_part(draft: Draft, made: Instruction) -> None:
    for target in made.targets:
        article = find_article(draft, target)
        for part in find_parts(draft, target):
            owner = owner_of(article, part)
            owner[:] = [p for p in owner if p is not part]
            article.touched = True
        if not article.parts:
            raise HeldError(f"{target.label}删去后该条没有文字", "写明删去该条")


def merge_parts(draft: Draft, made: Instruction) -> None:
    """第一款、第二款合并，作为第一款."""
    new = made.news[0]
    level = new.level
    old = [part for target in made.targets for part in find_parts(draft, target)]
    article = find_article(draft, made.targets[0])
    if made.quote is not None:
        fresh = fresh_parts(made.quote, level)
    else:
        fresh = [old[0]]
        for part in old[1:]:
            fresh[0].words.add(part.words)
            fresh[0].parts += part.parts
    if len(fresh) != 1:
        raise HeldError(f"合并为一处，给出 {len(fresh)} 段文字", "核对段数")
    owner = owner_of(article, old[0])
    at = next(i for i, p in enumerate(owner) if p is old[0])
    owner[:] = [p for i, p in enumerate(owner) if i == at or not any(p is gone for gone in old)]
    owner[at] = fresh[0]
    fresh[0].wanted = getattr(new, level) or 0
    article.touched = True
