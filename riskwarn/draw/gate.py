"""The item gate: only a published check item whose legal basis lives may be drawn for."""

from collections.abc import Iterable
from datetime import date

from riskwarn.draw.plan import ItemGate
from riskwarn.errors import nearest
from riskwarn.law.book import LawBook
from riskwarn.law.status import ClauseState, pin_status
from riskwarn.records.law import SupervisionItem

_LIVING = (ClauseState.LIVE, ClauseState.TEXT_CHANGED, ClauseState.MOVED)
_NO_CHECKS = ("行政处罚", "行政强制", "行政许可")  # kinds of act that a draw cannot order


def item_gate(items: Iterable[SupervisionItem], book: LawBook) -> ItemGate:
    """Give the function that says why an item may not be checked on a day, or None.

    An item passes when it is published, in effect, a check and not a penalty, and at least one of
    its citations binds on the day; each dead citation of a refused item is named with its history.
    """
    known = {item.code: item for item in items}

    def refuse(code: str, on: date) -> str | None:
        item = known.get(code)
        if item is None:
            near = nearest(code, known)
            return "不在已公布的监管事项清单中" + (f"（是否想写 {near}）" if near else "")
        if not item.live(on):
            return f"事项在 {on} 未生效或已取消"
        kind = next((word for word in _NO_CHECKS if item.name.endswith(word)), "")
        if kind:
            return f"“{item.name}”是{kind}，不是行政检查"
        return _refuse_basis(item, book, on)

    return refuse


def _refuse_basis(item: SupervisionItem, book: LawBook, on: date) -> str | None:
    if not item.citations:
        return f"“{item.name}”没有可核对到条款的依据（{item.basis_text or '未写依据'}）"
    found = [(pin, pin_status(book, pin, on)) for pin in item.citations]
    if any(status.state in _LIVING for _, status in found):
        return None
    says = [
        f"{pin.raw or pin.ref.label}：{status.problem.message if status.problem else status.state}"
        for pin, status in found
    ]
    unknown = any(status.state is ClauseState.UNRESOLVED for _, status in found)
    what = "没有一条依据能核对为现行有效" if unknown else "的依据均已失效或未生效"
    return f"“{item.name}”{what}：" + "；".join(says)


def describe_items(items: Iterable[SupervisionItem]) -> dict[str, tuple[str, str]]:
    """Give code → (name, basis as written) for the notice."""
    return {item.code: (item.name, item.basis_text) for item in items}
