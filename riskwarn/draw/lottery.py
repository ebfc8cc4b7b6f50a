"""The lottery: a ticket for every enterprise, the smallest win; order of a list means nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskwarn.draw.canon import HashName, ticket_maker, tickets_maker
from riskwarn.draw.freeze import Frozen
from riskwarn.draw.poolfile import FIELDS
from riskwarn.draw.quota import ONE, give_seats
from riskwarn.records.draw import IN_CHARGE, Cell, Target

if TYPE_CHECKING:
    import polars as pl


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
    """The targets with the reserve list, the seats of every stratum, and where the targets are.

    places: uscc → (region, department in charge), reserves too.
    """

    targets: tuple[Target, ...]
    seats: tuple[SeatRow, ...]
    places: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An enterprise that may be drawn, as its frozen line says."""

    ticket: bytes
    uscc: str
    region: str
    department: str
    room: str
    strata: str


def read_pool(block: bytes) -> "pl.DataFrame":
    """Split frozen pool lines into their seven text columns."""
    import polars as pl

    return pl.read_csv(
        block,
        has_header=False,
        new_columns=list(FIELDS),
        separator="\t",
        quote_char=None,
        infer_schema=False,
        empty_string_is_null=False,
    )


def draw_targets(frozen: Frozen, seed: bytes) -> Drawn:
    """Draw every task of a frozen batch, in one pass over the pool.

    Takes:  the frozen draw; seed, 32 bytes.
    Gives:  per task and stratum the smallest tickets, skipping who has no room left for the task's
            authority (that is the negative coordination: within a batch as over the year), then the
            reserve list in ticket order. Ties, which no run will see, go by uscc.
    """
    name: HashName = frozen.header["hash"]
    wanted: list[tuple[int, Cell, int, int]] = []
    best: list[_Smallest] = []
    earlier = 0
    for at, task in enumerate(frozen.header["tasks"]):
        cells = [cell for cell in frozen.cells if cell.task_no == task["task"]]
        seats = give_seats(cells, ticket_maker(seed, name, "seats")(task["task"]))
        for cell, count in zip(cells, seats, strict=True):
            reserve = -(-count * task["reserve_bp"] // ONE)
            wanted.append((at, cell, count, reserve))
            # no more can be skipped than were drawn before
            best.append(_Smallest(at, cell, count + reserve + earlier, (seed, name)))
            earlier += count
    for block in frozen.pool.blocks():
        table = read_pool(block)
        for smallest in best:
            smallest.look(table)
    visits = _Visits()
    targets: list[Target] = []
    rows: list[SeatRow] = []
    places: dict[str, tuple[str, str]] = {}
    for (at, cell, count, reserve), smallest in zip(wanted, best, strict=True):
        authority = frozen.header["tasks"][at]["authority"]
        rows.append(_seat_row(cell, count, visits.capped(at, cell.stratum, authority)))
        for target, unit in _draw_cell(cell, (count, reserve), smallest.units, visits, authority):
            targets.append(target)
            places[unit.uscc] = unit.region, unit.department
    return Drawn(targets=tuple(targets), seats=tuple(rows), places=places)


class _Smallest:
    """The smallest tickets of one stratum so far; what is larger is forgotten at once."""

    def __init__(self, at: int, cell: Cell, most: int, key: tuple[bytes, HashName]) -> None:
        self._at, self._stratum, self._most = at, cell.stratum, most
        self._tickets = tickets_maker(key[0], key[1], "target", cell.task_no, cell.stratum)
        self.units: list[Unit] = []

    def look(self, table: "pl.DataFrame") -> None:
        """Look at some more lines of the pool."""
        import polars as pl

        if not self._most:
            return
        here = pl.col("strata").str.split("|").list.get(self._at) == self._stratum
        members = table.filter(here)
        numbers = self._tickets(members["uscc"].to_list())
        limit = self.units[-1].ticket if len(self.units) == self._most else None
        fit = [n for n, ticket in enumerate(numbers) if limit is None or ticket <= limit]
        fit = sorted(fit, key=numbers.__getitem__)[: self._most]
        rows = members[fit].select("uscc", "region", "department", "room", "strata")
        found = [
            Unit(ticket=numbers[n], uscc=u, region=r, department=d, room=room, strata=strata)
            for n, (u, r, d, room, strata) in zip(fit, rows.iter_rows(), strict=True)
        ]
        both = sorted([*self.units, *found], key=lambda unit: (unit.ticket, unit.uscc))
        self.units = both[: self._most]


class _Visits:
    """How often each authority has drawn an enterprise in this batch, against its room."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], int] = {}
        self._units: dict[str, Unit] = {}

    def full(self, unit: Unit, authority: str) -> bool:
        taken = self._taken.get((unit.uscc, authority))
        if not taken:
            return False
        room = dict(part.split("=") for part in unit.room.split(","))
        return taken >= int(room[authority])

    def take(self, unit: Unit, authority: str) -> None:
        key = unit.uscc, authority
        self._taken[key] = self._taken.get(key, 0) + 1
        self._units[unit.uscc] = unit

    def capped(self, at: int, stratum: str, authority: str) -> int:
        """How many of a task's stratum earlier tasks have used up."""
        return sum(
            unit.strata.split("|")[at] == stratum and self.full(unit, _who(unit, authority))
            for unit in self._units.values()
        )


def _who(unit: Unit, authority: str) -> str:
    return unit.department if authority == IN_CHARGE else authority


def _seat_row(cell: Cell, seats: int, capped: int) -> SeatRow:
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
    units: Iterable[Unit],
    visits: _Visits,
    authority: str,
) -> Iterator[tuple[Target, Unit]]:
    """Walk the smallest tickets; who is used up is passed over."""
    seats, reserve = wanted
    rank = 0
    for unit in units:
        if rank == seats + reserve:
            return
        who = _who(unit, authority)
        if visits.full(unit, who):
            continue
        rank += 1
        if rank <= seats:
            visits.take(unit, who)
        target = Target(
            task_no=cell.task_no,
            stratum=cell.stratum,
            rank=rank,
            uscc=unit.uscc,
            ticket=unit.ticket.hex(),
            reserve=rank > seats,
        )
        yield target, unit
