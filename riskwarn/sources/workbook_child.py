"""Runs as its own process: read one sheet of a workbook under limits, write it as CSV.

Usage: python -m riskwarn.sources.workbook_child BOOK TARGET SHEET MEMORY_BYTES CPU_S
Prints `more` when the book has further sheets with content; exit 3 with the reason on a fault.
"""

import csv
import datetime
import resource
import sys
from collections.abc import Iterable, Sequence
from typing import Any

HEADER_ROWS = 10  # a title may stand above the header


def main(book: str, target: str, sheet: str, memory_bytes: str, cpu_s: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(book)
        names = [s.name for s in workbook.sheets_metadata if str(s.visible).endswith("Visible")]
        if sheet and sheet not in workbook.sheet_names:
            return _say(f"：没有工作表 {sheet}，有 {'、'.join(workbook.sheet_names)}")
        chosen = sheet or (names or workbook.sheet_names)[0]
        opened = workbook.get_sheet_by_name(chosen)
        with open(target, "w", encoding="utf-8", newline="") as file:
            header = _write(opened.iter_rows(), csv.writer(file, lineterminator="\n"))
    except (CalamineError, OSError, ValueError, MemoryError, IndexError) as error:
        return _say(f"：{error}")
    sys.stdout.write(f"{'more' if len(names) > 1 else 'one'} {header}")
    return 0


def _say(reason: str) -> int:
    sys.stdout.write(reason.replace("\n", " ")[:300])
    return 3


def _write(rows: Iterable[Sequence[Any]], out: Any) -> int:
    """Write cells as text from the header on; a title of one cell may stand above it.

    Gives: the header's row number, 1-based.
    """
    header = 0
    for number, row in enumerate(rows, 1):
        texts = [_text(value) for value in row]
        filled = sum(1 for text in texts if text.strip())
        if header == 0 and (filled > 1 or (filled == 1 and len(row) == 1) or number == HEADER_ROWS):
            header = number
        if header:
            out.writerow(texts)
    return header or 1


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return str(value)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
