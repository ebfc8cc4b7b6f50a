"""One instruction carried out on the draft: words, text, 款 and 项, articles, chapters.

What cannot be done exactly raises `Held` with its reason and its cure; the caller then leaves the
articles concerned as they were.
"""

import re
from collections.abc import Callable

from riskwarn.law.amend_draft import (
    Article,
    Draft,
    Heading,
    Part,
    new_parts,
    renew,
    split_articles,
)
from riskwarn.law.amend_read import Quote
from riskwarn.law.amend_terms import AmendKind, Instruction, Target
from riskwarn.law.amend_words import (
    Words,
    delete_words,
    fit_ending,
    insert_words,
    replace_words,
    same_words,
)
from riskwarn.law.lines import division_mark
from riskwarn.law.tree import DIVISIONS, Kind
from riskwarn.records.law import split_article
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_ITEM_HEAD = re.compile(rf"^\s*[（(]\s*(?P<n>[{NUMERAL_CHARS}]+)\s*[）)]\s*")
_KINDS = {"paragraph": Kind.PARAGRAPH, "item": Kind.ITEM, "subitem": Kind.SUBITEM}
_WORDS = {"编": Kind.PART, "章": Kind.CHAPTER, "节": Kind.SECTION}


class Held(Exception):
    """An instruction cannot be carried out: reason and cure, for people."""

    def __init__(self, reason: str, cure: str = "", number: str = "") -> None:
        self.reason, self.cure, self.number = reason, cure, number
        super().__init__(reason)


def carry_out(draft: Draft, made: Instruction) -> None:
    """Carry one instruction out.

    Raises: Held; the draft may then be changed in part and is to be thrown away.
    """
    _ACTIONS[made.kind](draft, made)


# --- finding --------------------------------------------------------------------------------------


def find_article(draft: Draft, target: Target) -> Article:
    """The old article that a target names."""
    article = draft.by_key.get(target.article)
    if article is None:
        known = f"修改前文本共 {len(draft.by_key)} 条"
        label = Target(article=target.article).label if target.article else "（未写明条号）"
        raise Held(f"找不到{label}", f"核对条号，{known}")
    return article


def _places(draft: Draft, target: Target) -> list[Part]:
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
            raise Held(f"找不到{target.label}", f"该条原有 {_old_count(article)} 款")
    if target.item is None:
        if target.subitem is None:
            return hosts
        raise Held(f"{target.label}没有写明在哪一项", "写明条、款、项、目")
    found = [i for p in hosts for i in p.parts if i.kind is Kind.ITEM and i.number == target.item]
    if len(found) > 1 and target.paragraph is None:
        raise Held(f"{target.label}在几款里都有", "写明是第几款")
    if not found:
        raise Held(f"找不到{target.label}", "核对款、项的序号")
    if target.subitem is None:
        return found
    below = [s for s in found[0].parts if s.kind is Kind.SUBITEM and s.number == target.subitem]
    if not below:
        raise Held(f"找不到{target.label}", "核对目的序号")
    return below


def _old_count(article: Article) -> int:
    return max((p.number for p in article.paragraphs), default=0)


def _owner(article: Article, part: Part) -> list[Part]:
    """The list in which a part stands."""
    if any(part is p for p in article.parts):
        return article.parts
    for host in article.walk():
        if any(part is p for p in host.parts):
            return host.parts
    raise Held("这一部分已经被另一条指令删去", "核对两条指令是否矛盾")


# --- words ----------------------------------------------------------------------------------------


