"""A draw's chain of events: freeze, void, seed, draw, publish; each holds the last one's hash.

The same events are leaves of the workspace's log; here they travel with the bundle.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from riskwarn.draw.canon import HashName, canonical, hasher
from riskwarn.errors import InputRejectedError, Problem

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


def _check_void(fields: Mapping[str, Any]) -> None:
    by, second = str(fields.get("by", "")).strip(), str(fields.get("second", "")).strip()
    if not str(fields.get("reason", "")).strip() or not by or not second or by == second:
        message = "作废须写明理由，并由两名不同的人员确认"
        raise InputRejectedError(Problem("D173", message))


def next_attempt(events: Sequence[Event]) -> int:
    """The number of the next freeze: one more than the last."""
    return 1 + sum(1 for event in events if event["kind"] == "freeze")
