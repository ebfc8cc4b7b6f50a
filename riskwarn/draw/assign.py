"""Officers to crews at least total of public random costs, levelled by load first.

The cost of a pair is the first 44 bits of its ticket; one level of load costs more than any pair.
With random costs the optimum is unique but for a chance below pairs / 2**44, so whoever solves the
problem exactly, with whatever solver, gets the same officers; the potentials prove it in one pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from riskwarn.draw.canon import HashName, tickets_maker
from riskwarn.errors import Problem, VerificationError
from riskwarn.records.draw import Crew, Shortfall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """One line of the frozen inspector pool that may be drawn."""

    officer_no: str
    departments: frozenset[str]  # its own and those above it
    region: str
    lead: bool
    qualifications: frozenset[str]
    load: int
    max_load: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The assignment problem as arrays; pairs of a crew lie side by side, officers in order."""

    ptr: "NDArray[np.int64]"
    officer: "NDArray[np.int32]"
    cost: "NDArray[np.int64]"
    lead: "NDArray[np.bool_]"
    load: "NDArray[np.int64]"
    room: "NDArray[np.int64]"
    step: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Staffed crews and the proof: a potential for each officer."""

    crews: tuple[Crew, ...]
    potentials: tuple[tuple[str, int], ...]
    shortfalls: tuple[Shortfall, ...]


# Solves a network: which pairs are used (bool [pairs]); None when it cannot fill every crew.
Solver = Callable[[Network], "NDArray[np.bool_] | None"]


def read_officers(lines: Sequence[str]) -> list[Officer]:
    """Read the frozen inspector pool; only those without an exclusion."""
    officers = []
    for line in lines:
        number, department, region, lead, held, load, most, state, _salt = line.split("\t")
        if state:
            continue
        officers.append(
            Officer(
                officer_no=number,
                departments=frozenset(department.split(",")),
                region=region,
                lead=lead == "1",
                qualifications=frozenset(filter(None, held.split(","))),
                load=int(load),
                max_load=int(most),
            )
        )
    return officers


def build_network(
    header: Mapping[str, Any],
    crews: Sequence[Crew],
    officers: Sequence[Officer],
    recusals: Sequence[str],
    regions: Mapping[str, str],
    seed: bytes,
) -> Network:
    """Give every allowed pair its cost.

    Takes:  recusals, frozen lines `officer TAB uscc`; regions, uscc → region.
    Gives:  pairs where department, region digits and qualification fit and nobody must recuse.
    """
    import numpy as np

    rules = header["rules"]
    name: HashName = header["hash"]
    digits, shift = rules["region_digits"], 64 - rules["cost_bits"]
    away: dict[str, set[str]] = {}
    for line in recusals:
        number, uscc = line.split("\t")
        away.setdefault(uscc, set()).add(number)
    groups: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    ptr: list[int] = [0]
    who: list[NDArray[np.int32]] = []
    first: list[bytes] = []  # 8 bytes of each ticket
    for crew in crews:
        key = (crew.department, crew.qualification, regions[crew.uscc][:digits])
        if key not in groups:
            groups[key] = _able(officers, *key)
        context = (crew.uscc, crew.department, crew.qualification)
        barred = away.get(crew.uscc, ())
        asked = [pair for pair in groups[key] if pair[1] not in barred]
        tickets = tickets_maker(seed, name, "officer", *context)([number for _, number in asked])
        first.append(b"".join([ticket[:8] for ticket in tickets]))
        who.append(np.array([at for at, _ in asked], dtype=np.int32))
        ptr.append(ptr[-1] + len(asked))
    cost = np.frombuffer(b"".join(first), dtype=">u8") >> np.uint64(shift)
    return Network(
        ptr=np.array(ptr, dtype=np.int64),
        officer=np.concatenate([np.empty(0, dtype=np.int32), *who]),
        cost=cost.astype(np.int64),
        lead=np.array([officer.lead for officer in officers], dtype=np.bool_),
        load=np.array([officer.load for officer in officers], dtype=np.int64),
        room=np.array([o.max_load - o.load for o in officers], dtype=np.int64),
        step=1 << rules["cost_bits"],
        size=rules["officers_per_check"],
    )


def _able(
    officers: Sequence[Officer], department: str, qualification: str, region: str
) -> list[tuple[int, str]]:
    return [
        (at, officer.officer_no)
        for at, officer in enumerate(officers)
        if department in officer.departments
        and (not qualification or qualification in officer.qualifications)
        and officer.region.startswith(region)
    ]


def assign_officers(
    network: Network,
    crews: Sequence[Crew],
    officers: Sequence[Officer],
    regions: Mapping[str, str],
    solver: Solver | None = None,
) -> Assigned:
    """Staff the crews at least cost and prove it.

    Takes:  solver, another exact solver (see `solvers.py`); None: our own.
    Gives:  staffed crews with potentials; or, where officers do not suffice, the best partial
            staffing, no potentials, and the shortfalls named from the cut.
    Raises: VerificationError D161 when a solver's answer is not optimal.
    """
    import numpy as np

    from riskwarn.draw import flow

    args = (network.ptr, network.officer, network.cost, network.lead, network.load, network.room)
    used = solver(network) if solver else None
    short = np.zeros(len(crews), dtype=np.int64)
    if used is None:
        used, short, cut = flow.solve(*args, network.step, network.size)
        if short.any():
            shortfalls = _name_shortfalls(network, crews, officers, regions, cut)
            staffed = _staff(network, crews, officers, used)
            return Assigned(crews=staffed, potentials=(), shortfalls=shortfalls)
    optimal, values = flow.potentials(*args, network.step, network.size, used)
    if not optimal:
        raise VerificationError(Problem("D161", "求解器给出的人员分派不是最优解"))
    pairs = zip(officers, values.tolist(), strict=True)
    return Assigned(
        crews=_staff(network, crews, officers, used),
        potentials=tuple((officer.officer_no, value) for officer, value in pairs),
        shortfalls=(),
    )


def _staff(
    network: Network,
    crews: Sequence[Crew],
    officers: Sequence[Officer],
    used: "NDArray[np.bool_]",
) -> tuple[Crew, ...]:
    staffed = []
    for at, crew in enumerate(crews):
        span = range(network.ptr[at], network.ptr[at + 1])
        named = [officers[network.officer[a]] for a in span if used[a]]
        named.sort(key=lambda officer: (not officer.lead, officer.officer_no))  # 主检 first
        staffed.append(replace(crew, officers=tuple(officer.officer_no for officer in named)))
    return tuple(staffed)


def _name_shortfalls(
    network: Network,
    crews: Sequence[Crew],
    officers: Sequence[Officer],
    regions: Mapping[str, str],
    cut: "NDArray[np.bool_]",
) -> tuple[Shortfall, ...]:
    """Say it in a person's words: the crews that the search had reached share only these officers.

    A reached check node whose side node was not reached is short of lead inspectors.
    """
    many, checks = len(officers), len(crews)
    reached = [c for c in range(checks) if cut[many + c] or cut[many + checks + c]]
    inside = [i for i in range(many) if cut[i]]
    groups: dict[tuple[str, str, str, bool], list[int]] = {}
    for c in reached:
        crew = crews[c]
        leads_only = not cut[many + checks + c]
        key = (crew.department, regions[crew.uscc], crew.qualification, leads_only)
        groups.setdefault(key, []).append(c)
    rows = []
    for (department, region, qualification, leads_only), members in sorted(groups.items()):
        able = {
            int(i) for c in members for i in network.officer[network.ptr[c] : network.ptr[c + 1]]
        }
        able &= set(inside)
        each = 1 if leads_only else network.size
        rows.append(
            Shortfall(
                department=department,
                region=region,
                qualification=qualification,
                needed=each * len(members),
                available=sum(int(network.room[i]) for i in able),
                crews=len(members),
                lead=leads_only,
            )
        )
    return tuple(rows)


def say_shortfall(row: Shortfall) -> Problem:
    """D162, for a person: who is missing where."""
    what = "主检人员" if row.lead else "执法人员"
    need = f"（须有“{row.qualification}”资格）" if row.qualification else ""
    message = (
        f"人员不足：部门 {row.department} 区划 {row.region or '不详'} 的 {row.crews} 组检查"
        f"需要{what} {row.needed} 人次{need}，可派 {row.available} 人次"
    )
    return Problem("D162", message, expected="补充人员、提高每人上限，或作废后减少任务再冻结")
