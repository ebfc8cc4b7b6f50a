"""Chapters and titles: renamed, added, deleted; the words before the first article."""

from riskwarn.law.amend_draft import Article, Draft, Heading, new_parts, split_articles
from riskwarn.law.amend_edit_articles import remove_article
from riskwarn.law.amend_edit_words import edit_name
from riskwarn.law.amend_find import HeldError, find_heading, quote_of
from riskwarn.law.amend_terms import Instruction
from riskwarn.law.amend_words import replace_words
from riskwarn.law.lines import division_mark
from riskwarn.law.tree import DIVISIONS, Kind


def rename_title(draft: Draft, made: Instruction) -> None:
    target = made.targets[0]
    if made.old_words:
        return edit_name(
            draft, made, lambda words: replace_words(words, made.old_words, made.new_words)
        )
    if not target.division:
        draft.title = made.new_words
        return None
    given = division_mark(made.new_words)
    find_heading(draft, target.division).new_title = given.title if given else made.new_words
    return None


def replace_preamble(draft: Draft, made: Instruction) -> None:
    if not any(n.kind is Kind.PREAMBLE for n in draft.law.root.children):
        raise HeldError("修改前文本没有引言", "核对修改前文本")
    draft.preamble = quote_of(made).paragraphs


def add_division(draft: Draft, made: Instruction) -> None:
    """增加一章，作为第四章：“第四章 … 第…条 …”."""
    paragraphs = quote_of(made).paragraphs
    mark = division_mark(paragraphs[0])
    wanted = division_mark(made.news[0].division) if made.news else None
    if mark is None and wanted is None:
        raise HeldError("新增的章没有写明序号和名称", "写成“第…章 名称”")
    given = mark or wanted
    assert given is not None
    title = mark.title if mark else paragraphs[0]
    heading = Heading(given.kind, 0, title, wanted=given.number)
    pieces = split_articles(paragraphs[1:])
    if any(not key for key, _ in pieces):
        raise HeldError("新增的章里有没有条号的文字", "每条以“第…条”开头")
    within = _within(draft, made, heading)
    place = _heading_place(draft, heading, within)
    draft.headings.insert(place, heading)
    _shift(draft, place + 1, heading.kind, heading.wanted, 1)
    for key, texts in pieces:
        article = Article("", new_parts(texts), wanted=key, touched=True, heading=heading)
        article.placed = True
        draft.articles.append(article)


def _within(draft: Draft, made: Instruction, new: Heading) -> tuple[int, int]:
    """The headings among which the new one goes: those of the 编 or 章 that is named."""
    label = made.targets[-1].division if made.targets else ""
    above = label or (made.news[0].division if made.news else "")
    named = find_heading(draft, above) if label else None
    if named is None and above.count("第") > 1:
        named = find_heading(draft, "第" + above.split("第")[1])
    if named is None or DIVISIONS.index(named.kind) >= DIVISIONS.index(new.kind):
        return 0, len(draft.headings)
    begin = draft.headings.index(named) + 1
    level = DIVISIONS.index(named.kind)
    end = begin
    while end < len(draft.headings) and DIVISIONS.index(draft.headings[end].kind) > level:
        end += 1
    return begin, end


def _shift(draft: Draft, start: int, kind: Kind, number: int, by: int) -> None:
    """Renumber the chapters behind one that came or went, until their numbers begin anew."""
    last = number - 1 if by > 0 else number
    for heading in draft.headings[start:]:
        if DIVISIONS.index(heading.kind) < DIVISIONS.index(kind) and kind is Kind.SECTION:
            return
        if heading.kind is not kind or not heading.old_number:
            continue
        if heading.old_number <= last:
            return
        last = heading.old_number
        heading.wanted = heading.wanted or heading.old_number + by


def _heading_place(draft: Draft, new: Heading, within: tuple[int, int]) -> int:
    """Before the heading of the same kind that bears its number now, else at the end."""
    begin, end = within
    for at, heading in enumerate(draft.headings[begin:end], begin):
        if heading.kind is new.kind and heading.old_number >= new.wanted:
            return at
    return end


def merge_division(draft: Draft, made: Instruction) -> None:
    """第三章并入第二章: only chapters side by side, so that no article has to move."""
    source = find_heading(draft, made.targets[0].division)
    into = find_heading(draft, made.news[0].division)
    begin = draft.headings.index(source)
    level = DIVISIONS.index(source.kind)
    above = [h for h in draft.headings[:begin] if DIVISIONS.index(h.kind) <= level]
    inner = draft.headings[begin + 1 : begin + 2]
    nested = bool(inner) and DIVISIONS.index(inner[0].kind) > level
    if into.kind is not source.kind or not above or above[-1] is not into or nested:
        reason = f"{made.targets[0].division}不是紧接在{made.news[0].division}之后的一章"
        raise HeldError(reason, "人工调整章节")
    last = draft.headings[begin - 1]
    for article in draft.articles:
        if article.heading is source:
            article.heading = last
    draft.headings[begin : begin + 1] = []
    _shift(draft, begin, source.kind, source.old_number, -1)


def delete_division(draft: Draft, made: Instruction) -> None:
    heading = find_heading(draft, made.targets[0].division)
    begin = draft.headings.index(heading)
    level = DIVISIONS.index(heading.kind)
    end = begin + 1
    while end < len(draft.headings) and DIVISIONS.index(draft.headings[end].kind) > level:
        end += 1
    doomed = draft.headings[begin:end]
    for article in [a for a in draft.articles if a.heading in doomed]:
        remove_article(draft, article, None)
    draft.headings[begin:end] = []
    _shift(draft, begin, heading.kind, heading.old_number, -1)
