"""Is every item still resting on live law? Codes, levels, and what each pin is worth today."""

from collections.abc import Iterable
from datetime import date

from riskwarn.errors import Place, Problem, nearest
from riskwarn.law.book import LawBook
from riskwarn.law.item_columns import TIERS
from riskwarn.law.item_exchange import level_of
from riskwarn.law.status import ClauseState, ClauseStatus, pin_status
from riskwarn.records.law import CitationStatus, ClauseRef, PinnedCitation, SupervisionItem

_LOCAL = "地方性法规"
_SPLIT = str.maketrans("，,；;/ ", "、、、、、、")


def check_items(
    book: LawBook, items: Iterable[SupervisionItem], on: date, file: str = ""
) -> list[Problem]:
    """Check items as of a day.

    Takes:  items; on, the day; file, the name shown in messages.
    Gives:  problems: I111 no basis at all, I112 every basis is known to be dead (errors); I113 a
            citation that is changed, moved, gone or not in the book, I114 no basis is live but
            some are not in the book (unknown is not dead), I115 implementation item whose
            catalogue item is not there, or that names none and rests on no local regulation,
            I116 unknown level (warnings). Items that are not in effect on the day are left out.
    """
    everything = list(items)
    codes = {item.code for item in everything}
    known: dict[tuple[ClauseRef, str], ClauseStatus] = {}
    problems: list[Problem] = []
    for item in everything:
        place = Place(file, item.line) if file else None
        if not item.live(on):
            continue
        problems += _check_place(book, item, codes, place)
        problems += _check_basis(book, item, on, place, known)
    return problems


def _rests_on_local(book: LawBook, item: SupervisionItem) -> bool:
    """Whether a local regulation is among the bases: places may add items of their own on one."""
    titles = {pin.ref.law for pin in item.citations}
    return any(v.level == _LOCAL for title in titles for v in book.versions_of(title)[-1:])


def _check_place(
    book: LawBook, item: SupervisionItem, codes: set[str], place: Place | None
) -> list[Problem]:
    problems = []
    if item.catalogue_code and item.catalogue_code not in codes:
        hint = nearest(item.catalogue_code, codes)
        message = f"实施事项 {item.code} 的目录事项 {item.catalogue_code} 不存在"
        problems.append(Problem("I115", message, place, "目录中已有的编码", hint, "warning"))
    elif level_of(item.code) and not item.catalogue_code and not _rests_on_local(book, item):
        message = f"实施事项 {item.code} 没有目录编码，也不以地方性法规为依据"
        cure = "填目录编码；确属地方增加的，依据中写明地方性法规"
        problems.append(Problem("I115", message, place, cure, severity="warning"))
    for tier in tiers_of(item):
        if tier not in TIERS:
            message = f"{item.code} 的监管层级 {tier!r} 不认识"
            hint = nearest(tier, TIERS)
            problems.append(Problem("I116", message, place, "、".join(TIERS), hint, "warning"))
    return problems


def tiers_of(item: SupervisionItem) -> list[str]:
    """The levels that an item names (省级、市级、县级), as written; empty when it names none."""
    return [tier for tier in item.tier.translate(_SPLIT).split("、") if tier]


def _check_basis(
    book: LawBook,
    item: SupervisionItem,
    on: date,
    place: Place | None,
    known: dict[tuple[ClauseRef, str], ClauseStatus],
) -> list[Problem]:
    if not item.citations:
        message = f"{item.code} {item.name} 没有可解析的设定依据"
        return [Problem("I111", message, place, "《法名》第…条")]
    problems = []
    live = unknown = 0
    for pin in item.citations:
        status = status_of(book, pin, on, known)
        live += status.state in (ClauseState.LIVE, ClauseState.TEXT_CHANGED, ClauseState.MOVED)
        unknown += status.state is ClauseState.UNRESOLVED
        if status.problem is None:
            continue
        told = status.problem
        named = pin.ref.article is None or pin.ref.place_label in told.message
        which = "" if named else f"{pin.ref.label}，"
        message = f"{item.code} {item.name}：{which}{told.message}"
        problems.append(
            Problem("I113", message, place, told.expected, told.nearest, severity="warning")
        )
    if not live and unknown:
        message = f"{item.code} {item.name} 的依据都无法核实：{unknown} 处不在法规库中"
        problems.append(Problem("I114", message, place, "补充法规文本后再核对", "", "warning"))
    elif not live:
        message = f"{item.code} {item.name} 没有一条依据在 {on} 有效"
        problems.append(Problem("I112", message, place, "改引现行条款，或停用该事项"))
    return problems


def status_of(
    book: LawBook,
    pin: PinnedCitation,
    on: date,
    known: dict[tuple[ClauseRef, str], ClauseStatus],
) -> ClauseStatus:
    """What one pin is worth on a day; asked once for the same pin (items repeat them)."""
    key = (pin.ref, pin.text_hash)
    if key not in known:
        known[key] = _law_status(book, pin, on) if _law_only(pin) else pin_status(book, pin, on)
    return known[key]


def _law_only(pin: PinnedCitation) -> bool:
    return pin.status is CitationStatus.LAW_ONLY or pin.ref.article is None


def _law_status(book: LawBook, pin: PinnedCitation, on: date) -> ClauseStatus:
    """A basis that names only the law is live while the law is."""
    title, _ = book.match_title(pin.ref.law)
    if title and book.in_force(title, on).version is not None:  # no need to read its text
        return ClauseStatus(state=ClauseState.LIVE)
    found = book.resolve(ClauseRef(law=pin.ref.law), on)
    if found.problem is None:
        return ClauseStatus(state=ClauseState.LIVE, resolution=found)
    states = {"L113": ClauseState.REPEALED, "L112": ClauseState.NOT_IN_FORCE}
    state = states.get(found.problem.code, ClauseState.UNRESOLVED)
    return ClauseStatus(state=state, problem=found.problem, resolution=found)
