"""Everything wrong with a workspace, in one list."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import TypeVar

from riskwarn.errors import ConfigError, Problem, RiskwarnError, VerificationError
from riskwarn.law.book import LawBook
from riskwarn.law.item_checks import check_items
from riskwarn.law.items import load_items
from riskwarn.law.status import check_clause
from riskwarn.rules.check import check_read
from riskwarn.rules.pack import read_packs
from riskwarn.workspace import SETTINGS_FILE, Workspace

T = TypeVar("T")


def check_workspace(ws: Workspace, on: date) -> list[Problem]:
    """Check laws, items, rule packs, model, plans, mappings and store as of a day.

    Takes:  an opened workspace, whose settings were read already.
    Gives:  every problem, errors and warnings, each with its place; nothing is changed.
    """
    problems: list[Problem] = []
    read = read_packs(ws.rules_dir)
    book = _tried(lambda: LawBook.open(ws.laws_dir), problems)
    items = _tried(lambda: load_items(ws.items_dir), problems) or []
    if book is not None:
        problems += book.problems
        named = {rule.item for pack in read[0] for rule in pack.rules} | {ws.settings.model.item}
        problems += _weigh(check_items(book, items, on, "legal_clauses/items"), named)
    codes = {item.code for item in items}
    judge = None if book is None else _judge(book)
    problems += check_read(read, on, judge, codes or None)
    problems += _check_model(ws)
    problems += _check_files(ws)
    problems += _check_store(ws)
    return problems


def _judge(book: LawBook) -> Callable[[str, date], Problem | None]:
    return cache(lambda text, day: check_clause(book, text, day))  # rules share their clauses


def _tried(read: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return read()
    except RiskwarnError as error:
        problems.extend(error.problems)
        return None


def _weigh(found: list[Problem], named: set[str]) -> Iterator[Problem]:
    """Problems of items that rules rest on, each; of all other items, how many there are.

    An item that has lost its basis stops nobody while no rule rests on it, and a province's list
    has thousands: `riskwarn items check` names them.
    """
    idle = 0
    for problem in found:
        if any(code and code in problem.message for code in named):
            yield problem
        else:
            idle += 1
    if idle:
        text = f"另有 {idle} 处依据问题，所涉事项没有规则使用"
        yield Problem("W004", text, None, "riskwarn items check 逐条查看", severity="warning")


def _check_model(ws: Workspace) -> list[Problem]:
    name = ws.settings.model.name
    if name is None:
        return []
    from riskwarn.model.predict import admit, check_runs

    folder = ws.models_dir / name
    try:
        check_runs(admit(folder, ws.settings), folder)
    except VerificationError as error:
        return list(error.problems)
    return []


def _check_files(ws: Workspace) -> Iterator[Problem]:
    """Plans and mappings that lie at the top of the workspace."""
    from riskwarn.draw.plan import read_plan
    from riskwarn.sources.mapping import load_mapping
    from riskwarn.tables.catalogue import load_catalogue

    for path in sorted(ws.root.glob("*.yaml")):
        try:
            if path.name.startswith("plan"):
                read_plan(path)
            elif path.name.startswith("mapping"):
                load_mapping(path, load_catalogue())
            elif path.name != SETTINGS_FILE:
                expected = "plan*.yaml（双随机计划）、mapping*.yaml（外来版式）"
                text = f"不认识的文件 {path.name}，不会被使用"
                yield Problem("W003", text, None, expected, severity="warning")
        except ConfigError as error:
            yield from error.problems


def _check_store(ws: Workspace) -> list[Problem]:
    from riskwarn.store.backup import check_store
    from riskwarn.store.store import DATABASE, Store

    if not (ws.store_dir / DATABASE).is_file():
        return []
    with Store.open(ws) as store:
        return list(check_store(store))
