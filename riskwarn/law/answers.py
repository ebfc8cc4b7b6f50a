"""What the law book answers: which version binds, what an address resolves to."""

from dataclasses import dataclass
from datetime import date

from riskwarn.errors import Problem
from riskwarn.records.law import Clause, ClauseRef, LawVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Which version binds on a day, and how sure that is.

    `version` None: none binds; `reason` says why (Chinese). `certain` False: the commencement of
    the version, or of a later one, is unknown, and `reason` says so. `pending` are versions that
    were promulgated by that day and not yet in force.
    """

    version: LawVersion | None
    certain: bool = True
    reason: str = ""
    pending: tuple[LawVersion, ...] = ()
    repealed_on: date | None = None
    repealed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What an address resolves to: the clause with its neighbours, or the problem in the way."""

    ref: ClauseRef
    clause: Clause | None = None
    version: LawVersion | None = None
    certain: bool = True
    reason: str = ""
    problem: Problem | None = None
    before: Clause | None = None
    after: Clause | None = None
    children: tuple[Clause, ...] = ()
