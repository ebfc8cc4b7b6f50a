"""Whether a feature's declaration makes sense: tables, columns, types, edges."""

from collections.abc import Iterator

from riskwarn.errors import Problem, nearest
from riskwarn.features.kinds import column_kind
from riskwarn.records.features import Feature, FieldFeature, GraphFeature, Match, WindowFeature
from riskwarn.records.graph import EDGE_TYPES
from riskwarn.tables.catalogue import Catalogue, Column, Table, load_catalogue
from riskwarn.yamlfile import Node

_NEEDS_OF = ("sum", "nunique", "last", "first", "days_until")
_NUMBERS = ("int", "fen", "bp", "number")
_TIES = ("tie_mean", "tie_sum", "tie_max")
_OF_MEASURES = ("neighbour_mean", "neighbour_sum", "neighbour_max", "reach", "risk_flow", *_TIES)
_EDGE_MEASURES = ("degree", "component_size", "shared", "core", "community_size", *_OF_MEASURES)


def check_feature(feature: Feature, node: Node, catalogue: Catalogue) -> list[Problem]:
    """Give every fault of one declaration, placed at the key it stands under."""
    if isinstance(feature, WindowFeature):
        return list(_check_window(feature, node, catalogue.table(feature.table)))
    if isinstance(feature, FieldFeature):
        return list(_check_field(feature, node, catalogue.table("enterprise")))
    if isinstance(feature, GraphFeature):
        return list(_check_graph(feature, node))
    return []


def _column(table: Table, name: str, node: Node, key: str) -> Iterator[Problem]:
    if name not in table.columns:
        place = node.find((key,)).place
        hint = nearest(name, table.columns)
        yield Problem("F107", f"表 {table.name} 没有列 {name}", place, nearest=hint)


def _check_window(feature: WindowFeature, node: Node, table: Table) -> Iterator[Problem]:
    named = {"of": feature.of, "at": feature.at}
    for key, name in named.items():
        if name is not None:
            yield from _column(table, name, node, key)
    for name in feature.dedupe:
        yield from _column(table, name, node, "dedupe")
    if "uscc" not in table.columns:
        place = node.find(("from",)).place
        yield Problem("F108", f"表 {table.name} 不记录市场主体，不能按主体统计", place)
    at = feature.at or table.happened_on
    if at is None or (at in table.columns and table.columns[at].type != "date"):
        yield Problem("F109", f"特征 {feature.name} 的 at 须为日期列", node.at("at"))
    if feature.agg in _NEEDS_OF and feature.of is None:
        yield Problem("F111", f"{feature.agg} 须写明 of（统计哪一列）", node.at("agg"))
    of = table.columns.get(feature.of or "")
    if of is not None:
        yield from _check_of(feature, of, node)
    if feature.agg == "burst" and (feature.k < 2 or feature.within_days < 1):
        yield Problem("F113", "burst 须写明 k（至少 2）与 within（天数）", node.at("agg"))
    if feature.agg != "burst" and (feature.k or feature.within_days):
        yield Problem("F114", "k 与 within 只用于 burst", node.at("k"))
    yield from _check_trend(feature, node)
    if feature.match is not None:
        yield from _check_match(feature.match, node, table)


def _check_trend(feature: WindowFeature, node: Node) -> Iterator[Problem]:
    if feature.agg == "trend" and (feature.periods < 1 or feature.window_days is None):
        yield Problem("F151", "trend 须写明 window（天数）与 periods（此前几期）", node.at("agg"))
    if feature.agg == "trend" and feature.of and feature.dedupe:
        text = "trend 求和时不能去重：同一件事在前后两期的金额可能不同"
        yield Problem("F153", text, node.at("dedupe"))
    if feature.agg != "trend" and feature.periods:
        yield Problem("F114", "periods 只用于 trend", node.at("periods"))


def _check_match(match: Match, node: Node, table: Table) -> Iterator[Problem]:
    """Both columns of a pair exist and hold the same kind of value."""
    at = node.find(("unmatched" if match.absent else "matched",))
    other = load_catalogue().table(match.table)
    if "uscc" not in other.columns or other.happened_on is None:
        text = f"表 {match.table} 不按主体记录有日期的事，不能用来匹配"
        yield Problem("F108", text, at.find(("in",)).place)
        return
    for mine, theirs in match.on:
        place, known = at.find(("by",)).at(mine), True
        for one, name in ((table, mine), (other, theirs)):
            if name not in one.columns:
                hint, known = nearest(name, one.columns), False
                yield Problem("F107", f"表 {one.name} 没有列 {name}", place, nearest=hint)
        if known and column_kind(table.columns[mine]) != column_kind(other.columns[theirs]):
            text = f"{mine} 与 {match.table}.{theirs} 不是同一种值，不能匹配"
            yield Problem("F152", text, place)


def _check_of(feature: WindowFeature, of: Column, node: Node) -> Iterator[Problem]:
    kind, place = column_kind(of), node.find(("of",)).place
    if feature.agg in ("sum", "trend") and kind not in ("int", "fen", "bp"):
        expected = "整数列（int、fen、bp）：小数相加的结果会随次序而变"
        yield Problem("F112", f"{feature.agg} 不能用于 {of.name}（{of.type}）", place, expected)
    if feature.agg in ("min", "max") and kind not in (*_NUMBERS, "date"):
        yield Problem("F112", f"{feature.agg} 不能用于 {of.name}（{of.type}）", place, "数或日期")
    if feature.agg in ("days_since", "days_until") and kind != "date":
        yield Problem("F112", f"{feature.agg} 不能用于 {of.name}（{of.type}）", place, "日期列")
    if feature.agg in ("count", "exists", "burst"):
        yield Problem("F115", f"{feature.agg} 数的是行，不写 of", place)
    if of.personal != "none" and feature.agg not in ("nunique",):
        yield Problem("F116", f"{of.name} 是个人信息，不能作为特征值", place, "nunique")


def _check_field(feature: FieldFeature, node: Node, table: Table) -> Iterator[Problem]:
    yield from _column(table, feature.column, node, "field")
    column = table.columns.get(feature.column)
    if column is None:
        return
    if feature.derive != "value" and column.type != "date":
        yield Problem("F117", f"{feature.derive} 须用日期列", node.find(("field",)).place)
    if column.personal != "none" or column.type == "enterprise_id":
        place = node.find(("field",)).place
        yield Problem("F116", f"{feature.column} 是个人信息或代码，不能作为特征值", place)


def _check_graph(feature: GraphFeature, node: Node) -> Iterator[Problem]:
    for word in feature.edges:
        if word not in EDGE_TYPES:
            place = node.find(("edges",)).place
            expected = "、".join(EDGE_TYPES)
            hint = nearest(word, EDGE_TYPES)
            yield Problem("F118", f"没有边类型 {word}", place, expected, hint)
    if feature.edges and feature.measure not in _EDGE_MEASURES:
        yield Problem("F119", f"{feature.measure} 不选边类型", node.at("edges"))
    if feature.measure == "shared" and not feature.edges:
        yield Problem("F119", "shared 须写明 edges，如 [address]", node.at("graph"))
    if (feature.measure in _OF_MEASURES) != (feature.of is not None):
        if feature.of is None:
            yield Problem("F111", f"{feature.measure} 须写明 of（哪个特征）", node.at("graph"))
        else:
            yield Problem("F115", f"{feature.measure} 不写 of", node.at("of"))
    if feature.min_share_bp and (feature.measure != "reach" or "shareholding" not in feature.edges):
        text = "min_share_bp 只用于写明 edges 含 shareholding 的 reach"
        yield Problem("F119", text, node.at("min_share_bp"))
