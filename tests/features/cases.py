"""The cases of the features' conformance suite: a made-up town and many declarations over it.

Everything comes from fixed seeds: each aggregate, each operator, windows with rows on both sides
of their edges, rows known late, nulls, codes that differ only in their Unicode form, sums beyond
2^53, negative amounts, tables that are empty, stale or missing, and matches with other tables.
"""

import random
from datetime import date, timedelta
from typing import Any

from riskwarn.records.features import Condition, Match, WindowFeature
from riskwarn.terms import Collected
from tests.features.reference import window_value

DAY = date(2026, 6, 30)
EPOCH = date(1970, 1, 1)
ENTS = {f"E{number:02d}": number for number in range(24)}
EDGES = (0, 0, -1, -6, -7, -8, -29, -30, -31, -89, -90, -364, -365, -366, -700, 1, 30)
WORDS = (
    "food",
    "ｆｏｏｄ",
    "食品",
    "食\u200b品",
    "é",
    "e\u0301",
    "\U00020bb7",
    "吉",
    "a|b",
    "",
    None,
)
BIG = (None, 0, 1, -1, 5, 2**53 + 1, 10**17 + 7, -(10**17), 999_999_999_999)
SMALL = (None, 0, 1, 2, 3, 10_000, 1_000_000)
MEAN = (None, 0.0, -0.5, 1 / 3, 1e300)
SETS = ("violation", "no_contact|violation", "corrected", "viol", "", None)
STATE = {"ad_monitoring": "empty", "serious_violation": "stale", "sampling": "missing"}
COLUMNS: dict[str, dict[str, Any]] = {
    "penalty": {
        "decided_on": EDGES, "published_on": (*EDGES, None), "document_no": ("1", "2", "3", None),
        "domain": WORDS, "cause_code": WORDS, "fine_fen": BIG, "confiscated_fen": SMALL,
    },
    "inspection": {
        "inspected_on": EDGES, "results": SETS, "problem": (True, False, None),
        "selection_ppm": SMALL, "item_code": WORDS,
    },
    "abnormal_listing": {
        "listed_on": EDGES, "removed_on": (*EDGES, None), "reason_code": WORDS,
    },
    "lawsuit": {
        "filed_on": (*EDGES, None), "judged_on": (*EDGES, None), "role": ("defendant", "plaintiff"),
        "result": ("lost", "won", None), "amount_fen": BIG,
    },
    "equipment": {
        "registered_on": (*EDGES, None), "next_due_on": (*EDGES, None), "status": WORDS,
    },
    "complaint": {
        "received_on": EDGES, "closed_on": (*EDGES, None), "result": WORDS, "category": WORDS,
        "amount_fen": SMALL,
    },
    "indicator": {"observed_on": EDGES, "name": WORDS, "value": MEAN},
    "serious_violation": {"listed_on": EDGES, "domain": WORDS},
    "ad_monitoring": {"published_on": EDGES, "illegal": (True, False, None)},
    "sampling": {"sampled_on": EDGES, "result": WORDS},
}  # fmt: skip
AT = {name: next(iter(columns)) for name, columns in COLUMNS.items()}
DATES = ("published_on", "removed_on", "judged_on", "next_due_on", "closed_on")
ORDERS = ("eq", "ne", "lt", "le", "gt", "ge")
PLAIN = ("count", "exists", "sum", "nunique", "min", "max", "days_since", "days_until", "trend")
SPECIAL = ("last", "first", "burst")


def the_rows(seed: int = 17, size: int = 220) -> dict[str, list[dict[str, Any]]]:
    """`size` rows in each of ten tables but the empty one; some belong to nobody registered."""
    dice = random.Random(seed)
    town = {}
    for table, columns in COLUMNS.items():
        rows = []
        for number in range(0 if STATE.get(table) == "empty" else size):
            row = {name: _value(dice.choice(values), name) for name, values in columns.items()}
            known = DAY + timedelta(days=dice.choice((-800, -30, -1, 0, 0, 1)))
            who = dice.choice([*list(ENTS)[:-2], "elsewhere"]) if number else "E00"
            rows.append({"uscc": who, "known_on": known, **row})
        town[table] = rows
    return town


def _value(value: Any, column: str) -> Any:
    is_date = column.endswith("_on") and value is not None
    return DAY + timedelta(days=value) if is_date else value


def collected(table: str) -> Collected:
    """Give the state of each table of the town."""
    known = {"stale": Collected.STALE, "missing": Collected.MISSING}
    return known.get(STATE.get(table, ""), Collected.FRESH)


def naive_values(
    town: dict[str, list[dict[str, Any]]], specs: list[WindowFeature], on: date
) -> dict[str, list[Any]]:
    """Feature → value of each enterprise, row by row; null where a table may not be believed."""
    own = {
        (name, code): [row for row in rows if row["uscc"] == code]
        for name, rows in town.items()
        for code in ENTS
    }
    found = {}
    for spec in specs:
        tables = {spec.table} | ({spec.match.table} if spec.match else set())
        if any(collected(table) is not Collected.FRESH for table in tables):
            found[spec.name] = [None] * len(ENTS)
            continue
        values = [
            window_value(
                own[spec.table, code], spec, on, own[spec.match.table, code] if spec.match else ()
            )
            for code in ENTS
        ]
        found[spec.name] = [(v - EPOCH).days if isinstance(v, date) else v for v in values]
    return found


