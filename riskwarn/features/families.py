"""Families: one declaration that stands for a feature a code, an edge type or another feature.

    families:
      lawsuits_{court}:
        each: {court: {codes: court_level}}
        title: "{court.title}法院案件数"
        from: lawsuit
        agg: count
        where: {court_level: "{court}"}

Every combination of the names under `each` gives one feature; `{name}` is replaced in keys and
texts, `{name.title}` by the code's or the feature's title. Nothing else is new: what comes out is
read and checked like a feature written by hand, and faults point at the family.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import product

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.tables.catalogue import Catalogue
from riskwarn.yamlfile import Node

MOST = 2_000  # features of one family: a slip of the pen should not fill the memory
_SLOT = re.compile(r"\{([a-z_]+)(\.title)?\}")
_Choice = tuple[str, str]  # value, title


def expand_family(
    template: str, node: Node, at: Node, titles: Mapping[str, str], catalogue: Catalogue
) -> dict[str, Node]:
    """Write out one family.

    Takes:  template, its key; node, its declaration; at, the mapping of families; titles of the
            features declared before it, for `each: {f: {features: [...]}}`.
    Gives:  feature name → declaration, in the order of `each`, the last name running fastest.
    Raises: ConfigError F140–F144.
    """
    if not isinstance(node.value, dict) or "each" not in node.value:
        raise ConfigError(Problem("F140", f"特征族 {template} 缺少 each", node.place, "each: {…}"))
    slots = node.value["each"]
    if not isinstance(slots.value, dict) or not slots.value:
        raise ConfigError(Problem("F140", "each 应为映射", slots.place, "名称: [值, …]"))
    choices = {name: _choices(one, titles, catalogue) for name, one in slots.value.items()}
    total = 1
    for options in choices.values():
        total *= len(options)
    if total > MOST:
        text = f"特征族 {template} 展开为 {total} 个特征"
        raise ConfigError(Problem("F143", text, slots.place, f"不超过 {MOST} 个"))
    body = {key: child for key, child in node.value.items() if key != "each"}
    found: dict[str, Node] = {}
    for picked in product(*choices.values()):
        words = dict(zip(choices, picked, strict=True))
        name = _fill(template, words, at)
        if name in found:
            text = f"特征族 {template} 两次给出 {name}"
            raise ConfigError(Problem("F144", text, at.at(template), "名称中写上 each 的每一项"))
        filled = {key: _filled(child, words) for key, child in body.items()}
        found[name] = Node(filled, node.place, node.keys)
    return found


def match_names(patterns: list[str], names: list[str]) -> tuple[list[str], list[str]]:
    """Give the names that patterns with * and ? mean, each once, and the patterns without any."""
    found: dict[str, None] = {}
    empty = []
    for pattern in patterns:
        hits = [name for name in names if fnmatchcase(name, pattern)]
        found.update(dict.fromkeys(hits))
        if not hits:
            empty.append(pattern)
    return list(found), empty


def _choices(node: Node, titles: Mapping[str, str], catalogue: Catalogue) -> list[_Choice]:
    if isinstance(node.value, list):
        return [(str(child.value), str(child.value)) for child in node.value]
    if isinstance(node.value, dict) and set(node.value) == {"codes"}:
        name = str(node.value["codes"].value)
        if name not in catalogue.codes:
            hint = nearest(name, catalogue.codes)
            place = node.value["codes"].place
            raise ConfigError(Problem("F141", f"没有代码表 {name}", place, nearest=hint))
        values = catalogue.codes[name].values
        return [(code, labels[0] if labels else code) for code, labels in values.items()]
    if isinstance(node.value, dict) and set(node.value) == {"features"}:
        listed = node.value["features"]
        raw = listed.plain()
        patterns = [raw] if isinstance(raw, str) else [str(one) for one in raw or []]
        found, empty = match_names(patterns, list(titles))
        if empty:
            hint = nearest(empty[0], titles)
            text = f"前面没有名为 {'、'.join(empty)} 的特征"
            raise ConfigError(Problem("F142", text, listed.place, nearest=hint))
        return [(name, titles[name]) for name in found]
    expected = "[值, …]、{codes: 代码表} 或 {features: [名称或 law_*]}"
    raise ConfigError(Problem("F141", "each 的取值写法不对", node.place, expected))


def _filled(node: Node, words: Mapping[str, _Choice]) -> Node:
    if isinstance(node.value, str):
        return Node(_fill(node.value, words, node), node.place, node.keys)
    if isinstance(node.value, list):
        return Node([_filled(child, words) for child in node.value], node.place, node.keys)
    if isinstance(node.value, dict):
        children = {key: _filled(child, words) for key, child in node.value.items()}
        return Node(children, node.place, node.keys)
    return node


def _fill(text: str, words: Mapping[str, _Choice], node: Node) -> str:
    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name not in words:
            hint = nearest(name, words)
            raise ConfigError(
                Problem("F142", f"each 中没有 {name}", node.place, "、".join(words), hint)
            )
        return words[name][1 if found[2] else 0]

    return _SLOT.sub(put, text)
