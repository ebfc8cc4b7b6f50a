import statistics

import numpy as np
import polars as pl
import pytest
import xgboost

from riskwarn.errors import VerificationError
from riskwarn.model.matrix import to_matrix
from riskwarn.model.peers import section_of
from riskwarn.model.reasons import give_reasons
from tests.model.made import a_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return a_model(tmp_path_factory.mktemp("reasons"))


def test_contributions_of_all_columns_and_the_bias_add_up_to_the_margin(made):
    table = pl.read_parquet(made.table)
    matrix = to_matrix(table, made.trained.columns)
    data = xgboost.DMatrix(matrix, missing=np.nan)
    whole = made.trained.booster.predict(data, pred_contribs=True)
    bias = whole[:, -1]
    ents = [0, 7, 499]
    found = give_reasons(made.folder, made.table, ents)
    margins = made.trained.booster.predict(data, output_margin=True)
    for ent in ents:
        shown = sum(reason.contribution for reason in found[ent])
        # four sources only, so nothing but what is too weak to show is left out
        assert shown + bias[ent] == pytest.approx(margins[ent], abs=0.08)


def test_levels_of_a_category_are_one_reason_with_its_delivered_value(made):
    found = give_reasons(made.folder, made.table, range(40))
    table = pl.read_parquet(made.table)
    trades = [r for reasons in found.values() for r in reasons if r.feature == "industry"]
    assert trades
    for ent, reasons in found.items():
        names = [reason.feature for reason in reasons]
        assert len(set(names)) == len(names) <= 4
        for reason in reasons:
            if reason.feature == "industry":
                assert reason.value == table["industry"][ent]


def test_reasons_are_ordered_by_strength_and_carry_title_unit_and_value(made):
    (reasons,) = give_reasons(made.folder, made.table, [12]).values()
    strengths = [abs(reason.contribution) for reason in reasons]
    assert strengths == sorted(strengths, reverse=True)
    by_name = {reason.feature: reason for reason in reasons}
    complaints = by_name["complaints_365d"]
    assert (complaints.title, complaints.unit) == ("一年内投诉", "件")
    assert complaints.value == pl.read_parquet(made.table)["complaints_365d"][12]


def test_the_peer_median_is_that_of_the_same_section_of_industry(made):
    table = pl.read_parquet(made.table)
    sections = {"5137": "F", "5227": "F", "6210": "H", "1392": "C", "8030": "O"}
    found = give_reasons(made.folder, made.table, range(20))
    for ent, reasons in found.items():
        mine = sections[table["industry"][ent]]
        peers = table.filter(pl.col("industry").replace_strict(sections) == mine)
        for reason in reasons:
            if reason.feature == "days_since_check":
                known = peers["days_since_check"].drop_nulls().to_list()
                assert reason.peer_median == statistics.median(known)
                assert reason.peers == len(known)


def test_sections_follow_the_division_and_unknown_industry_has_everyone_as_peer():
    assert [section_of(code) for code in ("5227", "62", "H", "", None, "0000")] == [
        "F",
        "H",
        "H",
        "",
        "",
        "",
    ]


def test_headings_sum_their_features_before_ranking(made):
    plain = give_reasons(made.folder, made.table, [5])[5]
    groups = {"complaints_365d": "投诉与名录", "listed": "投诉与名录"}
    grouped = give_reasons(made.folder, made.table, [5], groups)[5]
    single = {reason.feature: reason.contribution for reason in plain}
    both = {reason.feature: reason.contribution for reason in grouped}
    lead = max(("complaints_365d", "listed"), key=lambda name: abs(single[name]))
    other = "listed" if lead == "complaints_365d" else "complaints_365d"
    assert other not in both
    assert both[lead] == pytest.approx(single[lead] + single[other])


def test_no_leads_need_no_child_and_strangers_are_refused(made):
    assert give_reasons(made.folder, made.table, []) == {}
    with pytest.raises(VerificationError, match="M142"):
        give_reasons(made.folder, made.table, [10_000])
