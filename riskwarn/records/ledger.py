"""What a run leaves behind: manifest, states and events of leads, classes, log entries."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.terms import LeadState

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLeaf:
    """One entry of the append-only log: `payload` is canonical JSON, `leaf` its hash, hex."""

    kind: str
    payload: str
    leaf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The log's root after `size` entries; two heads kept elsewhere make a fork visible."""

    size: int
    root: str
    hash_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadEvent:
    """Something that happened to a lead: opened, updated, merged, reopened, gone, decided.

    The id follows from the event, so that a second run of the same day enters nothing twice.
    `actor` is empty for the machine.
    """

    lead_id: str
    on: date
    kind: str
    state: LeadState
    actor: str = ""
    run_key: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        parts = (self.lead_id, self.on.isoformat(), self.kind, self.state.value, self.actor)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A finished run as the store keeps it; `superseded_by` names the run that replaced it."""

    run_key: str
    kind: str
    as_of: date
    manifest: Mapping[str, Any]
    superseded_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommit:
    """All that one run writes, kept in one transaction.

    states:  lead_id text and any columns; one row a lead that was ever opened. Only rows that
             differ from the lead's last state are written.
    classes: uscc, risk_class (null: unknown), points; one row an enterprise.
    leaves, head: the log's new entries and its root with them.
    """

    run_key: str
    kind: str
    as_of: date
    manifest: Mapping[str, Any]
    states: "pl.DataFrame | None" = None
    events: tuple[LeadEvent, ...] = ()
    classes: "pl.DataFrame | None" = None
    leaves: tuple[LogLeaf, ...] = ()
    head: TreeHead | None = None
