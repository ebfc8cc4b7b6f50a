"""Hits read range by range: the same night as at once, and the same counts as counted by hand."""

import random
from datetime import timedelta

import polars as pl
import pytest

from riskwarn.errors import VerificationError
from riskwarn.leads import gather
from riskwarn.leads.build import BuiltLeads, build_leads
from riskwarn.records.leads import SCORE_SCALE
from riskwarn.records.rules import Dedupe, Rule, Score
from riskwarn.terms import LeadState, Severity
from riskwarn.workspace import LeadSettings, ModelSettings, Settings
from tests.builders import AS_OF, FOOD, a_hits, a_rule, a_table, lead_inputs

SIZE = 90
RULES = [
    a_rule("a"),
    a_rule("b", severity=Severity.MEDIUM),
    a_rule(
        "c", item="99009900100002", score=Score(base=3, feature="complaints_90d", weight=2, cap=9)
    ),
    a_rule("d", dedupe=Dedupe(by=("uscc", "complaints_90d"), reopen_on=("complaints_90d",))),
    a_rule("e", role="factor", severity=Severity.LOW),
    a_rule("f", status="shadow"),
]
SETTINGS = Settings(
    leads=LeadSettings(capacity_per_department=4, capacity={"d1": 2}),
    model=ModelSettings(item=FOOD, lead_share=0.2),
)


def a_night(seed: int, settings: Settings = SETTINGS, **more: object) -> BuiltLeads:
    dice = random.Random(seed)
    rows = [
        {
            "department_code": dice.choice(["d1", "d2", "d3", None]),
            "complaints_90d": dice.choice([0, 1, 4, None]),
        }
        for _ in range(SIZE)
    ]
    said = {r.id: dice.choices([True, False, None], [3, 6, 1], k=SIZE) for r in RULES}
    chance = pl.DataFrame(
        {
            "ent": range(SIZE),
            "probability": [dice.choice([None, 0.1, 0.5, 0.9]) for _ in range(SIZE)],
        },
        schema={"ent": pl.Int32, "probability": pl.Float64},
    )
    inputs = lead_inputs(a_table(rows), a_hits(**said), RULES, probability=chance, **more)
    return build_leads(inputs, settings)


def same(one: BuiltLeads, other: BuiltLeads) -> bool:
    frames = one.states.equals(other.states) and one.classes.equals(other.classes)
    told = (one.leads, one.gone, one.counts) == (other.leads, other.gone, other.counts)
    return frames and told


@pytest.mark.parametrize("rows", [1, 7, 45, 89])
def test_ranges_of_any_size_give_the_night_that_one_range_gives(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    first = a_night(1)
    decided = first.states.with_row_index("n").with_columns(
        pl.when(pl.col("n") % 3 == 0)
        .then(pl.lit(LeadState.UNFOUNDED.value))
        .when(pl.col("n") % 3 == 1)
        .then(pl.lit(LeadState.ASSIGNED.value))
        .otherwise("state")
        .alias("state")
    )
    past = {"previous": decided.drop("n"), "previous_as_of": AS_OF, "as_of": AS_OF + timedelta(1)}
    second = a_night(2, **past)
    assert first.leads
    assert second.gone
    assert second.counts.conservation.cooled_down
    assert second.counts.conservation.cut > 50
    monkeypatch.setattr(gather, "ROWS_AT_ONCE", rows)
    assert same(a_night(1), first)
    assert same(a_night(2, **past), second)


def test_what_is_let_go_is_what_a_count_by_hand_finds_beyond_the_capacity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gather, "ROWS_AT_ONCE", 13)
    everything = a_night(3, SETTINGS.model_copy(update={"leads": LeadSettings(
        capacity_per_department=10**9)}))  # fmt: skip
    built = a_night(3)
    by_department: dict[str, list[tuple[int, int, str, str, str]]] = {}
    for lead in everything.leads:
        weight = list(Severity).index(lead.severity)
        key = (-lead.score, -weight, lead.uscc, lead.item_code, lead.dedupe_key)
        by_department.setdefault(lead.department_code, []).append(key)
    for load in built.counts.loads:
        ordered = sorted(by_department.pop(load.department_code))
        capacity = 2 if load.department_code == "d1" else 4
        assert load.issued == capacity
        assert load.cut == len(ordered) - capacity
        assert load.lowest_issued == -ordered[capacity - 1][0]
        assert load.highest_cut == -ordered[capacity][0]
        mine = [lead for lead in built.leads if lead.department_code == load.department_code]
        assert [(lead.uscc, lead.item_code, lead.dedupe_key) for lead in mine] == [
            key[2:] for key in ordered[:capacity]
        ]
    assert not by_department
    assert built.counts.conservation.hits == everything.counts.conservation.hits
    assert built.counts.conservation.merged == everything.counts.conservation.merged
    assert max(lead.score for lead in built.leads) > 50 * SCORE_SCALE


def test_rule_columns_of_other_enterprises_than_the_tables_stop_the_night() -> None:
    rules: list[Rule] = [a_rule("r")]
    other = a_hits(r=[True, True]).with_columns(pl.col("ent") + 1)
    with pytest.raises(VerificationError, match="F101"):
        build_leads(lead_inputs(a_table([{}, {}]), other, rules), Settings())
