"""The straight line law change → impacts → proposals → decisions of legal staff → items."""

import csv
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.audit.tree import HashName
from riskwarn.errors import ConfigError, InputRejectedError, NothingToDoError, Place, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.decided import Entry, Group, ledger_of
from riskwarn.law.decisions import BATCH, HEADERS, RETIRE, Decided, Returned, read_decisions
from riskwarn.law.impact import ImpactFinder
from riskwarn.law.item_import import ItemSource, import_items
from riskwarn.law.items import read_items
from riskwarn.law.pins import Pinner
from riskwarn.law.proposals import Batch, make_batch, propose, read_batch, write_batch
from riskwarn.law.repin import Basis, carry_out, read_bases, rewritten
from riskwarn.outputs.law_page import write_proposal_pages
from riskwarn.outputs.law_proposals import SHEET, shown, write_proposals_book
from riskwarn.records.law import SupervisionItem
from riskwarn.sources.workbook import formula_cells, open_workbook
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

_PROPOSED = "law_proposals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who decides, on which day, and who looked at it as well ("" nobody)."""

    by: str
    on: date
    second: str = ""


def make_proposals(
    ws: Workspace, start: date, end: date, out: Path, html: Path | None = None, law: str = ""
) -> Batch:
    """Write the workbook (and pages) of all citations of the workspace's items that are touched.

    Raises: NothingToDoError L160 when no citation is touched.
    """
    book = LawBook.open(ws.laws_dir)
    finder = ImpactFinder(book, start, end, law=law)
    rows = propose(finder, Pinner(book), _items(ws.items_dir))
    if not rows:
        raise NothingToDoError(Problem("L160", f"{start} 至 {end} 没有须决定的引用"))
    with hold_lock(ws.store_dir, "生成法律变动建议"), Store.open(ws) as store:
        groups = ledger_of(store.log_leaves())
        batch = make_batch(rows, start, end, len(groups))
        text = write_batch(batch)
        _keep(ws, batch.id, text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        payload = {"batch": batch.id, "from": start, "to": end, "rows": len(rows), "sha256": digest}
        _log(ws, store, [(_PROPOSED, payload)], once=True)
    write_proposals_book(batch, out)
    if html is not None:
        write_proposal_pages(batch, html)
    return batch


def decide(ws: Workspace, path: Path, signed: Signed) -> Group:
    """Take a filled workbook into the log and re-pin the items; whole or not at all.

    Raises: InputRejectedError with every wrong cell (L161 no batch of ours, L162–L169, L173
            decided before, L177 a formula), ConfigError L170 without the second person that the
            settings ask for, L171 when an item was changed since.
    """
    _check_names(ws, signed)
    rows = _read_rows(path)
    with hold_lock(ws.store_dir, "记入法律变动决定"), Store.open(ws) as store:
        groups = ledger_of(store.log_leaves())
        _settle(ws, store, groups)
        batch = _batch_of(ws, store, rows, path)
        if any(group.batch == batch.id for group in groups):
            message = f"批次 {batch.id} 已经记入过"
            cure = "要改决定用 riskwarn law undo，或重新生成建议"
            raise InputRejectedError(Problem("L173", message, Place(path.name), cure))
        try:
            decided = read_decisions(
                LawBook.open(ws.laws_dir), batch, rows, signed.on, path.name, shown
            )
        except ConfigError as error:
            raise InputRejectedError(*error.problems) from error
        entries = _entries(ws, batch, decided, signed)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        group = Group.of(batch.id, signed.by, signed.second, signed.on, digest, entries)
        _enter(ws, store, group)
    return group


def undo(ws: Workspace, decision_id: str, signed: Signed) -> Group:
    """Take back one decision by a further one; the item is as if it had never been made.

    Raises: NothingToDoError L174 for an id that does not stand; ConfigError L171 when the item
            was changed otherwise since, or a later decision rests on this one.
    """
    _check_names(ws, signed)
    with hold_lock(ws.store_dir, "撤销法律变动决定"), Store.open(ws) as store:
        groups = ledger_of(store.log_leaves())
        _settle(ws, store, groups)
        standing = _standing(groups)
        entry = next((one for one in standing if one.id == decision_id), None)
        if entry is None:
            message = f"没有现行的决定 {decision_id}"
            raise NothingToDoError(Problem("L174", message, None, "riskwarn law decisions 查看"))
        base, same, now = _chain(groups, entry)
        _must_be(ws, entry, now if entry in same else None)
        after = carry_out(base, [one.step for one in same if one.id != entry.id])
        back = entry.undone(len(groups), now, after)
        group = Group.of("", signed.by, signed.second, signed.on, "", [back])
        _enter(ws, store, group)
    return group


def decisions(ws: Workspace) -> list[Group]:
    """All decisions in their order, as the log has them."""
    with Store.open(ws) as store:
        return ledger_of(store.log_leaves())


def import_item_list(
    book: LawBook,
    source: Path,
    into: Path,
    on: date | None,
    catalogue: Collection[str] | None = None,
    sheet: str = "",
) -> dict[str, int]:
    """Import a list of items from a CSV or a workbook; whole or not at all.

    A workbook is read in the limited child process; places in messages are its rows and columns.
    Takes, gives and raises as `riskwarn.law.item_import.import_items`.
    """
    if source.suffix.lower() not in (".xlsx", ".xlsm"):
        return import_items(book, source, into, on, catalogue)
    opened = open_workbook(source, str(source), sheet or None)
    listed = ItemSource(path=opened.csv.path, shown=str(source), header_row=opened.csv.header_row)
    return import_items(book, listed, into, on, catalogue)


def _items(folder: Path) -> Iterator[tuple[str, SupervisionItem]]:
    """Items with the name of their list; Raises ConfigError with all rows that cannot be read."""
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.csv")):
        for row in read_items(path):
            problems += row.problems
            if row.item is not None:
                yield path.name, row.item
    if problems:
        raise ConfigError(*problems)


def _check_names(ws: Workspace, signed: Signed) -> None:
    if not signed.by.strip():
        raise ConfigError(Problem("L170", "没有写明由谁决定", None, "--by 姓名"))
    if signed.second.strip() == signed.by.strip():
        raise ConfigError(Problem("L170", f"复核人与决定人同为 {signed.by}", None, "另一人复核"))
    if ws.settings.law.second_person and not signed.second.strip():
        message = "本单位设定（law.second_person）要求第二人复核"
        raise ConfigError(Problem("L170", message, None, "--second 姓名"))


def _read_rows(path: Path) -> list[Returned]:
    if not path.is_file():
        raise InputRejectedError(Problem("L161", "没有这个文件", Place(str(path))))
    opened = open_workbook(path, path.name, SHEET)
    if formulas := formula_cells(path):
        cure = "删去公式，写成文字；不处理的选 暂缓"
        places = [Place(path.name, row, column) for row, column in formulas]
        raise InputRejectedError(*(Problem("L177", "这一格是公式", at, cure) for at in places))
    with opened.csv.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    header = [name.strip() for name in rows[0]] if rows else []
    if tuple(header[: len(HEADERS)]) != HEADERS:
        missing = [name for name in HEADERS if name not in header]
        message = f"表头被改动，缺少：{'、'.join(missing)}" if missing else "表头的次序被改动"
        at = Place(path.name, opened.csv.header_row)
        raise InputRejectedError(Problem("L161", message, at, "从原工作簿重新填写"))
    first = opened.csv.header_row + 1
    return [
        Returned(line=line, cells=dict(zip(header, cells, strict=False)))
        for line, cells in enumerate(rows[1:], first)
        if any(cell.strip() for cell in cells)
    ]


def _batch_of(ws: Workspace, store: Store, rows: Sequence[Returned], path: Path) -> Batch:
    """The batch that the sheet names, as it was handed out: its bytes must be those logged."""
    names = list(dict.fromkeys(row.cells[BATCH].strip() for row in rows))
    known = {leaf["batch"]: leaf["sha256"] for leaf in _logged(store)}
    batch = next((name for name in names if name in known), "")
    file = ws.store_dir / "law" / f"{batch}.jsonl"
    if not batch or not file.is_file():
        told = "、".join(names[:3]) or "（空）"
        at = Place(path.name, rows[0].line if rows else 0, HEADERS.index(BATCH) + 1)
        message = f"批次 {told} 不是本工作区发出的"
        raise InputRejectedError(Problem("L161", message, at, "riskwarn law proposals 重新生成"))
    raw = file.read_bytes()
    if hashlib.sha256(raw).hexdigest() != known[batch]:
        message = f"批次 {batch} 的存档被改动过"
        raise InputRejectedError(Problem("L161", message, Place(str(file)), "重新生成建议"))
    return read_batch(raw.decode())


def _logged(store: Store) -> Iterable[dict[str, str]]:
    import json

    return (json.loads(x.payload) for x in store.log_leaves() if x.kind == _PROPOSED)


def _entries(
    ws: Workspace, batch: Batch, decided: Sequence[Decided], signed: Signed
) -> list[Entry]:
    """Decisions with what they make of their items; two of one item follow one another."""
    codes: dict[str, list[str]] = {}
    for one in decided:
        codes.setdefault(one.row.file, []).append(one.row.code)
    bases: dict[tuple[str, str], Basis] = {}
    for file, named in codes.items():
        for code, basis in read_bases(ws.items_dir / file, named).items():
            bases[file, code] = basis
    entries: list[Entry] = []
    problems: list[Problem] = []
    for one in decided:
        at = (one.row.file, one.row.code)
        retires = signed.on if one.choice == RETIRE else None
        entry = Entry.of(batch.id, one, bases.get(at, Basis(pins="")), retires)
        try:
            bases[at] = carry_out(entry.before, [entry.step])
            entries.append(entry.giving(bases[at]))
        except ConfigError as error:
            problems += error.problems
    for entry in entries:
        if not bases[entry.file, entry.code].pins:
            message = f"{entry.code} 将没有任何依据"
            problems.append(Problem("L175", message, None, "至少改引一条，或选 事项停用"))
    if problems:
        raise InputRejectedError(*problems)
    return entries


def _standing(groups: Sequence[Group]) -> list[Entry]:
    """Decisions that were neither undone nor are undoings, in their order."""
    undone = {entry.undoes for group in groups for entry in group.entries if entry.undoes}
    every = [entry for group in groups for entry in group.entries]
    return [entry for entry in every if not entry.undoes and entry.id not in undone]


def _chain(groups: Sequence[Group], entry: Entry) -> tuple[Basis, list[Entry], Basis]:
    """What an item's decisions started from, those that stand on it, and what they gave.

    A list that was changed otherwise between two decisions begins a new chain.
    """
    every = [one for group in groups for one in group.entries]
    own = [one for one in every if (one.file, one.code) == (entry.file, entry.code)]
    base = now = own[0].before
    standing: list[Entry] = []
    for one in own:
        if one.before != now:
            base, standing = one.before, []
        standing = [kept for kept in standing if kept.id != one.undoes]
        standing += [] if one.undoes else [one]
        now = one.after
    return base, standing, now


def _must_be(ws: Workspace, entry: Entry, now: Basis | None) -> None:
    found = read_bases(ws.items_dir / entry.file, [entry.code]).get(entry.code)
    if found != now:
        message = f"事项 {entry.code} 此后另有改动，不能撤销 {entry.id}"
        at = Place(entry.file)
        raise ConfigError(Problem("L171", message, at, "重新生成建议后另作决定"))


def _enter(ws: Workspace, store: Store, group: Group) -> None:
    """New lists beside the old, then the log, then the change of names: never half of it."""
    ready = _prepare(ws, group)
    _log(ws, store, group.leaves())
    _exchange(ready)
    _log(ws, store, [group.applied()])


def _settle(ws: Workspace, store: Store, groups: Sequence[Group]) -> None:
    """Finish what was logged and then interrupted before the lists were exchanged."""
    for group in groups:
        if not group.done:
            _exchange(_prepare(ws, group))
            _log(ws, store, [group.applied()])


def _prepare(ws: Workspace, group: Group) -> list[tuple[Path, Path]]:
    after: dict[str, dict[str, Basis]] = {}
    for entry in group.entries:
        after.setdefault(entry.file, {})[entry.code] = entry.after
    ready = []
    for file, bases in sorted(after.items()):
        path = ws.items_dir / file
        new = path.with_name(f"{file}.new")
        new.write_bytes(rewritten(path, bases))
        ready.append((new, path))
    return ready


def _exchange(ready: Iterable[tuple[Path, Path]]) -> None:
    for new, path in ready:
        new.replace(path)


def _keep(ws: Workspace, name: str, text: str) -> None:
    folder = ws.store_dir / "law"
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{name}.tmp"
    new.write_text(text, encoding="utf-8", newline="")
    new.replace(folder / f"{name}.jsonl")


def _log(
    ws: Workspace, store: Store, entries: Sequence[tuple[str, object]], *, once: bool = False
) -> None:
    """Append to the audit log; with `once`, only what it does not have yet."""
    heads = store.tree_heads()
    hashed = heads[-1].hash_name if heads else ws.settings.hash
    name: HashName = "sm3" if hashed == "sm3" else "sha256"
    leaves = [log_leaf(kind, payload, name) for kind, payload in entries]
    stored = store.log_leaves()
    if once:
        known = {leaf.leaf for leaf in stored}
        leaves = [leaf for leaf in leaves if leaf.leaf not in known]
    if leaves:
        store.append_log(leaves, head_with(stored, leaves, name))
