"""Which version of a law binds on a day, and which clause: a part may begin before or after it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from riskwarn.errors import Problem
from riskwarn.law.answers import InForce, Resolution
from riskwarn.law.clauses import Found, find_clause
from riskwarn.law.commencement import covers
from riskwarn.law.dates import version_order, was_known
from riskwarn.law.tree import LawText
from riskwarn.records.law import ClauseRef, LawVersion, PartStart, short_title

_NO_SUCH_VERSION = "?version"


class Book(Protocol):
    """What is asked of the law book here."""

    def versions_of(self, title: str, known_on: date | None = None) -> tuple[LawVersion, ...]: ...
    def version(self, title: str, promulgated_on: date | None) -> LawVersion | None: ...
    def effective_on(self, version: LawVersion) -> date | None: ...
    def superseded_on(self, version: LawVersion) -> date | None: ...
    def repeal_of(self, version: LawVersion) -> tuple[date | None, str] | None: ...
    def gone_title(self, title: str) -> tuple[date, str] | None: ...
    def parts(self, version: LawVersion) -> tuple[PartStart, ...]: ...
    def doubt(self, version: LawVersion) -> str: ...
    def match_title(self, name: str) -> tuple[str, str]: ...
    def text(self, version: LawVersion) -> LawText: ...


def pick_version(book: Book, title: str, on: date, known_on: date | None = None) -> InForce:
    """Say which version of a law binds on a day.

    Takes:  title, with or without 中华人民共和国; on, the day; known_on, leave out what was not
            yet known then.
    Gives:  the version; a version whose commencement is unknown counts from its promulgation on,
            and is marked as uncertain: never guessed in silence.
    """
    versions = book.versions_of(title, known_on)
    if not versions:
        return InForce(version=None, reason=f"法规库中没有《{short_title(title)}》")
    begun: list[tuple[LawVersion, bool]] = []
    pending: list[LawVersion] = []
    for version in versions:
        effective = book.effective_on(version)
        if effective is not None:
            if effective <= on:
                begun.append((version, True))
            elif was_known(version, on):
                pending.append(version)
        elif version.promulgated_on is None or version.promulgated_on <= on:
            begun.append((version, False))
    if not begun:
        when = book.effective_on(versions[0]) or versions[0].promulgated_on
        reason = f"《{versions[0].title}》当日尚未施行（库中最早的文本 {when} 起施行）"
        return InForce(version=None, reason=reason, pending=tuple(pending))
    version, certain = begun[-1]
    repeal = book.repeal_of(version)
    if repeal and repeal[0] and repeal[0] <= on:
        by = repeal[1].partition("@")[0]
        how = f"由《{by}》废止或取代" if by else "废止"
        reason = f"《{version.title}》已于 {repeal[0]} {how}"
        return InForce(version=None, reason=reason, repealed_on=repeal[0], repealed_by=repeal[1])
    doubts = list(_doubts(book, version, repeal, certain=certain))
    return InForce(
        version=version, certain=not doubts, reason="；".join(doubts), pending=tuple(pending)
    )


def _doubts(
    book: Book, version: LawVersion, repeal: tuple[date | None, str] | None, *, certain: bool
) -> Iterator[str]:
    """Why it is not certain that a version binds."""
    if not certain:
        yield f"{version.key} 的施行日期不详，自公布之日起暂按有效处理，请核实"
    elif repeal and repeal[0] is None:
        yield f"《{version.title}》可能已由《{repeal[1]}》废止，废止日期不详，请核实"
    elif version.status.startswith("待核"):
        yield version.status
    if doubt := book.doubt(version):
        yield doubt


def resolve_clause(
    book: Book,
    ref: ClauseRef | str,
    on: date | None = None,
    known_on: date | None = None,
    *,
    alone: bool = False,
) -> Resolution:
    """Resolve an address to the clause as it stood on a day.

    Takes:  ref, an address or its text; on, the day. A pinned address keeps its version and needs
            no day; without pin and day the newest version is taken; alone, without neighbours.
    Gives:  the clause with its neighbours and the time in which it binds, which may begin before
            or after its version does; or a Problem L111 unknown law, L112 not in force, L113
            repealed, L114 no such version, L115 no such clause (with the nearest one).
    Raises: ConfigError L101 when a text is no address.
    """
    wanted = ClauseRef.parse(ref) if isinstance(ref, str) else ref
    title, remark = book.match_title(wanted.law)
    if not title:
        return Resolution(ref=wanted, problem=_unknown(book, wanted.law, remark, on))
    picked = _pick(book, title, wanted, on, known_on)
    if on is not None and wanted.version_on is None:
        early = _early(book, wanted, picked, on)
        if early is not None:
            return early
    if picked.version is None:
        return Resolution(ref=wanted, problem=_not_in_force(wanted, picked))
    found = find_clause(book.text(picked.version), picked.version, wanted)
    if on is not None and wanted.version_on is None and found.node is not None:
        late = _late(book, wanted, picked.version, found, on, known_on)
        if late is not None:
            return late
    return _resolution(book, wanted, picked, found, remark, alone=alone)


def _pick(
    book: Book, title: str, wanted: ClauseRef, on: date | None, known_on: date | None
) -> InForce:
    if wanted.version_on is not None:
        version = book.version(title, wanted.version_on)
        if version is None or not was_known(version, known_on):
            dates = "、".join(str(v.promulgated_on) for v in book.versions_of(title))
            reason = f"《{title}》没有 {wanted.version_on} 公布的文本；库中有：{dates}"
            return InForce(version=None, reason=reason, repealed_by=_NO_SUCH_VERSION)
        return InForce(version=version)
    if on is None:
        return InForce(version=book.versions_of(title, known_on)[-1])
    return pick_version(book, title, on, known_on)


def _resolution(
    book: Book,
    wanted: ClauseRef,
    picked: InForce,
    found: Found,
    remark: str,
    *,
    alone: bool = False,
) -> Resolution:
    version = picked.version
    assert version is not None
    if found.node is None:
        problem = Problem("L115", found.missing, None, found.extent, found.nearest)
        reason = "；".join(part for part in (remark, picked.reason, found.remark) if part)
        return Resolution(ref=wanted, version=version, problem=problem, reason=reason)
    repeal = book.repeal_of(version)
    until = book.superseded_on(version)
    ends = [day for day in (repeal[0] if repeal else None, until) if day]
    start = starts_on(book, version, found)
    span = (start.on, min(ends) if ends else None)
    told = (remark, picked.reason, found.remark, start.remark)
    return Resolution(
        ref=found.ref,
        clause=found.clause(span),
        version=version,
        certain=picked.certain and not (start.apart and start.on is None),
        reason="；".join(part for part in told if part),
        before=None if alone else found.before(span),
        after=None if alone else found.after(span),
        children=() if alone else found.children(span),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseStart:
    """When a clause of a version begins; `apart` when another day than its version, and why."""

    on: date | None
    apart: bool = False
    remark: str = ""


def starts_on(book: Book, version: LawVersion, found: Found) -> ClauseStart:
    """Say when one clause of a version begins.

    Gives:  the version's own day, unless a part that begins apart holds the clause; `on` None
            where that is not known. A remark tells of a part, also of one inside the clause.
    """
    ref = found.ref
    article = found.law.articles.get(ref.article or "")
    divisions = article.divisions if article else ()
    parts = book.parts(version)
    holding = [part for part in parts if covers(part.ref, ref, divisions)]
    if holding:
        part = max(holding, key=_narrowness)
        when = f"自 {part.on} 起施行" if part.on else "的施行日期另行规定，库中没有"
        remark = f"{_place(part)}{when}，与本法其余部分不同"
        return ClauseStart(on=part.on, apart=True, remark=remark)
    inside = [p for p in parts if p.ref.article and covers(ref, p.ref, ())] if ref.article else []
    remark = "；".join(f"其中{_place(part)}自 {part.on or '另定之日'} 起施行" for part in inside)
    return ClauseStart(on=book.effective_on(version), remark=remark)


def _narrowness(part: PartStart) -> tuple[bool, ...]:
    """第三条第二款 says more of a clause than 第三条, and that more than its chapter."""
    ref = part.ref
    return tuple(level is not None for level in (ref.article, ref.section, ref.paragraph, ref.item))


def _place(part: PartStart) -> str:
    return part.ref.place_label


def _early(book: Book, wanted: ClauseRef, picked: InForce, on: date) -> Resolution | None:
    """A clause of a version that has not commenced as a whole, while this part of it has."""
    for version in sorted(picked.pending, key=version_order, reverse=True):
        if not any(part.on is not None and part.on <= on for part in book.parts(version)):
            continue
        found = find_clause(book.text(version), version, wanted)
        start = starts_on(book, version, found) if found.node is not None else None
        if start is not None and start.apart and start.on is not None and start.on <= on:
            return _resolution(book, wanted, InForce(version=version), found, "")
    return None


def _late(
    book: Book, wanted: ClauseRef, version: LawVersion, found: Found, on: date, known: date | None
) -> Resolution | None:
    """A clause that has not begun though its version has: the wording before it, or none."""
    start = starts_on(book, version, found)
    if not start.apart or start.on is None or start.on <= on:
        return None
    before = _before(book, version, known)
    if before is not None and wanted.article is not None:
        old = find_clause(book.text(before), before, wanted)
        if old.node is not None and _same_rule(old, found):
            reason = (
                f"{version.key} 的{start.remark}，当日仍适用 {before.promulgated_on} 公布的文本"
            )
            kept = _resolution(book, wanted, InForce(version=before, reason=reason), old, "")
            clause = kept.clause
            return replace(kept, clause=clause and replace(clause, repealed_on=start.on))
    message = f"《{version.title}》{start.remark}，当日尚未施行"
    return Resolution(ref=wanted, version=version, problem=Problem("L112", message))


def _before(book: Book, version: LawVersion, known_on: date | None) -> LawVersion | None:
    begun = book.effective_on(version)
    if begun is None:
        return None
    return pick_version(book, version.title, begun - timedelta(days=1), known_on).version


def _same_rule(old: Found, new: Found) -> bool:
    """Whether the same number holds the same rule in both versions, so that it may stand in."""
    from riskwarn.law.lineage import trace  # only for the rare law that commences in parts

    if old.law.completeness != "complete" or new.law.completeness != "complete":
        return False
    here = new.ref.article or ""
    return any(row.new_article == here for row in trace(old.law, new.law).successors(here))


def _unknown(book: Book, title: str, near: str, on: date | None) -> Problem:
    """A law that is not in the book may still be known as repealed by one that is."""
    gone = book.gone_title(title)
    if gone and (on is None or gone[0] <= on):
        message = f"《{title}》已于 {gone[0]} 由《{gone[1]}》废止（库中没有其文本）"
        return Problem("L113", message, nearest=f"《{gone[1]}》")
    hint = f"《{near}》" if near else ""
    return Problem("L111", f"法规库中没有《{title}》", nearest=hint)


def _not_in_force(wanted: ClauseRef, picked: InForce) -> Problem:
    if picked.repealed_by == _NO_SUCH_VERSION:
        return Problem("L114", picked.reason)
    if picked.repealed_on:
        by = picked.repealed_by.partition("@")[0]
        return Problem("L113", picked.reason, nearest=f"《{by}》" if by else "")
    return Problem("L112", picked.reason)
