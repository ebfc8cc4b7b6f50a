"""Numbers at the end: articles, 款 and 项 get their new numbers and their order."""

import re
from collections.abc import Iterable

from riskwarn.law.amend_draft import Article, Draft, Heading, Part
from riskwarn.law.amend_find import HeldError
from riskwarn.law.amend_terms import Target
from riskwarn.law.amend_words import Words
from riskwarn.law.tree import Kind, Node
from riskwarn.records.law import article_key, split_article
from riskwarn.records.numerals import write_numeral


def number_parts(article: Article) -> None:
    """Put the 款 and 项 of an article into their new order; number heads, mend closing marks.

    Raises: HeldError when the numbers asked for leave a gap.
    """
    notes = [p for p in article.parts if p.kind is Kind.NOTE]
    paragraphs = [p for p in article.parts if p.kind is not Kind.NOTE]
    article.parts = _arranged(paragraphs, "款") + notes
    for part in article.parts:
        _number_list(part, Kind.ITEM, "项")
        for item in part.parts:
            _number_list(item, Kind.SUBITEM, "目")


def _arranged(parts: list[Part], word: str) -> list[Part]:
    """Parts with a wanted number at that number, the others in their order around them."""
    fixed: dict[int, Part] = {}
    for part in parts:
        if part.wanted:
            if part.wanted in fixed:
                number = write_numeral(part.wanted)
                raise HeldError(f"两处都要作为第{number}{word}", "核对序号")
            fixed[part.wanted] = part
    rest = iter([p for p in parts if not p.wanted])
    done: list[Part] = []
    for at in range(1, len(parts) + 1):
        placed = fixed.pop(at) if at in fixed else next(rest, None)
        if placed is None:
            wanted = f"第{write_numeral(min(fixed))}{word}"
            raise HeldError(f"作为{wanted}，前面只有 {at - 1} {word}", f"核对{word}的序号")
        done.append(placed)
    return done


def _number_list(host: Part, kind: Kind, word: str) -> None:
    items = [p for p in host.parts if p.kind is kind]
    if not items:
        return
    others = [p for p in host.parts if p.kind is not kind]
    before = [p.number for p in items]
    items = _arranged(items, word)
    changed = any(p.node is None for p in items) or before != list(range(1, len(items) + 1))
    changed = changed or (host.node is not None and len(host.node.of_kind(kind)) != len(items))
    host.parts = items + others
    if not changed:
        return
    for number, item in enumerate(items, 1):
        item.head = _head(item.head, number, kind)
    if kind is Kind.ITEM and host.node is not None:
        _mend_closings(items, host.node.of_kind(kind))


def _head(head: str, number: int, kind: Kind) -> str:
    if kind is Kind.SUBITEM:
        return re.sub(r"\d+", str(number), head) if head else f"{number}．"
    if not head:
        return f"（{write_numeral(number)}）"
    return re.sub(r"[^（()）\s]+", write_numeral(number), head, count=1)


def _mend_closings(items: list[Part], before: tuple[Node, ...]) -> None:
    """The last 项 ends the sentence, the others do not: where a 项 came or went."""
    ended = bool(before) and before[-1].own_text.endswith("。")
    if ended and items[-1].words.text[-1:] in "；;":
        _close(items[-1].words, "。")
    if len(items) < 2:
        return
    inner = [p.words.text[-1:] for p in items]
    separators = [mark for mark in inner if mark in "；;"]
    if not separators:
        return
    for item in items[:-1]:
        if item.words.text.endswith("。") and "。" not in item.words.text[:-1] and not item.parts:
            _close(item.words, separators[0])


def _close(words: Words, mark: str) -> None:
    words.put(len(words.text) - 1, len(words.text), mark)


def number_articles(
    draft: Draft, reorders: bool, reserved: Iterable[int] = (), strict: bool = True
) -> None:
    """Give every article its new number and put them into its order.

    Takes:  reorders, the decision says 条文顺序作相应调整; reserved, numbers of new articles that
            are held, which stay free; strict, nothing was held so far, so that a gap is a fault.
    Raises: HeldError when two articles are to bear one number, or a number leaves a gap.
    """
    branches = [a for a in draft.articles if a.wanted and split_article(a.wanted)[1]]
    fixed: dict[int, Article] = {}
    for article in draft.articles:
        if article.wanted and article not in branches:
            number = int(article.wanted)
            if number in fixed:
                raise HeldError(f"两条都要作为第{number}条", "核对条号", str(number))
            fixed[number] = article
    rest = _in_order([a for a in draft.articles if not a.wanted])
    if _keeps_numbers(draft, fixed, rest, reorders):
        for article in rest:
            article.new_key = article.key
        for number, article in fixed.items():
            article.new_key = str(number)
    else:
        _fill(draft, fixed, rest, set(reserved), strict)
    for article in branches:
        article.new_key = _branch_key(draft, article)
    draft.articles.sort(key=lambda a: split_article(a.new_key))
    _place(draft)


