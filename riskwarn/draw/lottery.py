"""The lottery: a ticket for every enterprise, the smallest win; order of a list means nothing."""

import bisect
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskwarn.draw.canon import HashName, ticket_maker
from riskwarn.draw.freeze import Frozen
from riskwarn.draw.quota import ONE, give_seats
from riskwarn.records.draw import IN_CHARGE, Cell, Target

if TYPE_CHECKING:
    import polars as pl

POOL_FIELDS = ("uscc", "region", "department", "class", "room", "strata", "salt")
ROOM = POOL_FIELDS.index("room")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow:
    """What one stratum came to.

    `capped` enterprises had been used up by earlier tasks of the batch, so that after those tasks
    everybody else's chance was seats / (size - capped).
    """

    task_no: str
    stratum: str
    size: int
    quota_e4: int
    seats: int
    capped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The targets with the reserve list, and the seats of every stratum."""

    targets: tuple[Target, ...]
    seats: tuple[SeatRow, ...]


def read_pool(lines: Sequence[str]) -> "pl.DataFrame":
    """Split frozen pool lines into their seven text columns."""
    import polars as pl

    parts = pl.Series("line", lines, dtype=pl.String).str.split_exact("\t", len(POOL_FIELDS) - 1)
    return parts.struct.rename_fields(list(POOL_FIELDS)).struct.unnest()


def find_line(lines: Sequence[str], uscc: str) -> list[str]:
    """Give the fields of one enterprise's frozen line; the lines are sorted by uscc."""
    at = bisect.bisect_left(lines, uscc, key=lambda line: line.partition("\t")[0])
    return lines[at].split("\t")


def draw_targets(frozen: Frozen, seed: bytes) -> Drawn:
    """Draw every task of a frozen batch.

    Takes:  the frozen draw; seed, 32 bytes.
    Gives:  per task and stratum the smallest tickets, skipping who has no room left for the task's
            authority (that is the negative coordination: within a batch as over the year), then the
            reserve list in ticket order. Ties, which no run will see, go by uscc.
    """
    import polars as pl

    name: HashName = frozen.header["hash"]
    pool = read_pool(frozen.lists["pool.txt"])
    visits = _Visits(frozen.lists["pool.txt"])
    targets: list[Target] = []
    rows: list[SeatRow] = []
    for at, task in enumerate(frozen.header["tasks"]):
        stratum = pl.col("strata").str.split("|").list.get(at)
        authority = pl.lit(task["authority"])
        if task["authority"] == IN_CHARGE:
            authority = pl.col("department")
        members = pool.select("uscc", stratum.alias("stratum"), authority.alias("authority"))
        cells = [cell for cell in frozen.cells if cell.task_no == task["task"]]
        seats = give_seats(cells, ticket_maker(seed, name, "seats")(task["task"]))
        for cell, count in zip(cells, seats, strict=True):
            group = members.filter(pl.col("stratum") == cell.stratum)
            units = dict(zip(group["uscc"].to_list(), group["authority"].to_list(), strict=True))
            rows.append(_seat_row(cell, count, visits, units))
            reserve = -(-count * task["reserve_bp"] // ONE)
            targets += _draw_cell(cell, (count, reserve), units, visits, (seed, name))
    return Drawn(targets=tuple(targets), seats=tuple(rows))


class _Visits:
    """How often each authority has drawn an enterprise in this batch, against its room."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._taken: dict[tuple[str, str], int] = {}

    def full(self, uscc: str, authority: str) -> bool:
        taken = self._taken.get((uscc, authority))
        if not taken:
            return False
        field = find_line(self._lines, uscc)[ROOM]
        room = dict(part.split("=") for part in field.split(","))
        return taken >= int(room[authority])

    def take(self, uscc: str, authority: str) -> None:
        self._taken[uscc, authority] = self._taken.get((uscc, authority), 0) + 1

    @property
    def count(self) -> int:
        return sum(self._taken.values())


def _seat_row(cell: Cell, seats: int, visits: _Visits, units: dict[str, str]) -> SeatRow:
    capped = sum(visits.full(uscc, who) for uscc, who in units.items()) if visits.count else 0
    return SeatRow(
        task_no=cell.task_no,
        stratum=cell.stratum,
        size=cell.size,
        quota_e4=cell.quota_e4,
        seats=seats,
        capped=capped,
    )


def _draw_cell(
    cell: Cell,
    wanted: tuple[int, int],
    units: dict[str, str],
    visits: _Visits,
    key: tuple[bytes, HashName],
) -> Iterator[Target]:
    """Walk the smallest tickets; no more than `visits.count` of them can be skipped."""
    seats, reserve = wanted
    ticket = ticket_maker(key[0], key[1], "target", cell.task_no, cell.stratum)
    most = seats + reserve + visits.count
    smallest = heapq.nsmallest(most, ((ticket(uscc), uscc) for uscc in units))
    rank = 0
    for number, uscc in smallest:
        if rank == seats + reserve:
            return
        if visits.full(uscc, units[uscc]):
            continue
        rank += 1
        if rank <= seats:
            visits.take(uscc, units[uscc])
        yield Target(
            task_no=cell.task_no,
            stratum=cell.stratum,
            rank=rank,
            uscc=uscc,
            ticket=number.hex(),
            reserve=rank > seats,
        )
