"""The report's tables beside the leads: rules, data quality, gaps, problems found per class."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from riskwarn.features.catalogue import rests_on
from riskwarn.records.features import (
    FeatureSet,
    FieldFeature,
    GraphFeature,
    PeerFeature,
    WindowFeature,
)
from riskwarn.records.graph import EDGE_TABLES
from riskwarn.records.report import ClassOutcome, RuleLine, TableLine
from riskwarn.records.rules import Rule
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.catalogue import Catalogue
from riskwarn.terms import RiskClass, SelectedBy

ARMS = {
    SelectedBy.RANDOM: "双随机",
    SelectedBy.RISK: "风险预警等重点检查",
    SelectedBy.COMPLAINT: "投诉举报核查",
    SelectedBy.OTHER: "其他检查",
}


def rule_lines(
    rules: Sequence[Rule], by_rule: Mapping[str, tuple[int, int, int]]
) -> tuple[RuleLine, ...]:
    """Give one line a rule, by id: hit, clear and unknown over all enterprises."""
    lines = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        hit, clear, unknown = by_rule.get(rule.id, (0, 0, 0))
        lines.append(
            RuleLine(
                rule_id=rule.id,
                version=rule.version,
                title=rule.title,
                pack=rule.pack,
                item=rule.item,
                status=rule.status,
                role=rule.role,
                severity=rule.severity.value,
                hit=hit,
                clear=clear,
                unknown=unknown,
                basis=rule.basis,
            )
        )
    return tuple(lines)


def data_gaps(
    rules: Sequence[Rule], by_rule: Mapping[str, tuple[int, int, int]]
) -> tuple[tuple[str, int], ...]:
    """Rules that ask for their data (`on_unknown: data_gap`) and how many they could not judge."""
    gaps = [
        (rule.title, by_rule[rule.id][2])
        for rule in rules
        if rule.on_unknown == "data_gap" and rule.id in by_rule and by_rule[rule.id][2]
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap[1], gap[0])))


def tables_of_rule(rule: Rule, features: FeatureSet) -> frozenset[str]:
    """The tables that a rule's inputs come from, those behind graph features included."""
    found: set[str] = {"enterprise"}
    for name, given in rule.inputs.items():
        if given.source == "feature":
            found |= _tables_of_feature(name, features)
    return frozenset(found)


def _tables_of_feature(name: str, features: FeatureSet) -> set[str]:
    feature = features.features.get(name)
    below = {table for one in rests_on(feature) for table in _tables_of_feature(one, features)}
    if isinstance(feature, WindowFeature):
        return {feature.table, *([feature.match.table] if feature.match else [])}
    if isinstance(feature, GraphFeature):
        return {EDGE_TABLES[e] for e in feature.edges or EDGE_TABLES if e in EDGE_TABLES} | below
    return below | ({"enterprise"} if isinstance(feature, FieldFeature | PeerFeature) else set())


def table_lines(
    snapshot: Snapshot,
    catalogue: Catalogue,
    rules: Sequence[Rule],
    features: FeatureSet,
    *,
    rejected: Mapping[str, int] | None = None,
    repaired: Mapping[str, int] | None = None,
    stale_after_days: Mapping[str, int] | None = None,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> tuple[TableLine, ...]:
    """Give one line a table of the catalogue: those that rules look at first, then by name.

    Rows of enterprises that are not in the register are counted, so that nothing is lost in
    silence.
    """
    used: dict[str, int] = {}
    for rule in rules:
        for name in tables_of_rule(rule, features):
            used[name] = used.get(name, 0) + 1
    lines = []
    for name, table in catalogue.tables.items():
        state = snapshot.tables.get(name)
        lines.append(
            TableLine(
                table=name,
                title=table.title,
                collected=snapshot.collected(name),
                rows=state.rows if state else 0,
                rejected=(rejected or {}).get(name, 0),
                repaired=(repaired or {}).get(name, 0),
                last_known_on=state.last_known_on if state else None,
                stale_after_days=(stale_after_days or {}).get(name, table.stale_after_days),
                orphans=_orphans(snapshot, name),
                used_by_rules=used.get(name, 0),
                notes=tuple((notes or {}).get(name, ())),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.used_by_rules == 0, line.table)))


def _orphans(snapshot: Snapshot, table: str) -> int:
    state = snapshot.tables.get(table)
    if state is not None and state.orphans is not None:
        return state.orphans
    if table == "enterprise" or not snapshot.path(table).is_file():
        return 0
    frame = snapshot.scan(table)
    if "ent" not in frame.collect_schema().names() or not snapshot.tables[table].rows:
        return 0
    if "uscc" not in frame.collect_schema().names():
        return 0
    lost = frame.select((pl.col("ent").is_null() & pl.col("uscc").is_not_null()).sum())
    return int(lost.collect().item())


def class_outcomes(
    inspections: pl.DataFrame, classes: pl.DataFrame, catalogue: Catalogue, since: date
) -> tuple[ClassOutcome, ...]:
    """Count checks and problems per class and arm.

    Takes:  inspections: uscc, inspected_on, selected_by, problem, results; classes: as_of, uscc,
            risk_class, every class ever given; since, the first day that counts.
    Gives:  one line a class and arm that occurs. The class is the last one given before the day of
            the check, never a later one; checks of enterprises without class then, and checks
            whose outcome is unknown, do not count.
    """
    codes = catalogue.codes["inspection_result"].problem
    split = pl.col("results").str.split("|")
    by_codes = split.list.eval(pl.element().is_in(sorted(codes))).list.any()
    rows = inspections.filter(pl.col("inspected_on") >= since).select(
        "uscc",
        "inspected_on",
        pl.col("selected_by").fill_null(SelectedBy.OTHER.value),
        pl.coalesce(pl.col("problem"), by_codes).alias("found"),
    )
    given = classes.select("uscc", pl.col("as_of").alias("given_on"), pl.col("risk_class"))
    judged = (
        rows.drop_nulls("found")
        .sort("inspected_on")
        .join_asof(
            given.sort("given_on"),
            left_on="inspected_on",
            right_on="given_on",
            by="uscc",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,  # sorted two lines above
        )
        .drop_nulls("risk_class")
    )
    counted = judged.group_by("risk_class", "selected_by").agg(
        pl.len().alias("checked"), pl.col("found").sum().alias("problems")
    )
    return tuple(
        ClassOutcome(
            risk_class=RiskClass(row["risk_class"]),
            arm=ARMS[SelectedBy(row["selected_by"])],
            random=row["selected_by"] == SelectedBy.RANDOM.value,
            checked=row["checked"],
            problems=row["problems"],
        )
        for row in counted.sort("risk_class", "selected_by").to_dicts()
    )
