"""One draw from frozen bytes and a seed: targets, visits, crews, officers, result."""

from dataclasses import dataclass

from riskwarn.draw.assign import Assigned, Solver, assign_officers, build_network, read_officers
from riskwarn.draw.assign import say_shortfall as say_shortfall
from riskwarn.draw.crews import VisitCount, form_crews
from riskwarn.draw.freeze import Frozen
from riskwarn.draw.lottery import Drawn, draw_targets
from riskwarn.draw.seed import Seed
from riskwarn.errors import InputRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Everything that the seed decided."""

    drawn: Drawn
    assigned: Assigned
    visits: VisitCount


def run_draw(frozen: Frozen, seed: Seed, solver: Solver | None = None) -> Draw:
    """Draw targets and officers.

    Raises: InputRejectedError D162, one for each group of crews that cannot be staffed; nothing is
            drawn then. `Assigned.shortfalls` of `try_draw` has the best partial staffing.
    """
    draw = try_draw(frozen, seed, solver)
    if draw.assigned.shortfalls:
        raise InputRejectedError(*[say_shortfall(row) for row in draw.assigned.shortfalls])
    return draw


def try_draw(frozen: Frozen, seed: Seed, solver: Solver | None = None) -> Draw:
    """Draw as `run_draw`, but give the best partial staffing where officers do not suffice.

    Takes:  solver, another than `best_solver` gives; whichever it is, the officers are the same.
    """
    from riskwarn.draw.solvers import best_solver

    drawn = draw_targets(frozen, seed.seed)
    regions = {uscc: region for uscc, (region, _) in drawn.places.items()}
    departments = {uscc: department for uscc, (_, department) in drawn.places.items()}
    crews, visits = form_crews(frozen.header, drawn.targets, departments)
    officers = read_officers(frozen.lists["officers.txt"])
    recusals = frozen.lists["recusals.txt"]
    network = build_network(frozen.header, crews, officers, recusals, regions, seed.seed)
    solver = solver or best_solver(network)
    assigned = assign_officers(network, crews, officers, regions, solver)
    return Draw(drawn=drawn, assigned=assigned, visits=visits)