def _edit_words(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    target = made.targets[0]
    if target.sentence:
        return _edit_sentence(draft, made)
    if target.whole:
        _edit_everywhere(draft, made, edit)
        return
    if target.division and not target.article and not target.name:
        return _edit_division(draft, made, edit)
    if target.name:
        return _edit_name(draft, made, edit)
    if not target.article:
        raise Held(f"没有写明在哪一条：{made.written[:40]}", "写明条号")
    if _edit_parts(_places(draft, target), edit):
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
    raise Held(f"{target.label}中找不到“{made.old_words[:40]}”", hint)


def _edit_everywhere(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    spared = {target.article for target in made.excluded}
    count = 0
    for article in draft.articles:
        if article.key and article.key not in spared:
            done = _edit_parts(list(article.walk()), edit)
            article.touched = article.touched or bool(done)
            count += done
    if not count:
        raise Held(f"全文找不到“{made.old_words[:40]}”", "核对原文词语")


def _edit_sentence(draft: Draft, made: Instruction) -> None:
    """第二款第二句: rewritten or deleted; sentences end with 。"""
    target = made.targets[0]
    parts = _places(draft, target)
    if len(parts) != 1:
        raise Held(f"{target.label}不止一段文字", "写明是哪一款、哪一项")
    words = parts[0].words
    ends = [found.end() for found in re.finditer("。", words.text)]
    at = target.sentence - 1 if target.sentence > 0 else len(ends) - 1
    if not 0 <= at < len(ends):
        raise Held(f"找不到{target.label}", f"该处共 {len(ends)} 句")
    start = ends[at - 1] if at else 0
    new = made.new_words
    words.put(start, ends[at], new + ("。" if new and new[-1] not in "。；" else ""))
    parts[0].touched = find_article(draft, target).touched = True


def _edit_division(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    """将第三章中的“甲”修改为“乙”: every article of the chapter."""
    heading = _heading(draft, made.targets[0].division)
    if same_words(heading.title, made.old_words):
        return _edit_name(draft, made, edit)
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
        raise Held(f"{made.targets[0].division}中找不到“{made.old_words[:40]}”", "核对原文词语")
    return None


def _edit_name(draft: Draft, made: Instruction, edit: Callable[[Words], int]) -> None:
    """Words of the law's name, or of a chapter's."""
    target = made.targets[0]
    heading = _heading(draft, target.division) if target.division else None
    words = Words.old(heading.title if heading else (draft.title or draft.law.title))
    if not edit(words):
        raise Held(f"{target.label}中找不到“{made.old_words[:40]}”", "核对名称")
    if heading is not None:
        heading.new_title = words.text
    else:
        draft.title = words.text


def _replace_words(draft: Draft, made: Instruction) -> None:
    _edit_words(draft, made, lambda words: replace_words(words, made.old_words, made.new_words))


def _delete_words(draft: Draft, made: Instruction) -> None:
    _edit_words(draft, made, lambda words: delete_words(words, made.old_words))


def _insert_words(draft: Draft, made: Instruction) -> None:
    if made.old_words:
        _edit_words(
            draft,
            made,
            lambda words: insert_words(words, made.old_words, made.new_words, made.place),
        )
        return
    target = made.targets[0]
    article = find_article(draft, target)
    parts = [p for p in _places(draft, target) if p.kind is not Kind.NOTE]
    if not parts:
        raise Held(f"找不到{target.label}", "核对款、项的序号")
    at_start = made.place == "start"
    part = parts[0] if at_start else parts[-1]
    words, new = part.words, made.new_words
    if at_start:
        words.put(0, 0, new)
    else:
        if words.text and words.text[-1] not in "。；！？" and new[:1] not in "，；。、":
            raise Held(f"{target.label}末尾不是完整的句子", "写明加在哪几个字之后")
        if words.text[-1:] == "；" and not new.endswith(("；", "。")):
            new += "；"
        words.put(len(words.text), len(words.text), new + ("" if new[-1] in "。；！”" else "。"))
    part.touched = article.touched = True


# --- text of articles, 款, 项 ----------------------------------------------------------------------


def _quote(made: Instruction) -> Quote:
    if made.quote is None or not made.quote.paragraphs:
        raise Held(f"没有给出新的文字：{made.written[:40]}", "补上引号内的文字")
    return made.quote


def _replace_article(draft: Draft, made: Instruction) -> None:
    pieces = split_articles(_quote(made).paragraphs)
    if len(pieces) != len(made.targets):
        raise Held(f"给出 {len(pieces)} 条文字，所指是 {len(made.targets)} 条", "核对条数")
    for target, (_, paragraphs) in zip(made.targets, pieces, strict=True):
        article = find_article(draft, target)
        article.touched = True
        notes = [p for p in article.parts if p.kind is Kind.NOTE]
        article.parts = new_parts(paragraphs) + notes
        if not article.parts:
            raise Held(f"{target.label}的新文字是空的", "补上引号内的文字")


def _replace_part(draft: Draft, made: Instruction) -> None:
    old = [part for target in made.targets for part in find_parts(draft, target)]
    article = find_article(draft, made.targets[0])
    level = made.targets[0].level
    fresh = _fresh(_quote(made), level)
    if level != "paragraph" and len(fresh) != len(old):
        raise Held(f"给出 {len(fresh)} 段文字，所指是 {len(old)} 处", "核对项、目的个数")
    owner = _owner(article, old[0])
    if any(not any(part is p for p in owner) for part in old):
        raise Held("所指的款、项不在同一条", "分开写")
    at = next(i for i, p in enumerate(owner) if p is old[0])
    if len(fresh) == len(old):
        for before, after in zip(old, fresh, strict=True):
            after.number, after.wanted = before.number, before.wanted
            if level != "paragraph":
                after.words = Words.new(fit_ending(after.words.text, before.words.text))
            elif not after.parts and before.parts and after.words.text[-1:] in "：:":
                after.parts = before.parts  # only the lead-in is given anew, its 项 stay
            after.suffix = before.suffix
    elif len(old) == 1 and fresh:
        fresh[0].number, fresh[0].wanted = old[0].number, old[0].wanted
    kept = [p for p in owner if not any(p is o for o in old)]
    owner[:] = kept[:at] + fresh + kept[at:]
    article.touched = True


def _fresh(quote: Quote, level: str) -> list[Part]:
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


def _add_part(draft: Draft, made: Instruction) -> None:
    target = made.targets[0]
    article = find_article(draft, target)
    level = {"add_paragraph": "paragraph", "add_item": "item", "add_subitem": "subitem"}[made.kind]
    fresh = _fresh(_quote(made), level)
    wanted = [getattr(new, level) or 0 for new in made.news if not new.article or True]
    if made.count and len(fresh) != made.count:
        fresh = _regroup(fresh, made.count, level)
    if wanted and len(wanted) != len(fresh):
        raise Held(f"给出 {len(fresh)} 段文字，序号却有 {len(wanted)} 个", "核对序号与段数")
    owner, at = _where(draft, article, made, level)
    numbered = [p.wanted for p in fresh] if level == "item" else []
    for index, part in enumerate(fresh):
        part.wanted = wanted[index] if wanted else (numbered[index] if numbered else 0)
        if made.place:
            part.wanted = part.wanted if wanted else 0
    owner[at:at] = fresh
    article.touched = True


def _regroup(fresh: list[Part], count: int, level: str) -> list[Part]:
    """增加一款 whose text has several paragraphs because the source broke its lines."""
    raise Held(
        f"写明增加 {count} {'款' if level == 'paragraph' else '项'}，给出 {len(fresh)} 段文字",
        "核对段数",
    )


def _where(draft: Draft, article: Article, made: Instruction, level: str) -> tuple[list[Part], int]:
    """The list and the position at which new parts go: after what is named, else at the end."""
    target = made.targets[0]
    if made.place in ("after", "before") and target.level == level:
        anchor = find_parts(draft, target)[0]
        owner = _owner(article, anchor)
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
            raise Held(f"{target.label}有几款都列有项", "写明加在第几款")
        host = (listed or (hosts if target.paragraph is not None or len(hosts) == 1 else []))[:1]
        if not host:
            raise Held(f"{target.label}没有列项", "写明加在第几款")
        return host[0].parts, len(host[0].parts)
    item = find_parts(draft, target)
    return item[0].parts, len(item[0].parts)


def _delete_part(draft: Draft, made: Instruction) -> None:
    for target in made.targets:
        article = find_article(draft, target)
        for part in find_parts(draft, target):
            owner = _owner(article, part)
            owner[:] = [p for p in owner if p is not part]
            article.touched = True
        if not article.parts:
            raise Held(f"{target.label}删去后该条没有文字", "写明删去该条")


# --- articles -------------------------------------------------------------------------------------


def _add_article(draft: Draft, made: Instruction) -> None:
    pieces = split_articles(_quote(made).paragraphs)
    numbers = [new.article for new in made.news] or [key for key, _ in pieces]
    if made.count > 1 and not made.news and len(pieces) != made.count:
        raise Held(f"写明增加 {made.count} 条，给出 {len(pieces)} 条文字", "核对条数")
    if len(pieces) != len(numbers):
        raise Held(f"给出 {len(pieces)} 条文字，条号却有 {len(numbers)} 个", "核对条数")
    anchor = made.targets[-1] if made.targets else None
    previous: Article | None = None
    if anchor is not None and anchor.article and made.place == "after":
        previous = find_article(draft, anchor)
    divisions = [new.division for new in made.news] or [""] * len(numbers)
    for (key, paragraphs), number, division in zip(pieces, numbers, divisions, strict=True):
        if key and number and key != number:
            raise Held(f"条号不一致：写明作为第{number}条，引号内是第{key}条", "核对条号")
        _check_branch(draft, number)
        parts = new_parts(paragraphs)
        if not parts:
            raise Held("新增的条没有文字", "补上引号内的文字")
        article = Article("", parts, wanted=number, touched=True, after=previous)
        named = division or (anchor.division if anchor and not anchor.article else "")
        if named:
            article.heading, article.placed = _heading(draft, named), True
        draft.articles.append(article)
        previous = article


def _check_branch(draft: Draft, number: str) -> None:
    """第一百三十三条之二 needs its 第一百三十三条."""
    if not number:
        return
    base, branch = split_article(number)
    if branch and str(base) not in draft.by_key:
        raise Held(
            f"找不到{Target(article=str(base)).label}，不能增加{Target(article=number).label}",
            "核对条号",
        )
    if branch and number in draft.by_key:
        raise Held(
            f"{Target(article=number).label}已经存在", "核对条号，或者修改前文本是否为旧版本"
        )


def _delete_article(draft: Draft, made: Instruction) -> None:
    for target in made.targets:
        remove_article(draft, find_article(draft, target), None)


def remove_article(draft: Draft, article: Article, into: Article | None) -> None:
    """Take an article out; citations of it then follow `into`."""
    draft.articles = [a for a in draft.articles if a is not article]
    draft.gone[article.key] = into


def _merge_parts(draft: Draft, made: Instruction) -> None:
    """第一款、第二款合并，作为第一款."""
    new = made.news[0]
    level = new.level
    old = [part for target in made.targets for part in find_parts(draft, target)]
    article = find_article(draft, made.targets[0])
    if made.quote is not None:
        fresh = _fresh(made.quote, level)
    else:
        fresh = [old[0]]
        for part in old[1:]:
            fresh[0].words.add(part.words)
            fresh[0].parts += part.parts
    if len(fresh) != 1:
        raise Held(f"合并为一处，给出 {len(fresh)} 段文字", "核对段数")
    owner = _owner(article, old[0])
    at = next(i for i, p in enumerate(owner) if p is old[0])
    owner[:] = [p for i, p in enumerate(owner) if i == at or not any(p is gone for gone in old)]
    owner[at] = fresh[0]
    fresh[0].wanted = getattr(new, level) or 0
    article.touched = True


def _merge(draft: Draft, made: Instruction) -> None:
    new = made.news[0]
    if new.level in _KINDS:
        return _merge_parts(draft, made)
    sources = [(t, find_article(draft, t)) for t in made.targets]
    whole = [a for t, a in sources if t.level == "article"]
    if made.quote is not None:
        pieces = split_articles(made.quote.paragraphs)
        parts = new_parts(pieces[0][1]) if len(pieces) == 1 else []
    else:
        parts = [
            p
            for t, a in sources
            for p in (find_parts(draft, t) if t.level != "article" else a.parts)
        ]
    if not parts:
        raise Held("合并后的条没有文字", "补上引号内的文字")
    made_of = Article("", parts, wanted=new.article, touched=True)
    if new.division:
        made_of.heading, made_of.placed = _heading(draft, new.division), True
    elif whole:
        made_of.heading = whole[0].heading
    at = next(
        i for i, a in enumerate(draft.articles) if a is (whole[0] if whole else sources[0][1])
    )
    for target, article in sources:
        if target.level == "article":
            remove_article(draft, article, made_of)
        else:
            for part in find_parts(draft, target):
                owner = _owner(article, part)
                owner[:] = [p for p in owner if p is not part]
            article.touched = True
    draft.articles.insert(at, made_of)
    return None


def _split(draft: Draft, made: Instruction) -> None:
    source = find_article(draft, made.targets[0])
    if made.targets[0].level == "article":
        return _split_by_text(draft, made, source)
    at = next(i for i, a in enumerate(draft.articles) if a is source)
    fresh: list[Article] = []
    for target, new in zip(made.targets, made.news, strict=True):
        parts = find_parts(draft, target)
        for part in parts:
            owner = _owner(source, part)
            owner[:] = [p for p in owner if p is not part]
            part.head = ""
        fresh.append(Article("", parts, wanted=new.article, touched=True, heading=source.heading))
    draft.articles[at + 1 : at + 1] = fresh
    source.touched = True
    if not source.parts:
        draft.articles = [a for a in draft.articles if a is not source]
        draft.gone[source.key] = None
    return None


def _split_by_text(draft: Draft, made: Instruction, source: Article) -> None:
    pieces = split_articles(_quote(made).paragraphs)
    numbers = [new.article for new in made.news] or [key for key, _ in pieces]
    if len(pieces) != len(numbers) or (made.count and made.count != len(pieces)):
        raise Held(
            f"写明分为 {made.count or len(numbers)} 条，给出 {len(pieces)} 条文字", "核对条数"
        )
    at = next(i for i, a in enumerate(draft.articles) if a is source)
    source.parts, source.touched = new_parts(pieces[0][1]), True
    if numbers[0]:
        source.wanted = numbers[0]
    rest = [
        Article("", new_parts(paragraphs), wanted=number, touched=True, heading=source.heading)
        for (_, paragraphs), number in zip(pieces[1:], numbers[1:], strict=True)
    ]
    draft.articles[at + 1 : at + 1] = rest


def _renumber(draft: Draft, made: Instruction) -> None:
    for old, new in zip(made.targets, made.news, strict=True):
        if old.level == "division":
            found = division_mark(new.division)
            _heading(draft, old.division).wanted = found.number if found else 0
        elif old.level == "article":
            article = find_article(draft, old)
            article.wanted = new.article
            if new.division:
                article.heading, article.placed = _heading(draft, new.division), True
        else:
            for part in find_parts(draft, old):
                part.wanted = getattr(new, old.level)
            find_article(draft, old).touched = True


# --- chapters and titles --------------------------------------------------------------------------


def _heading(draft: Draft, label: str) -> Heading:
    """The heading that 第二章, or 第三章第一节, names."""
    within: Heading | None = None
    for number, word in re.findall(rf"第([{NUMERAL_CHARS}]+)(分编|编|章|节)", label):
        kind = Kind.SUBPART if word == "分编" else _WORDS[word]
        begin = draft.headings.index(within) + 1 if within is not None else 0
        wanted = read_numeral(number)
        found = next(
            (
                h
                for h in draft.headings[begin:]
                if h.kind is kind and (h.old_number or h.wanted) == wanted
            ),
            None,
        )
        if found is None:
            raise Held(f"找不到{label}", "核对章、节的序号")
        within = found
    if within is None:
        raise Held(f"看不懂章节“{label}”", "写成“第…章”")
    return within


def _rename(draft: Draft, made: Instruction) -> None:
    target = made.targets[0]
    if made.old_words:
        return _edit_name(
            draft, made, lambda words: replace_words(words, made.old_words, made.new_words)
        )
    if not target.division:
        draft.title = made.new_words
        return None
    given = division_mark(made.new_words)
    _heading(draft, target.division).new_title = given.title if given else made.new_words
    return None


def _replace_preamble(draft: Draft, made: Instruction) -> None:
    if not any(n.kind is Kind.PREAMBLE for n in draft.law.root.children):
        raise Held("修改前文本没有引言", "核对修改前文本")
    draft.preamble = _quote(made).paragraphs


def _add_division(draft: Draft, made: Instruction) -> None:
    """增加一章，作为第四章：“第四章 … 第…条 …”."""
    paragraphs = _quote(made).paragraphs
    mark = division_mark(paragraphs[0])
    wanted = division_mark(made.news[0].division) if made.news else None
    if mark is None and wanted is None:
        raise Held("新增的章没有写明序号和名称", "写成“第…章 名称”")
    given = mark or wanted
    assert given is not None
    title = mark.title if mark else paragraphs[0]
    heading = Heading(given.kind, 0, title, wanted=given.number)
    pieces = split_articles(paragraphs[1:])
    if any(not key for key, _ in pieces):
        raise Held("新增的章里有没有条号的文字", "每条以“第…条”开头")
    draft.headings.insert(_heading_place(draft, heading), heading)
    for key, texts in pieces:
        article = Article("", new_parts(texts), wanted=key, touched=True, heading=heading)
        article.placed = True
        draft.articles.append(article)


def _heading_place(draft: Draft, new: Heading) -> int:
    """Before the heading of the same kind that bears its number now, else at the end."""
    for at, heading in enumerate(draft.headings):
        if heading.kind is new.kind and heading.old_number >= new.wanted:
            return at
        if (
            DIVISIONS.index(heading.kind) < DIVISIONS.index(new.kind)
            and at
            and new.kind is Kind.SECTION
        ):
            continue
    return len(draft.headings)


def _delete_division(draft: Draft, made: Instruction) -> None:
    heading = _heading(draft, made.targets[0].division)
    begin = draft.headings.index(heading)
    level = DIVISIONS.index(heading.kind)
    end = begin + 1
    while end < len(draft.headings) and DIVISIONS.index(draft.headings[end].kind) > level:
        end += 1
    doomed = draft.headings[begin:end]
    for article in [a for a in draft.articles if a.heading in doomed]:
        remove_article(draft, article, None)
    draft.headings[begin:end] = []


def _other(draft: Draft, made: Instruction) -> None:
    """个别文字作相应修改: says nothing that could be carried out; it is reported."""


_ACTIONS: dict[AmendKind, Callable[[Draft, Instruction], None]] = {
    AmendKind.REPLACE_WORDS: _replace_words,
    AmendKind.INSERT_WORDS: _insert_words,
    AmendKind.DELETE_WORDS: _delete_words,
    AmendKind.REPLACE_ARTICLE: _replace_article,
    AmendKind.REPLACE_PARAGRAPH: _replace_part,
    AmendKind.REPLACE_ITEM: _replace_part,
    AmendKind.REPLACE_SUBITEM: _replace_part,
    AmendKind.ADD_ARTICLE: _add_article,
    AmendKind.ADD_PARAGRAPH: _add_part,
    AmendKind.ADD_ITEM: _add_part,
    AmendKind.ADD_SUBITEM: _add_part,
    AmendKind.ADD_DIVISION: _add_division,
    AmendKind.DELETE_ARTICLE: _delete_article,
    AmendKind.DELETE_PARAGRAPH: _delete_part,
    AmendKind.DELETE_ITEM: _delete_part,
    AmendKind.DELETE_SUBITEM: _delete_part,
    AmendKind.DELETE_DIVISION: _delete_division,
    AmendKind.RENUMBER: _renumber,
    AmendKind.MERGE_ARTICLES: _merge,
    AmendKind.SPLIT_ARTICLE: _split,
    AmendKind.RENAME_TITLE: _rename,
    AmendKind.REPLACE_PREAMBLE: _replace_preamble,
    AmendKind.OTHER: _other,
}
