"""Decisions carried out on the lists: only the cells that they name change, all else stays."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.law.item_columns import COLUMNS, PINS_COLUMN, columns_of
from riskwarn.law.lawfile import decode
from riskwarn.law.pins import SEPARATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a decision changes of an item: its pins, as in their cell, and its end."""

    pins: str
    cancelled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision as a change: the old pin gives way to new ones, or the item ends on a day."""

    id: str
    old: str
    new: tuple[str, ...]
    replaces: bool
    retires_on: date | None = None


def carry_out(basis: Basis, steps: Iterable[Step]) -> Basis:
    """Apply decisions in their order.

    Raises: ConfigError L171 when a pin that a decision replaces is not there.
    """
    parts = [part.strip() for part in basis.pins.split(SEPARATOR) if part.strip()]
    cancelled = basis.cancelled
    for step in steps:
        if step.retires_on is not None:
            cancelled = step.retires_on.isoformat()
        if not step.replaces:
            continue
        if step.old not in parts:
            message = f"决定 {step.id} 所改的引用 {step.old} 已不在事项的依据里"
            raise ConfigError(Problem("L171", message, None, "先撤销后来的决定，或重新生成建议"))
        at = parts.index(step.old)
        parts[at : at + 1] = step.new
        parts = list(dict.fromkeys(parts))
    return Basis(pins=SEPARATOR.join(parts), cancelled=cancelled)


def read_bases(path: Path, codes: Iterable[str]) -> dict[str, Basis]:
    """The pins and ends of some items of a list, as they stand in their cells."""
    wanted = set(codes)
    found: dict[str, Basis] = {}
    pins, ends, code = _places(path)
    for _, cells in _records(_text(path)[0]):
        if cells and len(cells) >= code and cells[code - 1].strip() in wanted:
            ended = cells[ends - 1].strip() if ends else ""
            found[cells[code - 1].strip()] = Basis(pins=cells[pins - 1].strip(), cancelled=ended)
    return found


def rewritten(path: Path, bases: Mapping[str, Basis]) -> bytes:
    """Give the bytes of a list with some items' pins and ends set; other rows keep theirs.

    Raises: ConfigError L172 when an item must end and the list has no column for it.
    """
    text, encoding = _text(path)
    pins, ends, code = _places(path)
    if not ends and any(basis.cancelled for basis in bases.values()):
        message = "要停用事项，清单却没有“取消日期”列"
        raise ConfigError(Problem("L172", message, Place(str(path), 1), "在表头加上 取消日期 一列"))
    out: list[str] = []
    for raw, cells in _records(text):
        key = cells[code - 1].strip() if len(cells) >= code else ""
        if key not in bases:
            out.append(raw)
            continue
        basis = bases[key]
        changed = list(cells)
        changed[pins - 1] = basis.pins
        if ends:
            changed[ends - 1] = basis.cancelled
        out.append(raw if changed == cells else _printed(changed, raw))
    return "".join(out).encode(encoding)


def _printed(cells: Sequence[str], raw: str) -> str:
    ending = "\r\n" if raw.endswith("\r\n") else "\n" if raw.endswith("\n") else ""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=ending).writerow(cells)
    return buffer.getvalue()


def _records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every record as it stands in the file, and its cells."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines)
    start = 0
    for cells in reader:
        yield "".join(lines[start : reader.line_num]), cells
        start = reader.line_num


def _text(path: Path) -> tuple[str, str]:
    raw = path.read_bytes()
    try:
        text, encoding = raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = decode(raw, str(path)), "gb18030"
    return text, encoding


def _places(path: Path) -> tuple[int, int, int]:
    """Where the pins, the end (0: nowhere) and the code of an item stand, counted from 1."""
    at = columns_of(path)
    if PINS_COLUMN not in at:
        cure = "用 riskwarn items import 重新生成清单"
        raise ConfigError(Problem("L172", f"清单没有“{PINS_COLUMN}”列", Place(str(path), 1), cure))
    return at[PINS_COLUMN], at.get(COLUMNS["cancelled_on"][0], 0), at[COLUMNS["code"][0]]
