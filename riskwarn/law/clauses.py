"""From an address to the clause: exact numbers, the one skipped level that statutes skip."""

from dataclasses import dataclass, replace
from datetime import date

from riskwarn.law.tree import Kind, LawText, Node, division_label
from riskwarn.records.law import Clause, ClauseRef, LawVersion, split_article
from riskwarn.records.numerals import write_numeral

Span = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A clause in its text, or what is missing."""

    law: LawText
    ref: ClauseRef
    node: Node | None = None
    parent: Node | None = None  # None: an article, whose siblings are the law's articles
    remark: str = ""
    missing: str = ""
    extent: str = ""
    nearest: str = ""

    def clause(self, span: Span) -> Clause:
        assert self.node is not None
        return make_clause(self.law, self.ref, self.node, span)

    def before(self, span: Span) -> Clause | None:
        return self._neighbour(-1, span)

    def after(self, span: Span) -> Clause | None:
        return self._neighbour(1, span)

    def _neighbour(self, step: int, span: Span) -> Clause | None:
        if self.parent is None:  # an article among hundreds: make only the one record
            own = self.law.articles.get(self.ref.article or "")
            if own is None or own.node is not self.node:
                return None
            keys = list(self.law.articles)
            at = keys.index(self.ref.article or "") + step
            if not 0 <= at < len(keys):
                return None
            ref = replace(self.ref.of_article, article=keys[at])
            return make_clause(self.law, ref, self.law.articles[keys[at]].node, span)
        siblings = self._siblings(self.parent)
        for position, (_, node) in enumerate(siblings):
            if node is self.node and 0 <= position + step < len(siblings):
                ref, beside = siblings[position + step]
                return make_clause(self.law, ref, beside, span)
        return None

    def _siblings(self, parent: Node) -> tuple[tuple[ClauseRef, Node], ...]:
        base = self.ref.of_article
        if parent.kind in (Kind.PARAGRAPH, Kind.ITEM):
            base = replace(base, paragraph=self.ref.paragraph)
        if parent.kind is Kind.ITEM:
            base = replace(base, item=self.ref.item)
        return _below(base, parent)

    def children(self, span: Span) -> tuple[Clause, ...]:
        if self.node is None:
            return ()
        below = _below(self.ref, self.node)
        return tuple(make_clause(self.law, ref, node, span) for ref, node in below)


def make_clause(law: LawText, ref: ClauseRef, node: Node, span: Span) -> Clause:
    """Give the record of a clause."""
    article = law.articles.get(ref.article or "")
    return Clause(
        ref=ref,
        text=node.text,
        text_hash=node.hash,
        effective_on=span[0],
        repealed_on=span[1],
        line=node.line,
        heading=article.heading if article else division_label(node),
        closing=node.closing,
    )


def find_clause(law: LawText, version: LawVersion, wanted: ClauseRef) -> Found:
    """Find the node of an address.

    Gives:  the node and the full address, pinned; a skipped 款 becomes the only paragraph that
            has such a 项 (第一百一十条第一项). Where nothing is found: what is missing, how many
            there are, the nearest address.
    """
    ref = replace(wanted, law=version.title, version_on=version.promulgated_on)
    if ref.article is None:
        return _find_division(law, ref)
    article = law.articles.get(ref.article)
    if article is None:
        return _no_article(law, ref)
    found = Found(law=law, ref=ref, node=article.node)
    if ref.paragraph is None and ref.item is None:
        return replace(found, ref=ref.of_article) if ref.subitem else found
    return _find_below(found, article.node, ref)


def _find_below(found: Found, article: Node, ref: ClauseRef) -> Found:
    remark = ""
    number = ref.paragraph
    if number is None:
        number, remark = skipped_paragraph(article, ref.item or 0)
        ref = replace(ref, paragraph=number)
    paragraph = article.paragraph(number)
    if paragraph is None:
        count = len(article.of_kind(Kind.PARAGRAPH))
        return _missing(
            found, f"{ref.of_article.label}没有第{write_numeral(ref.paragraph or 0)}款", count, "款"
        )
    base = replace(ref, item=None, subitem=None)
    found = replace(found, ref=base, node=paragraph, parent=article, remark=remark)
    if ref.item is None:
        return found
    item = paragraph.item(ref.item)
    if item is None:
        count = len(paragraph.of_kind(Kind.ITEM))
        return _missing(found, f"{base.label}没有第{write_numeral(ref.item)}项", count, "项")
    at = replace(base, item=ref.item)
    found = replace(found, ref=at, node=item, parent=paragraph)
    if ref.subitem is None:
        return found
    subitem = item.subitem(ref.subitem)
    if subitem is None:
        count = len(item.of_kind(Kind.SUBITEM))
        return _missing(found, f"{at.label}没有第{write_numeral(ref.subitem)}目", count, "目")
    return replace(found, ref=ref, node=subitem, parent=item)


def skipped_paragraph(article: Node, item: int) -> tuple[int, str]:
    """Say which 款 a 项 without 款 belongs to.

    Gives:  (the only paragraph that has 项; else the first that has this one; else 1), remark.
    """
    listed = [p for p in article.of_kind(Kind.PARAGRAPH) if p.of_kind(Kind.ITEM)]
    if len(listed) == 1:
        return listed[0].number, ""
    having = [p for p in listed if p.item(item)]
    if not having:
        return 1, ""
    remark = "" if len(having) == 1 else f"未写款次，有项的款不止一个，按第{having[0].number}款处理"
    return having[0].number, remark


def _below(ref: ClauseRef, node: Node) -> tuple[tuple[ClauseRef, Node], ...]:
    level = {Kind.PARAGRAPH: "paragraph", Kind.ITEM: "item", Kind.SUBITEM: "subitem"}
    pairs = []
    for child in node.children:
        if child.kind is Kind.PARAGRAPH:
            pairs.append((replace(ref, paragraph=child.number), child))
        elif child.kind is Kind.ITEM:
            pairs.append((replace(ref, item=child.number), child))
        elif child.kind in level:
            pairs.append((replace(ref, subitem=child.number), child))
    return tuple(pairs)


def _missing(found: Found, what: str, count: int, word: str) -> Found:
    extent = f"该处共有 {count} {word}" if count else f"该处没有分{word}"
    near = found.ref if found.parent is not None else found.ref.of_article
    return replace(found, node=None, missing=what, extent=extent, nearest=near.label)


def _no_article(law: LawText, ref: ClauseRef) -> Found:
    numbers = [split_article(key) for key in law.articles]
    if not numbers:
        return Found(law=law, ref=ref, missing=f"《{ref.law}》的文本没有分条")
    wanted = split_article(ref.article or "0")
    near = min(numbers, key=lambda n: (abs(n[0] - wanted[0]), abs(n[1] - wanted[1]), n))
    key = f"{near[0]}-{near[1]}" if near[1] else str(near[0])
    extent = f"{ref.law}（{ref.version_on or '日期不详'}）共 {len(numbers)} 条"
    if law.completeness != "complete":
        extent += "，但该文本不完整"
    hint = replace(ref.of_article, article=key).label
    what = f"{ref.of_article.label}不存在"
    return Found(law=law, ref=ref, missing=what, extent=extent, nearest=hint)


def _find_division(law: LawText, ref: ClauseRef) -> Found:
    wanted = {Kind.PART: ref.part, Kind.CHAPTER: ref.chapter, Kind.SECTION: ref.section}
    named = {kind: number for kind, number in wanted.items() if number is not None}
    if not named:
        return Found(law=law, ref=ref, node=law.root)
    for path in law.divisions():
        numbers = {node.kind: node.number for node in path}
        deepest = path[-1].kind
        if deepest in named and all(numbers.get(kind) == n for kind, n in named.items()):
            return Found(law=law, ref=ref, node=path[-1])
    return Found(law=law, ref=ref, missing=f"《{ref.law}》没有{ref.place_label}")
