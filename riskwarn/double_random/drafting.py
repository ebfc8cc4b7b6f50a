"""From the published items of a workspace to a plan to be finished by hand."""

from datetime import date
from pathlib import Path

from riskwarn.draw.draft import Draft, DraftHead, draft_plan
from riskwarn.draw.gate import item_gate
from riskwarn.errors import InputRejectedError, Problem, UsageError
from riskwarn.law.book import LawBook
from riskwarn.workspace import Workspace


def draft_from_items(ws: Workspace, into: Path, on: date, source: str, head: DraftHead) -> Draft:
    """Draft a plan from the items whose source holds some words, and write it.

    Gives:  the draft; the items left out stand in `refused`, each with the history of its basis.
    Raises: UsageError D100 when the file is there already; InputRejectedError D118 when no item has
            such a source, D111 for every item when none may be checked; nothing is written then.
    """
    from riskwarn.law.items import load_items

    if into.exists():
        raise UsageError(Problem("D100", f"{into.name} 已存在，不覆盖", expected="另取文件名"))
    every = load_items(ws.items_dir)
    items = [item for item in every if source in item.source]
    if not items:
        named = "、".join(dict.fromkeys(item.source for item in every if item.source))
        message = f"没有来源含“{source}”的监管事项"
        raise InputRejectedError(Problem("D118", message, expected=named or "先导入事项清单"))
    gate = item_gate(every, LawBook.open(ws.laws_dir))
    draft = draft_plan(items, gate, on, head)
    if not draft.items:
        raise InputRejectedError(*draft.refused)
    into.write_text(draft.text, encoding="utf-8")
    return draft
