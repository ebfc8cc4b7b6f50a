import random
from collections import defaultdict
from datetime import date

import polars as pl
import pytest

from riskwarn.leads.build import build_leads
from riskwarn.leads.rank import lead_id
from riskwarn.records.leads import SCORE_SCALE
from riskwarn.records.rules import Dedupe, Score
from riskwarn.terms import Severity
from riskwarn.workspace import LeadSettings, ModelSettings, Settings
from tests.builders import FOOD, MODEL_ITEM, a_hits, a_rule, a_table, lead_inputs

ROWS = [{"complaints_90d": n} for n in (5, 0, 9)]


def chances_of(*chances):
    frame = pl.DataFrame({"ent": range(len(chances)), "probability": chances})
    return frame.cast({"ent": pl.Int32})


def built(rules, hits, rows=ROWS, settings=None, **more):
    return build_leads(lead_inputs(a_table(rows), hits, rules, **more), settings or Settings())


def test_a_hit_weighs_what_its_severity_weighs_in_the_settings():
    settings = Settings(
        leads=LeadSettings(severity_weight={"low": 1, "medium": 2, "high": 7, "critical": 9})
    )
    leads = built(
        [a_rule()], a_hits(food__licence__expired=[True, False, None]), None or ROWS, settings
    )
    assert [lead.score for lead in leads.leads] == [7 * SCORE_SCALE]


def test_a_rules_own_score_counts_the_feature_up_to_its_cap_and_nothing_for_unknown():
    rule = a_rule("r", score=Score(base=20, feature="complaints_90d", weight=2, cap=15))
    rows = [{"complaints_90d": 5}, {"complaints_90d": 9}, {"complaints_90d": None}]
    leads = built([rule], a_hits(r=[True, True, True]), rows).leads
    assert {lead.name: lead.score for lead in leads} == {
        "第0号企业": 3000,  # 20 + 2·5
        "第1号企业": 3500,  # 20 + 15, the cap
        "第2号企业": 2000,  # unknown adds nothing
    }


def test_hits_of_one_item_are_one_lead_with_the_sum_and_the_highest_severity():
    rules = [a_rule("a"), a_rule("b", severity=Severity.CRITICAL)]
    (lead,) = built(rules, a_hits(a=[True, False, False], b=[True, False, False])).leads
    assert lead.score == (50 + 80) * SCORE_SCALE
    assert lead.severity is Severity.CRITICAL
    assert [signal.rule_id for signal in lead.signals] == ["b", "a"]


def test_different_items_and_different_matters_are_different_leads():
    rules = [a_rule("a"), a_rule("b", item="99009900100002")]
    rules.append(a_rule("c", dedupe=Dedupe(by=("uscc", "complaints_90d"))))
    leads = built(
        rules, a_hits(a=[True, False, False], b=[True, False, False], c=[True, False, False])
    ).leads
    assert len(leads) == 3
    assert len({lead.lead_id for lead in leads}) == 3


@pytest.mark.parametrize("change", [{"role": "factor"}, {"status": "shadow"}, {"status": "draft"}])
def test_factors_shadow_rules_and_drafts_open_no_lead(change):
    result = built([a_rule("r", **change)], a_hits(r=[True, True, True]))
    assert result.leads == ()
    assert result.counts.conservation.hits == 0
    assert result.counts.by_rule["r"] == (3, 0, 0)


def test_a_rule_not_yet_in_effect_opens_no_lead():
    rule = a_rule("r", effective_from=date(2026, 7, 1))
    assert built([rule], a_hits(r=[True, True, True])).leads == ()


def test_a_factor_adds_points_and_context_to_leads_of_its_item_only():
    factor = a_rule("f", role="factor", severity=Severity.LOW)
    other = a_rule("g", role="factor", severity=Severity.LOW, item="99009900100002")
    hits = a_hits(a=[True, False, False], f=[True, True, False], g=[True, False, False])
    (lead,) = built([a_rule("a"), factor, other], hits).leads
    assert (lead.rule_points, lead.factor_points, lead.score) == (5000, 1000, 6000)
    assert [signal.rule_id for signal in lead.context] == ["f"]


def test_the_probability_adds_its_share_of_the_weight():
    chances = pl.DataFrame({"ent": [0, 1, 2], "probability": [0.5, 0.9, None]}).cast(
        {"ent": pl.Int32}
    )
    leads = built([a_rule("r")], a_hits(r=[True, False, True]), probability=chances).leads
    assert [(lead.score, lead.model_points) for lead in leads] == [(10000, 5000), (5000, 0)]
    assert leads[1].model is None


