"""Decisions as the audit log keeps them: by whom, when, what each made of its item."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from riskwarn.law.decisions import ACCEPT, CHANGE, Decided
from riskwarn.law.repin import Basis, Step
from riskwarn.records.ledger import LogLeaf

ENTERED, DECISION, APPLIED = "law_decided", "law_decision", "law_applied"
UNDO = "撤销"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One decision: its id, the item, and the item's basis before and after it."""

    id: str
    file: str
    code: str
    name: str
    old: str
    new: tuple[str, ...]
    choice: str
    reason: str
    before: Basis
    after: Basis
    retires_on: date | None = None
    undoes: str = ""

    @classmethod
    def of(cls, batch: str, decided: Decided, before: Basis, retires_on: date | None) -> "Entry":
        """Make the entry of a decision; what it gives is not known yet."""
        row = decided.row
        digest = hashlib.sha256(f"{batch}\n{row.key}".encode()).hexdigest()
        return cls(
            id=f"D{digest[:12]}",
            file=row.file,
            code=row.code,
            name=row.name,
            old=row.old,
            new=decided.new,
            choice=decided.choice,
            reason=decided.reason,
            before=before,
            after=before,
            retires_on=retires_on,
        )

    @property
    def step(self) -> Step:
        """The decision as a change of the item's basis."""
        replaces = self.choice in (ACCEPT, CHANGE)
        return Step(
            id=self.id, old=self.old, new=self.new, replaces=replaces, retires_on=self.retires_on
        )

    def giving(self, after: Basis) -> "Entry":
        return replace(self, after=after)

    def undone(self, place: int, now: Basis, after: Basis) -> "Entry":
        """The further decision that takes this one back."""
        digest = hashlib.sha256(f"{self.id}\n{place}".encode()).hexdigest()
        return replace(
            self,
            id=f"D{digest[:12]}",
            choice=UNDO,
            reason="",
            before=now,
            after=after,
            retires_on=None,
            undoes=self.id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was decided in one go; `done` when the lists were exchanged after it."""

    id: str
    batch: str
    by: str
    second: str
    on: date
    sha256: str  # of the workbook as it came back, "" for an undoing
    entries: tuple[Entry, ...]
    done: bool = False

    @classmethod
    def of(
        cls, batch: str, by: str, second: str, on: date, sha256: str, entries: Sequence[Entry]
    ) -> "Group":
        """Make a group; its id follows from its entries."""
        text = "\n".join([batch, *(entry.id for entry in entries)])
        digest = hashlib.sha256(text.encode()).hexdigest()
        return cls(
            id=f"G{digest[:12]}",
            batch=batch,
            by=by,
            second=second,
            on=on,
            sha256=sha256,
            entries=tuple(entries),
        )

    def leaves(self) -> list[tuple[str, object]]:
        """The log's entries: one for the group, one a decision."""
        head = {"group": self.id, "batch": self.batch, "by": self.by, "second": self.second}
        head |= {"on": self.on.isoformat(), "sha256": self.sha256}
        named = {"group": self.id, "by": self.by, "second": self.second, "on": self.on}
        return [(ENTERED, head), *((DECISION, named | asdict(entry)) for entry in self.entries)]

    def applied(self) -> tuple[str, object]:
        """The log's entry that says that the lists were exchanged."""
        return APPLIED, {"group": self.id}


def ledger_of(leaves: Iterable[LogLeaf]) -> list[Group]:
    """Read all decisions back from the log, in their order."""
    groups: dict[str, Group] = {}
    entries: dict[str, list[Entry]] = {}
    for leaf in leaves:
        if leaf.kind not in (ENTERED, DECISION, APPLIED):
            continue
        told = json.loads(leaf.payload)
        name = told["group"]
        if leaf.kind == ENTERED:
            head = {key: told[key] for key in ("batch", "by", "second", "sha256")}
            groups[name] = Group(
                id=name, on=date.fromisoformat(told["on"]), entries=(), done=False, **head
            )
        elif leaf.kind == DECISION:
            entries.setdefault(name, []).append(_entry(told))
        else:
            groups[name] = replace(groups[name], done=True)
    return [replace(group, entries=tuple(entries.get(name, ()))) for name, group in groups.items()]


def _entry(told: dict[str, Any]) -> Entry:
    plain = ("id", "file", "code", "name", "old", "choice", "reason", "undoes")
    ends = told["retires_on"]
    return Entry(
        **{key: told[key] for key in plain},
        new=tuple(told["new"]),
        before=Basis(**told["before"]),
        after=Basis(**told["after"]),
        retires_on=date.fromisoformat(ends) if ends else None,
    )
