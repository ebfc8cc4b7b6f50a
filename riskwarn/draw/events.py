"""A draw's chain of events: freeze, void, seed, draw, publish; each holds the last one's hash.

The same events are leaves of the workspace's log; here they travel with the bundle.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.draw.canon import HashName, canonical, hasher
from riskwarn.errors import InputRejectedError, Problem

if TYPE_CHECKING:
    from riskwarn.draw.freeze import Frozen

Event = Mapping[str, Any]


def event_hash(event: Event, hash_name: HashName) -> str:
    return str(hasher(hash_name)(canonical(dict(event))).hexdigest())


def add_event(
    events: Sequence[Event], hash_name: HashName, kind: str, on: date, **fields: Any
) -> tuple[Event, ...]:
    """Give the chain with one event more.

    Raises: InputRejectedError D171 when `on` lies before the last event · D172 a second freeze
            without a void record · D173 a void record without reason or second person.
    """
    if events and on.isoformat() < events[-1]["on"]:
        message = f"{kind} 的日期 {on} 早于上一步的 {events[-1]['on']}"
        raise InputRejectedError(Problem("D171", message, expected="按时间先后进行"))
    if kind == "freeze" and events and events[-1]["kind"] != "void":
        message = "该计划批次已经冻结，不能再次冻结"
        raise InputRejectedError(
            Problem("D172", message, expected="先作废（写明理由，须两人），再冻结；次数会公开")
        )
    if kind == "void":
        _check_void(fields)
    prev = event_hash(events[-1], hash_name) if events else ""
    return (*events, {"kind": kind, "on": on.isoformat(), "prev": prev, **fields})


def add_freeze(events: Sequence[Event], frozen: "Frozen", on: date) -> tuple[Event, ...]:
    """Give the chain with a freeze; it says from which day on its seed could be known."""
    head = frozen.header
    seed_on = min(source["on"] for source in head["sources"])
    fields = {"root": frozen.root, "attempt": head["attempt"], "seed_on": seed_on}
    return add_event(events, head["hash"], "freeze", on, **fields)


def voids_of(events: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Give each voided freeze with its void record, oldest first."""
    pairs, last = [], None
    for event in events:
        if event["kind"] == "void" and last is not None:
            pairs.append((last, event))
        if event["kind"] == "freeze":
            last = event
    return pairs


def seed_was_known(freeze: Event, void: Event) -> bool:
    """Whether a freeze was voided on a day on which its outcome could be worked out already."""
    return bool(void["on"] >= freeze["seed_on"])


def _check_void(fields: Mapping[str, Any]) -> None:
    by, second = str(fields.get("by", "")).strip(), str(fields.get("second", "")).strip()
    if not str(fields.get("reason", "")).strip() or not by or not second or by == second:
        message = "作废须写明理由，并由两名不同的人员确认"
        raise InputRejectedError(Problem("D173", message))


def next_attempt(events: Sequence[Event]) -> int:
    """The number of the next freeze: one more than the last."""
    return 1 + sum(1 for event in events if event["kind"] == "freeze")
