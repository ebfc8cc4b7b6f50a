"""The JSON Schema that editors get: takes what we take, and underlines what we refuse."""

import copy
import re
from typing import Any

import pytest
import yaml

from riskwarn.rules.schema import export_schema
from riskwarn.workspace import resource_dir

SCHEMA = export_schema()
PACKS = [p for p in sorted(resource_dir("rules").glob("*.yaml")) if p.stem != "templates"]
_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def faults(value: Any, schema: Any, at: str = "") -> list[str]:
    """Check by the keywords that our schema uses: enough of JSON Schema 2020-12 for it."""
    if schema is True:
        return []
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].split("/")[-1]], at)
    if "anyOf" in schema:
        each = [faults(value, one, at) for one in schema["anyOf"]]
        return [] if [] in each else min(each, key=len)
    if "enum" in schema or "const" in schema:
        return [] if value in schema.get("enum", [schema.get("const")]) else [f"{at} enum"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fits = [k for k in kinds if isinstance(value, _TYPES[k]) and not (
        isinstance(value, bool) and k in ("integer", "number"))]  # fmt: skip
    if kinds and not fits:
        return [f"{at} type"]
    found = []
    if isinstance(value, str) and "pattern" in schema:
        found += [] if re.search(schema["pattern"], value) else [f"{at} pattern"]
    if isinstance(value, int) and "minimum" in schema and value < schema["minimum"]:
        found.append(f"{at} minimum")
    if isinstance(value, list):
        found += [] if len(value) >= schema.get("minItems", 0) else [f"{at} minItems"]
        for number, one in enumerate(value):
            found += faults(one, schema.get("items", True), f"{at}.{number}")
    if isinstance(value, dict):
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        found += [
            f"{at}.{name} missing" for name in schema.get("required", []) if name not in value
        ]
        for name, one in value.items():
            if name not in known and more is False:
                found.append(f"{at}.{name} unknown")
            else:
                found += faults(one, known.get(name, more), f"{at}.{name}")
    return found


class _Text(yaml.SafeLoader):
    """As an editor reads it, dates as text."""


_Text.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_the_schema_takes_every_shipped_pack(path):
    plain = yaml.load(path.read_text(encoding="utf-8"), Loader=_Text)
    if path.stem == "features":
        one = SCHEMA["properties"]["features"]
        assert faults(plain["features"], one) == []
    else:
        assert faults(plain, SCHEMA) == []


PACK: Any = {
    "riskwarn": 1,
    "pack": {"id": "my.x", "version": "1.0.0", "title": "甲", "owner": "乙"},
    "features": {"n": {"title": "数", "from": "complaint", "agg": "count", "window": "90d"}},
    "rules": [
        {
            "id": "my.x",
            "template": "count_over",
            "slots": {"事项": "举报", "时段": "90天", "阈值": 5},
            "item": "99009903100074",
            "basis": ["《甲法》第一条"],
            "effective": {"from": "2024-01-01"},
        }
    ],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rules", 0, "whne"), {"field": "status", "eq": "active"}),
        (("rules", 0, "severity"), "高"),
        (("rules", 0, "item"), 1.5),
        (("features", "n", "agg"), "cnt"),
        (("features", "n", "windows"), "90d"),
        (("pack", "version"), "1.0"),
        (("rules", 0, "basis"), []),
    ],
)
def test_the_schema_takes_a_filled_template_and_underlines_slips(path, value):
    assert faults(PACK, SCHEMA) == []
    wrong = copy.deepcopy(PACK)
    part = wrong
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert faults(wrong, SCHEMA) != []