def test_the_model_opens_leads_only_under_the_item_set_for_it_and_only_without_a_rule_hit():
    chances = pl.DataFrame({"ent": [0, 1, 2], "probability": [0.9, 0.8, 0.1]}).cast(
        {"ent": pl.Int32}
    )
    hits = a_hits(r=[True, False, False])
    refused = built(
        [a_rule("r")],
        hits,
        settings=Settings(model=ModelSettings(lead_share=0.7)),
        probability=chances,
    )
    assert len(refused.leads) == 1
    assert refused.counts.model_only_refused == 1
    settings = Settings(model=ModelSettings(lead_share=0.7, item=MODEL_ITEM))
    opened = built([a_rule("r")], hits, settings=settings, probability=chances)
    assert [lead.item_code for lead in opened.leads] == [FOOD, MODEL_ITEM]
    assert opened.leads[1].signals == ()
    assert opened.counts.model_only == 1
    assert opened.counts.conservation.holds


def test_a_lead_id_is_the_first_sixty_bits_of_sha256_in_crockford_base_32():
    import hashlib

    digest = hashlib.sha256(b"a\x1fb\x1fc").hexdigest()
    number = int(digest, 16) >> (256 - 60)
    word = ""
    while number:
        number, rest = divmod(number, 32)
        word = "0123456789abcdefghjkmnpqrstvwxyz"[rest] + word
    assert lead_id("a", "b", "c") == "L" + word.rjust(12, "0")


def test_scores_agree_with_a_naive_count_on_random_towns():
    rng = random.Random(7)
    for _ in range(5):
        n = 60
        items = ["99009900100001", "99009900100002"]
        rules = [
            a_rule(f"r{k}", item=rng.choice(items), severity=rng.choice(list(Severity)))
            for k in range(6)
        ]
        columns = {rule.id: [rng.choice([True, False, None]) for _ in range(n)] for rule in rules}
        settings = Settings(leads=LeadSettings(capacity_per_department=10_000))
        result = built(rules, a_hits(**columns), [{} for _ in range(n)], settings)
        weight = settings.leads.severity_weight
        naive: dict = defaultdict(int)
        for rule in rules:
            for ent, hit in enumerate(columns[rule.id]):
                if hit:
                    naive[f"第{ent}号企业", rule.item] += weight[rule.severity.value] * 100
        assert {(lead.name, lead.item_code): lead.score for lead in result.leads} == dict(naive)
        hits = sum(hit is True for column in columns.values() for hit in column)
        counted = result.counts.conservation
        assert (counted.hits, counted.opened) == (hits, len(naive))
        assert counted.merged == hits - len(naive)
        order = [(-lead.score, lead.severity, lead.uscc) for lead in result.leads]
        assert [-score for score, _, _ in order] == sorted((-s for s, _, _ in order), reverse=True)


def test_the_domain_is_the_items_own_else_the_title_of_the_strongest_rules_pack():
    rules = [a_rule("a"), a_rule("b", item="99009900100002", pack="price")]
    leads = built(
        rules,
        a_hits(a=[True, False, False], b=[True, False, False]),
        pack_titles={"price": "价格", "demo.food": "食品包"},
    ).leads
    assert {lead.item_code: lead.domain for lead in leads} == {
        FOOD: "食品",
        "99009900100002": "价格",
    }


def test_the_parameters_that_hold_there_on_the_day_stand_beside_the_values():
    from riskwarn.records.rules import Param, ParamValue

    values = tuple(
        ParamValue(region=region, from_on=date(2024, 1, 1), to_on=None, value=value)
        for region, value in (("", 10), ("3301", 4), ("3302", 8))
    )
    param = Param(name="least", type="days", title="本地阈值", values=values)
    rule = a_rule("r", params={"least": param})
    (lead,) = built([rule], a_hits(r=[True, False, False])).leads
    shown = {value.title: (value.value, value.unit) for value in lead.signals[0].values}
    assert shown == {"近90日投诉": (5, "件"), "参数：本地阈值": (4, "天")}


def test_a_lost_hit_stops_the_run():
    from riskwarn.errors import VerificationError
    from riskwarn.leads.rank import Beyond, count_hits

    ranked = pl.DataFrame(
        {"fate": ["new", "resting"], "issued": [True, False], "hits": [2, 1]},
    )
    assert count_hits(ranked, 3, Beyond()).holds
    assert count_hits(ranked, 8, Beyond(matters=2, hits=5)).cut == 2
    for hits, beyond in ((4, Beyond()), (3, Beyond(matters=1, hits=1))):
        with pytest.raises(VerificationError, match="F101"):
            count_hits(ranked, hits, beyond)
