import polars as pl

from riskwarn.leads.build import build_leads
from riskwarn.terms import RiskClass, Severity
from riskwarn.workspace import Settings
from tests.builders import a_hits, a_rule, a_table, lead_inputs


def classes(hits, rules, n=4, **more):
    return build_leads(
        lead_inputs(a_table([{} for _ in range(n)]), hits, rules, **more), Settings()
    )


def test_points_fall_into_classes_at_the_cut_points():
    rules = [a_rule("a"), a_rule("b", severity=Severity.MEDIUM), a_rule("c")]
    hits = a_hits(
        a=[False, False, True, True], b=[False, True, False, False], c=[False, False, False, True]
    )
    built = classes(hits, rules)  # points 0, 25, 50, 100; cuts 20, 50, 100
    assert built.classes["risk_class"].to_list() == ["A", "B", "C", "D"]
    assert built.classes["points"].to_list() == [0, 2500, 5000, 10000]
    assert [c.enterprises for c in built.counts.classes] == [1, 1, 1, 1, 0]


def test_an_enterprise_of_which_nothing_is_known_has_no_class():
    built = classes(a_hits(a=[None, False], b=[None, None]), [a_rule("a"), a_rule("b")], n=2)
    assert built.classes["risk_class"].to_list() == [None, "A"]
    assert built.classes["unknown"].to_list() == [2, 1]
    none, a = built.counts.classes[-1], built.counts.classes[0]
    assert (none.risk_class, none.enterprises) == (None, 1)
    assert (a.risk_class, a.enterprises, a.partly_unknown) == (RiskClass.A, 1, 1)


def test_the_model_alone_gives_a_class():
    chances = pl.DataFrame({"ent": [0, 1], "probability": [0.9, None]}).cast({"ent": pl.Int32})
    built = classes(a_hits(a=[None, None]), [a_rule("a")], n=2, probability=chances)
    assert built.classes["risk_class"].to_list() == ["B", None]  # 0.9 · 40 = 36 points


def test_shadow_rules_do_not_touch_the_class():
    built = classes(a_hits(a=[True]), [a_rule("a", status="shadow")], n=1)
    assert built.classes["points"].to_list() == [0]
