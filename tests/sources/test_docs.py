"""The users' page says what the program says."""

import re
from pathlib import Path

from riskwarn.sources.faults import KINDS
from riskwarn.tables.catalogue import load_catalogue

DOCS = Path(__file__).parents[2] / "docs"
PACKAGE = Path(__file__).parents[2] / "riskwarn"


def rows_of(page: str) -> dict[str, list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def test_every_error_code_is_explained_as_the_program_says_it():
    rows = rows_of((DOCS / "zh" / "import.md").read_text(encoding="utf-8"))
    told = {code: cells for code, cells in rows.items() if code in KINDS}
    assert told == {kind.code: [kind.meaning, kind.cure] for kind in KINDS.values()}
    stray = [code for code in rows if code[:1] in "IN" and code[1:].isdigit() and code not in KINDS]
    assert stray == []


def test_every_table_is_listed_with_its_required_columns():
    rows = rows_of((DOCS / "zh" / "import.md").read_text(encoding="utf-8"))
    for name, table in load_catalogue().tables.items():
        title, key, required, known_on, days = rows[name]
        columns = table.columns
        assert title == table.title
        assert key == "、".join(columns[k].title for k in table.key)
        assert required == "、".join(c.title for c in columns.values() if c.required)
        assert known_on == (columns[table.known_on].title if table.known_on else "交付日")
        assert days == str(table.stale_after_days)


def test_every_code_that_the_program_makes_is_a_known_kind_and_every_kind_is_made():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in [*(PACKAGE / "sources").glob("*.py"), PACKAGE / "importing.py"]
        if path.name != "faults.py"
    )
    assert set(re.findall(r'"([IN]\d{3})"', source)) == set(KINDS)
