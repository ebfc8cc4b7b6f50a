"""Which codes a list has used, kept on disk: a province has 900,000 of them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

_TABLES = """
create table codes (code text primary key, line integer not null) without rowid;
create table links (catalogue text primary key, line integer not null) without rowid;
create table mains (code text primary key, name text not null, line integer not null) without rowid;
"""


def _open() -> sqlite3.Connection:
    """A private database that SQLite keeps in a temporary file and removes when closed."""
    db = sqlite3.connect("", isolation_level=None)
    db.executescript("pragma journal_mode = off; pragma synchronous = off;" + _TABLES)
    db.execute("begin")
    return db


@dataclass(slots=True)
class ItemCodes:
    """The codes of one list: each once, each main item with one name, each link with its line."""

    _db: sqlite3.Connection = field(default_factory=_open)

    def add(self, code: str, line: int) -> int:
        """Enter a code; gives the line where it stood first (its own when it is new)."""
        row = (code, line)
        if self._db.execute("insert or ignore into codes values (?, ?)", row).rowcount:
            return line
        (first,) = self._db.execute("select line from codes where code = ?", (code,)).fetchone()
        return int(first)

    def link(self, catalogue: str, line: int) -> None:
        """Note the first line that hangs on a catalogue item."""
        self._db.execute("insert or ignore into links values (?, ?)", (catalogue, line))

    def main(self, code: str, name: str, line: int) -> tuple[str, int]:
        """Enter a main item; gives the name and line under which it stood first."""
        row = (code, name, line)
        if self._db.execute("insert or ignore into mains values (?, ?, ?)", row).rowcount:
            return name, line
        found = self._db.execute("select name, line from mains where code = ?", (code,))
        first, at = found.fetchone()
        return str(first), int(at)

    def loose_links(self) -> Iterator[tuple[str, int]]:
        """Catalogue codes that are no code of this list, with their first line, by line."""
        yield from self._db.execute(
            "select catalogue, line from links where catalogue not in (select code from codes)"
            " order by line"
        )

    def close(self) -> None:
        self._db.close()
