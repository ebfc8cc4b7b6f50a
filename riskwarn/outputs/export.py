"""The machine's copy: leads.jsonl, one lead a line, keys sorted, masked like everything else."""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from riskwarn.outputs.gate import clean, mask_field
from riskwarn.records.leads import Cell, ClauseText, Lead, PictureNode
from riskwarn.terms import PersonalData

SCHEMA = "riskwarn.lead/1"
_FLOAT_DIGITS = 6
_CLAUSES_KEPT = 1_024
_NODE_MASKS = {"phone": PersonalData.PHONE, "address": PersonalData.ADDRESS}


def lead_line(lead: Lead) -> str:
    """Give one canonical JSON line, without the line end."""
    record = {"schema": SCHEMA} | plain(lead)
    record["address"] = mask_field(lead.address, PersonalData.ADDRESS)
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """Turn records into what JSON knows; every text passes the gate."""
    kind = type(value)
    if kind is str:
        return clean(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is tuple or kind is list:
        return [plain(part) for part in value]
    if kind is ClauseText:
        return _plain_clause(value)
    return _plain_record(value) if is_dataclass(value) else _plain_scalar(value)


def _plain_record(value: Any) -> dict[str, Any]:
    if isinstance(value, Cell):
        return {"title": clean(value.title), "text": mask_field(value.text, value.personal)}
    if isinstance(value, PictureNode):
        label = mask_field(value.label, _NODE_MASKS.get(value.kind, PersonalData.NONE))
        rest = {"key": value.key, "kind": value.kind, "hop": value.hop}
        return rest | {"label": label, "mark": clean(value.mark)}
    return {name: plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@lru_cache(maxsize=_CLAUSES_KEPT)
def _plain_clause(clause: ClauseText) -> dict[str, Any]:
    """A clause stands behind many leads; whoever gets its record only writes it."""
    return _plain_record(clause)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return round(value, _FLOAT_DIGITS)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value