def conditions(dice: random.Random, table: str) -> list[tuple[Condition, ...]]:
    """Every operator on every column of a table, each by itself; and pairs of them."""
    single: list[tuple[Condition, ...]] = []
    for name, values in COLUMNS[table].items():
        single += [(Condition(column=name, op="is_null", value=v),) for v in (True, False)]
        known = [value for value in values if value is not None]
        if name.endswith("_on"):
            for number, op in enumerate(ORDERS):
                value = ("$as_of", "$as_of-30", "2026-06-30", "$as_of+1")[number % 4]
                single.append((Condition(column=name, op=op, value=value),))
        elif name == "results":
            for value in (("violation",), ("corrected", "no_contact"), ("viol",)):
                single.append((Condition(column=name, op="contains", value=value),))
        elif isinstance(known[0], bool):
            single += [(Condition(column=name, op="eq", value=v),) for v in (True, False)]
        elif isinstance(known[0], str):
            for op in ("eq", "ne"):
                single.append((Condition(column=name, op=op, value=dice.choice(known)),))
            for op in ("in", "not_in"):
                some = tuple(dice.sample(known, min(len(known), 3)))
                single.append((Condition(column=name, op=op, value=some),))
        else:
            for op in ORDERS:
                single.append((Condition(column=name, op=op, value=dice.choice(known)),))
    pairs = [dice.choice(single) + dice.choice(single) for _ in range(6)]
    return single + pairs


def _of(dice: random.Random, agg: str, table: str) -> str | None:
    columns = COLUMNS[table]
    wanted = {
        "sum": [n for n in columns if n.endswith(("_fen", "_ppm"))],
        "min": [n for n in columns if n.endswith(("_fen", "_ppm", "_on")) or n == "value"],
        "nunique": list(columns),
        "days_since": [n for n in columns if n.endswith("_on")],
        "last": [n for n in columns if n != "results"],
    }
    wanted |= {"max": wanted["min"], "days_until": wanted["days_since"], "first": wanted["last"]}
    names = wanted.get(agg, [])
    if agg == "trend":  # sums of what is scaled by 10,000 must stay below 2^63
        names = [n for n in columns if n in ("confiscated_fen", "selection_ppm")]
        return dice.choice([*names, None]) if names else None
    return dice.choice(names) if names else None


def the_specs() -> list[WindowFeature]:
    """More than three hundred declarations: each condition once, aggregates and windows in turn."""
    dice = random.Random(23)
    specs: list[WindowFeature] = []
    for table in COLUMNS:
        wheres = [(), (), *conditions(dice, table)][: 4 if table in STATE else None]
        for number, where in enumerate(wheres):
            agg = PLAIN[(number + len(specs)) % len(PLAIN)] if number else "count"
            specs += _spec(dice, f"f{len(specs)}", table, agg, where)
    for number in range(36):
        table = list(COLUMNS)[number % 7]
        where = dice.choice(conditions(dice, table)) if number % 2 else ()
        agg = (*SPECIAL, "count", "sum", "nunique")[number % 6]
        dedupe = tuple(dice.sample(list(COLUMNS[table])[1:], 1)) if number % 6 > 1 else ()
        specs += _spec(dice, f"f{len(specs)}", table, agg, where, dedupe)
    for number in range(16):
        other = ("abnormal_listing", "lawsuit", "inspection", "sampling")[number % 4]
        theirs = "inspected_on" if other == "inspection" else AT[other]
        match = Match(
            table=other,
            on=((AT["penalty"], theirs),),
            where=dice.choice(conditions(dice, "lawsuit")) if number % 4 == 1 else (),
            absent=number % 3 == 0,
        )
        agg = ("count", "exists", "sum", "trend", "max", "last", "nunique")[number % 7]
        specs += _spec(dice, f"f{len(specs)}", "penalty", agg, (), (), match)
    return specs


def some_specs(dice: random.Random, count: int) -> list[WindowFeature]:
    """A handful of declarations by chance: most over tables that can be believed."""
    made: list[WindowFeature] = []
    for number in range(count):
        table = dice.choice([*list(COLUMNS)[:7] * 3, *COLUMNS])
        wheres = conditions(dice, table)
        where = dice.choice(wheres) if dice.randrange(3) else ()
        agg = dice.choice([*PLAIN * 3, *SPECIAL])
        made += _spec(dice, f"f{number}", table, agg, where)
    return made


def _spec(
    dice: random.Random,
    name: str,
    table: str,
    agg: Any,
    where: Any,
    dedupe: tuple[str, ...] = (),
    match: Match | None = None,
) -> list[WindowFeature]:
    of = _of(dice, agg, table)
    if of is None and agg in ("sum", "nunique", "last", "first", "days_until", "min", "max"):
        agg = "exists"
    if agg == "trend" and of and dedupe:
        of = None
    window = dice.choice((None, 1, 7, 30, 90, 90, 365, 365))
    others = [n for n in DATES if n in COLUMNS[table] and n != AT[table]]
    return [
        WindowFeature(
            name=name,
            table=table,
            agg=agg,
            of=of,
            at=dice.choice(others) if others and not dice.randrange(4) else None,
            window_days=window or 30 if agg == "trend" else window,
            where=where,
            dedupe=dedupe,
            k=2 if agg == "burst" else 0,
            within_days=dice.choice((1, 2, 30)) if agg == "burst" else 0,
            periods=2 if agg == "trend" else 0,
            match=match,
        )
    ]
