"""Which table a file is, told by its headers, its name or the person who delivers it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskwarn.errors import InputRejectedError, Place, Problem, nearest
from riskwarn.sources.faults import KINDS
from riskwarn.tables.catalogue import Catalogue, Column, Table

UNITS: Mapping[str, tuple[str, int]] = {  # unit → (type, decimal places to the stored unit)
    "元": ("fen", 2),
    "人民币元": ("fen", 2),
    "万元": ("fen", 6),
    "百万元": ("fen", 8),
    "亿元": ("fen", 10),
    "分": ("fen", 0),
    "%": ("bp", 2),
    "百分比": ("bp", 2),
    "‰": ("bp", 1),
    "share": ("bp", 4),
    "bp": ("bp", 0),
    "万分之": ("bp", 0),
}
SYSTEM_HEADERS: Mapping[str, str] = {
    "cd_operation": "cd_operation",
    "操作标识": "cd_operation",
    "操作类型": "cd_operation",
    "cd_batch": "cd_batch",
    "批次号": "cd_batch",
    "批次": "cd_batch",
    "cd_time": "cd_time",
    "操作时间": "cd_time",
    "更新时间": "cd_time",
    "known_on": "known_on",
    "知悉日期": "known_on",
}


@dataclass(frozen=True, slots=True)
class Matched:
    """A header that means a column; `scale` is the decimal places to fen or basis points."""

    header: str
    column: str
    scale: int | None = None
    shown: str = ""  # what a person finds in the file, when it is not the header


@dataclass(frozen=True, slots=True)
class Match:
    """How a file's headers fit one table."""

    table: Table
    columns: tuple[Matched, ...]
    system: Mapping[str, str]  # cd_operation, cd_batch, cd_time, known_on → header
    missing: tuple[Column, ...]
    unknown: tuple[str, ...]
    doubled: tuple[tuple[str, str, str], ...]  # column, first header, second header


def normal_header(text: str) -> str:
    """Full-width to half-width, lower case, no blanks, no marks of required fields."""
    plain = re.sub(r"#\d+$", "", unicodedata.normalize("NFKC", text).lower())
    return "".join(plain.split()).strip("*\ufeff")


def split_unit(header: str) -> tuple[str, str]:
    """`注册资本(万元)` → (`注册资本`, `万元`); without a known unit the header stays whole."""
    if header.endswith(")") and "(" in header:
        base, _, unit = header[:-1].rpartition("(")
        if unit in UNITS:
            return base, unit
    return header, ""


def match_headers(headers: Sequence[str], table: Table) -> Match:
    """Fit headers to a table's columns."""
    known = _known_headers(table)
    found: dict[str, Matched] = {}
    system: dict[str, str] = {}
    unknown, doubled = [], []
    for header in headers:
        plain = normal_header(header)
        if not plain:
            continue
        matched = _fit(header, plain, known)
        name = matched.column if matched else SYSTEM_HEADERS.get(plain)
        if name is None:
            unknown.append(header)
        elif matched is None:
            system.setdefault(name, header)
        elif name in found:
            doubled.append((name, found[name].header, header))
        else:
            found[name] = matched
    missing = [c for n, c in table.columns.items() if c.required and n not in found]
    return Match(
        table, tuple(found.values()), system, tuple(missing), tuple(unknown), tuple(doubled)
    )


def _known_headers(table: Table) -> dict[str, Column]:
    known: dict[str, Column] = {}
    for column in table.columns.values():
        for header in column.headers:
            plain = normal_header(header)
            known.setdefault(plain, column)
            known.setdefault(split_unit(plain)[0], column)
    return known


def _fit(header: str, plain: str, known: Mapping[str, Column]) -> Matched | None:
    """The store's own name carries the store's unit (fen, bp); a Chinese header its own."""
    base, unit = split_unit(plain)
    column = known.get(plain) or known.get(base)
    if column is None:
        return None
    if column.type not in ("fen", "bp"):
        return Matched(header, column.name)
    if plain == column.name and plain.endswith(f"_{column.type}"):
        return Matched(header, column.name, 0)
    type_, scale = UNITS.get(unit, (column.type, 2))
    return Matched(header, column.name, scale if type_ == column.type else 2)


def detect_table(
    headers: Sequence[str], file: str, catalogue: Catalogue, wanted: str | None = None
) -> Match:
    """Find the one table that the file fits.

    Takes:  headers as they stand in the file; file, its name; wanted, what --table says.
    Raises: InputRejectedError I105–I108; ConfigError T001 when `wanted` is no table.
    """
    if wanted is not None:
        return _checked(match_headers(headers, catalogue.table(wanted)), file)
    by_name = _named_by_file(file, catalogue)
    if by_name is not None:
        return _checked(match_headers(headers, by_name), file)
    matches = [match_headers(headers, table) for table in catalogue.tables.values()]
    best = max(len(m.columns) for m in matches)
    # A table that asks for little would take any file: none may fit more of the headers.
    winners = [m for m in matches if not m.missing and len(m.columns) == best]
    if not winners:
        raise InputRejectedError(_no_table(matches, file))
    if len(winners) > 1:  # every column of just one of them is here: it is that one
        winners = [m for m in winners if len(m.columns) == len(m.table.columns)] or winners
    if len(winners) > 1:
        names = "、".join(f"{m.table.name}（{m.table.title}）" for m in winners)
        raise InputRejectedError(_problem("I106", file, f"：{names}"))
    return _checked(winners[0], file)


def _named_by_file(file: str, catalogue: Catalogue) -> Table | None:
    """The longest table name or title that the file's name starts with or contains as a word."""
    stem = normal_header(file.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    found: list[tuple[int, str]] = []
    for table in catalogue.tables.values():
        title = normal_header(table.title)
        rest = stem.removeprefix(table.name)
        if stem.startswith(table.name) and (not rest or not rest[0].isalpha()):
            found.append((len(table.name) + 100, table.name))
        elif title in stem:
            found.append((len(title), table.name))
    if not found:
        return None
    longest = max(length for length, _ in found)
    names = [name for length, name in found if length == longest]
    return catalogue.tables[names[0]] if len(names) == 1 else None


def _no_table(matches: Sequence[Match], file: str) -> Problem:
    likely = max(matches, key=lambda m: (len(m.columns), -len(m.missing), m.table.name))
    if not likely.columns:
        return _problem("I105", file, "：没有一个认得的表头")
    return _missing(likely, file, "I105")


def _missing(match: Match, file: str, code: str) -> Problem:
    absent = "、".join(column.title for column in match.missing)
    message = f"（最像 {match.table.title}）：缺少必需的列 {absent}"
    if code == "I107":
        message = f" {absent}（{match.table.title}）"
    hint = ""
    for column in match.missing:
        likely = nearest(normal_header(column.title), [normal_header(h) for h in match.unknown])
        if likely:
            hint = f"{column.title}（文件里写的是 {likely}）"
            break
    expected = match.missing[0].title if match.missing else KINDS[code].cure
    return Problem(code, KINDS[code].meaning + message, Place(file, 1), expected, hint)


def _checked(match: Match, file: str) -> Match:
    problems = []
    if match.missing:
        problems.append(_missing(match, file, "I107"))
    for name, first, second in match.doubled:
        problems.append(_problem("I108", file, f" {name}：{first}、{second}"))
    if problems:
        raise InputRejectedError(*problems)
    return match


def _problem(code: str, file: str, more: str) -> Problem:
    return Problem(code, KINDS[code].meaning + more, Place(file, 1), KINDS[code].cure)
