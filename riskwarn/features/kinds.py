"""What kind of value a feature yields, so that rules can check comparisons before they run."""

from typing import TYPE_CHECKING, Literal

from riskwarn.records.features import (
    FieldFeature,
    GraphFeature,
    PeerFeature,
    RatioFeature,
    WindowFeature,
)
from riskwarn.tables.catalogue import Catalogue, Column

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.features import Feature

Kind = Literal["int", "fen", "bp", "number", "date", "flag", "text"]
_COUNTS = ("count", "nunique", "days_since", "days_until")
_YES_NO = ("exists", "burst")
_GRAPH_KINDS: dict[str, Kind] = {
    "neighbour_mean": "number",
    "neighbour_sum": "number",
    "neighbour_max": "number",
    "risk_flow": "number",
    "tie_mean": "number",
    "tie_sum": "number",
    "tie_max": "number",
    "control_share": "bp",
    "control_cut": "bp",
    "held_total": "bp",
    "ring": "flag",
}


def column_kind(column: Column) -> Kind:
    """Give the kind of a catalogue column; every code, id, name and set is text."""
    known: dict[str, Kind] = {"date": "date", "fen": "fen", "bp": "bp", "int": "int"}
    known |= {"number": "number", "flag": "flag"}
    return known.get(column.type, "text")


def value_kind(feature: "Feature", catalogue: Catalogue) -> Kind:
    """Give the kind of value of a feature.

    Raises: ConfigError T001 for a table that does not exist; KeyError for a column.
    """
    if isinstance(feature, WindowFeature):
        if feature.agg in _COUNTS:
            return "int"
        if feature.agg in _YES_NO:
            return "flag"
        if feature.agg == "trend":
            return "bp"
        if feature.of is None:  # min and max of the business date itself
            return "date"
        return column_kind(catalogue.table(feature.table).columns[feature.of])
    if isinstance(feature, FieldFeature):
        if feature.derive != "value":
            return "int"
        return column_kind(catalogue.table("enterprise").columns[feature.column])
    if isinstance(feature, GraphFeature):
        return _GRAPH_KINDS.get(feature.measure, "int")
    if isinstance(feature, PeerFeature):
        return "bp" if feature.measure == "rank" else "int"
    assert isinstance(feature, RatioFeature)
    return "bp"


def polars_type(feature: "Feature", catalogue: Catalogue) -> "pl.DataType":
    """Give the dtype of a feature's column: counts, days, bp Int32; money Int64; yes/no Boolean."""
    import polars as pl

    kind = value_kind(feature, catalogue)
    if kind == "int":
        own = isinstance(feature, FieldFeature) and feature.derive == "value"
        aggregated = isinstance(feature, WindowFeature) and feature.agg not in _COUNTS
        return pl.Int64() if own or aggregated else pl.Int32()  # a delivered int, or one of ours
    if kind == "bp" and isinstance(feature, WindowFeature) and feature.agg == "sum":
        return pl.Int64()
    types: dict[Kind, pl.DataType] = {"fen": pl.Int64(), "bp": pl.Int32(), "date": pl.Int32()}
    types |= {"number": pl.Float64(), "flag": pl.Boolean(), "text": pl.String()}
    return types[kind]
