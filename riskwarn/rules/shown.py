"""A rule as YAML: written out in full, with the parameters and features it looks at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from riskwarn.features.catalogue import rests_on
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Rule
from riskwarn.rules.pack import read_roots
from riskwarn.yamlfile import Node

WIDTH = 100
_FLOW = ("tests", "values", "features", "dedupe", "all", "any", "slots")  # one entry, one line


class _Plain(yaml.SafeDumper):
    """Every scalar is text to our reader: quotes only where YAML itself needs them."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  the base class has it so

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Line(dict[str, Any]):
    """A mapping to be written on one line."""


_Plain.add_representer(
    _Line, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, True)
)
_Plain.add_representer(
    type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:str", "null")
)


def dump(plain: Any) -> str:
    """Write plain data as our packs look: text unquoted, small parts on one line."""
    whole = _lined(plain)
    return yaml.dump(whole, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10_000)


def _lined(plain: Any, key: str = "") -> Any:
    if isinstance(plain, list):
        made = [_lined(one) for one in plain]
        one_line = key in _FLOW and all(isinstance(one, dict) for one in made)
        return [_Line(one) if isinstance(one, dict) else one for one in made] if one_line else made
    if isinstance(plain, dict):
        made_ = {name: _lined(child, name) for name, child in plain.items()}
        if key in ("features", "dedupe", "slots", "effective"):
            return {
                name: _Line(child) if isinstance(child, dict) else child
                for name, child in made_.items()
            }
        return made_
    return plain


def show_rule(folder: Path, rule: Rule, features: FeatureSet) -> str:
    """Give one rule of a folder as a pack of its own.

    Takes:  rule, read from the folder; features, all of the folder.
    Gives:  YAML that reads as the same rule: what a template made is written out.
    """
    for _, root in read_roots(folder, []):
        for child in _parts(root, "rules"):
            if child.find(("id",)).value == rule.id:
                return dump(_pack(root, child, rule, features))
    raise KeyError(rule.id)


def _parts(root: Node, key: str) -> list[Node]:
    found = root.value.get(key) if isinstance(root.value, dict) else None
    return found.value if found is not None and isinstance(found.value, list) else []


def _pack(root: Node, child: Node, rule: Rule, features: FeatureSet) -> dict[str, Any]:
    plain = root.plain()
    whole: dict[str, Any] = {"riskwarn": "1", "pack": plain["pack"]}
    looked_at = set(rule.inputs)
    while (
        more := {name for one in looked_at for name in rests_on(features.features.get(one))}
        - looked_at
    ):
        looked_at |= more
    wanted = {"params": set(rule.params), "lists": set(rule.lists), "features": looked_at}
    for key, names in wanted.items():
        own: Mapping[str, Any] = plain.get(key) or {}
        kept = {name: one for name, one in own.items() if name in names}
        if kept:
            whole[key] = kept
    return {**whole, "rules": [child.plain()]}
