"""Articles added, deleted, merged, split and renumbered."""

from riskwarn.law.amend_draft import Article, Draft, new_parts, split_articles
from riskwarn.law.amend_edit_parts import merge_parts
from riskwarn.law.amend_find import (
    HeldError,
    find_article,
    find_heading,
    find_parts,
    owner_of,
    quote_of,
)
from riskwarn.law.amend_terms import Instruction, Target
from riskwarn.law.lines import division_mark
from riskwarn.records.law import split_article


def add_article(draft: Draft, made: Instruction) -> None:
    pieces = split_articles(quote_of(made).paragraphs)
    numbers = [new.article for new in made.news] or [key for key, _ in pieces]
    if made.count > 1 and not made.news and len(pieces) != made.count:
        raise HeldError(f"写明增加 {made.count} 条，给出 {len(pieces)} 条文字", "核对条数")
    if len(pieces) != len(numbers):
        raise HeldError(f"给出 {len(pieces)} 条文字，条号却有 {len(numbers)} 个", "核对条数")
    anchor = made.targets[-1] if made.targets else None
    previous: Article | None = None
    if anchor is not None and anchor.article and made.place == "after":
        previous = find_article(draft, anchor)
    divisions = [new.division for new in made.news] or [""] * len(numbers)
    for (key, paragraphs), number, division in zip(pieces, numbers, divisions, strict=True):
        if key and number and key != number:
            raise HeldError(f"条号不一致：写明作为第{number}条，引号内是第{key}条", "核对条号")
        _check_branch(draft, number)
        parts = new_parts(paragraphs)
        if not parts:
            raise HeldError("新增的条没有文字", "补上引号内的文字")
        article = Article("", parts, wanted=number, touched=True, after=previous)
        named = division or (anchor.division if anchor and not anchor.article else "")
        if named:
            article.heading, article.placed = find_heading(draft, named), True
        draft.articles.append(article)
        previous = article


def _check_branch(draft: Draft, number: str) -> None:
    """第一百三十三条之二 needs its 第一百三十三条."""
    if not number:
        return
    base, branch = split_article(number)
    if branch and str(base) not in draft.by_key:
        raise HeldError(
            f"找不到{Target(article=str(base)).label}，不能增加{Target(article=number).label}",
            "核对条号",
        )
    if branch and number in draft.by_key:
        raise HeldError(
            f"{Target(article=number).label}已经存在", "核对条号，或者修改前文本是否为旧版本"
        )


def delete_article(draft: Draft, made: Instruction) -> None:
    for target in made.targets:
        remove_article(draft, find_article(draft, target), None)


def remove_article(draft: Draft, article: Article, into: Article | None) -> None:
    """Take an article out; citations of it then follow `into`."""
    draft.articles = [a for a in draft.articles if a is not article]
    draft.gone[article.key] = into


def merge_articles(draft: Draft, made: Instruction) -> None:
    new = made.news[0]
    if new.level in ("paragraph", "item", "subitem"):
        return merge_parts(draft, made)
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
        raise HeldError("合并后的条没有文字", "补上引号内的文字")
    made_of = Article("", parts, wanted=new.article, touched=True)
    if new.division:
        made_of.heading, made_of.placed = find_heading(draft, new.division), True
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
                owner = owner_of(article, part)
                owner[:] = [p for p in owner if p is not part]
            article.touched = True
    draft.articles.insert(at, made_of)
    return None


def split_article_of(draft: Draft, made: Instruction) -> None:
    source = find_article(draft, made.targets[0])
    if made.targets[0].level == "article":
        return _split_by_text(draft, made, source)
    at = next(i for i, a in enumerate(draft.articles) if a is source)
    fresh: list[Article] = []
    groups: dict[str, list[Target]] = {}
    for target, new in zip(made.targets, made.news, strict=True):
        groups.setdefault(new.article, []).append(target)
    if made.quote is not None and len(groups) != 1:
        raise HeldError("一段新文字对应几条", "分开写")
    for number, targets in groups.items():
        parts = [part for target in targets for part in find_parts(draft, target)]
        for part in parts:
            owner = owner_of(source, part)
            owner[:] = [p for p in owner if p is not part]
            part.head = ""
        if made.quote is not None:
            parts = new_parts(split_articles(made.quote.paragraphs)[0][1])
        fresh.append(Article("", parts, wanted=number, touched=True, heading=source.heading))
    draft.articles[at + 1 : at + 1] = fresh
    source.touched = True
    if not source.parts:
        draft.articles = [a for a in draft.articles if a is not source]
        draft.gone[source.key] = None
    return None


def _split_by_text(draft: Draft, made: Instruction, source: Article) -> None:
    pieces = split_articles(quote_of(made).paragraphs)
    numbers = [new.article for new in made.news] or [key for key, _ in pieces]
    if len(pieces) != len(numbers) or (made.count and made.count != len(pieces)):
        raise HeldError(
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


def renumber(draft: Draft, made: Instruction) -> None:
    for old, new in zip(made.targets, made.news, strict=True):
        if old.level == "division":
            found = division_mark(new.division)
            find_heading(draft, old.division).wanted = found.number if found else 0
        elif old.level == "article":
            article = find_article(draft, old)
            article.wanted = new.article
            if new.division:
                article.heading, article.placed = find_heading(draft, new.division), True
        else:
            for part in find_parts(draft, old):
                part.wanted = getattr(new, old.level)
            find_article(draft, old).touched = True
