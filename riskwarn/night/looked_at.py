"""Which tables and columns a night looks at: the rest is left where it lies."""

import re

from riskwarn.features.table import enterprise_fields
from riskwarn.leads.marks import LISTS
from riskwarn.records.features import FeatureSet
from riskwarn.records.graph import EDGE_TABLES
from riskwarn.tables.catalogue import Table, load_catalogue

_WHOLE = ("department", "calendar", "region")  # small tables that leads are dispatched by
_CHECKS = ("inspected_on", "selected_by", "problem", "results")  # what outcomes are counted from
_PERSONAL = ("address", "legal_rep_id", "phone")  # the register's own ties


def columns_looked_at(features: FeatureSet) -> dict[str, frozenset[str]]:
    """Give table → columns: every column whose name stands in any feature, the graph's, the lists'.

    A name may stand for another table's column too: too many columns are no fault, one too few is.
    """
    words = set(re.findall(r"\w+", " ".join(repr(one) for one in features.features.values())))
    found: dict[str, frozenset[str]] = {}
    for name, table in load_catalogue().tables.items():
        columns = _columns(table, words)
        if name in words or columns:
            found[name] = columns
    mine = found.get("enterprise", frozenset())
    found["enterprise"] = mine | {*enterprise_fields(), *_PERSONAL}
    return found


def _columns(table: Table, words: set[str]) -> frozenset[str]:
    if table.name in _WHOLE or table.name in EDGE_TABLES.values():
        return frozenset(table.columns)
    columns = {n for n in table.columns if n in words} if table.name in words else set()
    if table.name in words and table.happened_on is not None:
        columns.add(table.happened_on)
    if table.name in LISTS:
        columns |= {LISTS[table.name][0], "removed_on"}
    if table.name == "inspection":
        columns |= set(_CHECKS)
    return frozenset(columns)