def _in_order(articles: list[Article]) -> list[Article]:
    """Old articles as they stood; a new one without number after the one it was put behind."""
    done = [a for a in articles if a.after is None]
    for article in articles:
        if article.after is not None:
            at = next((i for i, a in enumerate(done) if a is article.after), len(done) - 1)
            done.insert(at + 1, article)
    return done


def _keeps_numbers(
    draft: Draft, fixed: dict[int, Article], rest: list[Article], reorders: bool
) -> bool:
    """Whether the old numbers stay: nothing moves, or gaps are left where articles went."""
    if any(not a.key for a in rest):
        return False
    if not fixed and not (draft.gone and reorders):
        return True
    taken = {a.key for a in rest}
    adds_only = all(not a.key for a in fixed.values())
    free = adds_only and not any(str(number) in taken for number in fixed)
    return free and not reorders and not any(n < _last(rest) for n in fixed)


def _last(articles: list[Article]) -> int:
    return max((split_article(a.key)[0] for a in articles if a.key), default=0)


def _fill(
    draft: Draft,
    fixed: dict[int, Article],
    rest: list[Article],
    reserved: set[int],
    strict: bool,
) -> None:
    number = min((split_article(a.key)[0] for a in draft.by_key.values()), default=1)
    number = min([number, *fixed])
    waiting = iter(rest)
    branch_of = 0
    pending = next(waiting, None)
    while pending is not None or fixed:
        if pending is not None and pending.key and split_article(pending.key)[1] and branch_of:
            pending.new_key = article_key(branch_of, split_article(pending.key)[1])
            pending = next(waiting, None)
            continue
        if number in fixed:
            fixed.pop(number).new_key = str(number)
        elif number in reserved:
            pass
        elif pending is not None:
            pending.new_key = str(number)
            branch_of = number
            pending = next(waiting, None)
        else:
            wanted = min(fixed)
            if strict:
                label = Target(article=str(wanted)).label
                reason = f"作为{label}，前面只有 {number - 1} 条"
                raise HeldError(reason, "核对条号", str(wanted))
            draft.notes.append(f"第{write_numeral(number)}条空缺：有指令没有执行，条号不连续")
            number = wanted - 1
        number += 1


def _branch_key(draft: Draft, article: Article) -> str:
    base, branch = split_article(article.wanted)
    old = draft.by_key.get(str(base))
    now = old.new_key if old is not None and old.new_key else str(base)
    return article_key(int(split_article(now)[0]), branch)


def _place(draft: Draft) -> None:
    """Give every new or moved article its chapter: that of its neighbours, or the likelier one."""
    order = {id(heading): at for at, heading in enumerate(draft.headings)}
    settled = [(a.key != "" and not a.wanted) or a.placed for a in draft.articles]
    for index, article in enumerate(draft.articles):
        if settled[index] or not draft.headings:
            continue
        before = _neighbour(draft, settled, range(index - 1, -1, -1), order)
        after = _neighbour(draft, settled, range(index + 1, len(draft.articles)), order)
        after = max(after, before)
        own = order.get(id(article.heading), -2)
        if article.key and before <= own <= after:
            pass
        elif before == after:
            article.heading = draft.headings[before] if before >= 0 else None
        else:
            article.heading = _likelier(draft, article, before, after)
        settled[index] = True


def _neighbour(draft: Draft, settled: list[bool], indexes: range, order: dict[int, int]) -> int:
    for index in indexes:
        if settled[index]:
            return order.get(id(draft.articles[index].heading), -1)
    return -1 if indexes.step == -1 else len(draft.headings) - 1


def _likelier(draft: Draft, article: Article, before: int, after: int) -> Heading | None:
    """At the border of two chapters: the one whose title the words share more of."""
    text = "".join(p.words.text for p in article.walk())
    best, best_score = before, -1.0
    for at in range(max(before, 0), after + 1):
        title = draft.headings[at].new_title or draft.headings[at].title
        pairs = {title[i : i + 2] for i in range(len(title) - 1)}
        score = sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
        if score > best_score + (0.3 if best_score >= 0 else 0.0):
            best, best_score = at, score
    heading = draft.headings[best] if best >= 0 else None
    if heading is not None:
        label = Target(article=article.new_key).label
        draft.notes.append(
            f"{label}位于两章之间，按文字归入“{heading.new_title or heading.title}”，请核对"
        )
    return heading
