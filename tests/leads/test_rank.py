import polars as pl

from riskwarn.leads.build import build_leads
from riskwarn.leads.dispatch import dispatch
from riskwarn.workspace import LeadSettings, Settings
from tests.builders import a_hits, a_rule, a_table, a_uscc, lead_inputs


def town(capacity, departments=("d1", "d1", "d1", "d2")):
    rows = [{"department_code": code, "complaints_90d": n} for n, code in enumerate(departments)]
    settings = Settings(leads=LeadSettings(capacity_per_department=capacity))
    hits = a_hits(r=[True] * len(departments))
    return build_leads(lead_inputs(a_table(rows), hits, [a_rule("r")]), settings)


def test_each_department_keeps_its_capacity_and_the_cut_is_counted():
    built = town(2)
    assert [lead.department_code for lead in built.leads] == ["d1", "d1", "d2"]
    loads = {load.department_code: (load.issued, load.cut) for load in built.counts.loads}
    assert loads == {"d1": (2, 1), "d2": (1, 0)}
    assert built.counts.conservation.cut == 1
    assert built.counts.conservation.holds


def test_equal_scores_are_ordered_by_uscc():
    built = town(10)
    codes = [lead.uscc for lead in built.leads]
    assert codes == sorted(a_uscc(n) for n in range(4))
    assert [lead.rank for lead in built.leads] == [1, 2, 3, 4]


def test_a_department_may_have_its_own_capacity():
    settings = Settings(leads=LeadSettings(capacity_per_department=1, capacity={"d1": 3}))
    rows = [{"department_code": "d1"} for _ in range(4)]
    built = build_leads(lead_inputs(a_table(rows), a_hits(r=[True] * 4), [a_rule("r")]), settings)
    assert len(built.leads) == 3


def candidates(*rows):
    return pl.DataFrame(rows, schema=["department_code", "region"], orient="row")


DEPARTMENTS = pl.DataFrame(
    [
        ("s1", "文新所", "330106", "town"),
        ("c1", "西湖区局", "330106", "county"),
        ("h1", "杭州市局", "330100", "city"),
    ],
    schema=["department_code", "name", "region", "level"],
    orient="row",
)


def test_the_department_of_the_register_comes_first_then_the_regions_then_the_citys():
    found = dispatch(
        candidates(("s1", "330106"), ("gone", "330106"), (None, "330109"), (None, "110101")),
        DEPARTMENTS,
    )
    assert found["department_code"].to_list() == ["s1", "c1", "h1", ""]
    assert found["department_name"].to_list() == ["文新所", "西湖区局", "杭州市局", ""]


def test_without_a_list_of_departments_the_registers_own_code_stands():
    found = dispatch(candidates(("s9", "330106"), (None, None)), None)
    assert found["department_code"].to_list() == ["s9", ""]


def test_a_lead_without_department_is_flagged_and_counted_not_lost():
    rows = [{"department_code": None, "region": None}]
    inputs = lead_inputs(a_table(rows), a_hits(r=[True]), [a_rule("r")], departments=DEPARTMENTS)
    built = build_leads(inputs, Settings())
    assert built.leads[0].department_code == ""
    assert built.counts.undispatched == 1
