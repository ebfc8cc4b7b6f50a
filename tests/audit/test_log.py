"""The log finds a single changed, removed, added or swapped entry."""

from dataclasses import replace
from datetime import date

import pytest

from riskwarn.audit.log import canonical_json, head_with, log_leaf, verify_log


def a_log(count):
    return [log_leaf("scan", {"as_of": date(2026, 1, 1), "number": n}) for n in range(count)]


def heads_of(log, *sizes):
    return [head_with(log[:size], []) for size in sizes]


def codes(problems):
    return [problem.code for problem in problems]


def test_an_untouched_log_verifies_against_all_its_heads():
    log = a_log(9)
    assert verify_log(log, heads_of(log, 0, 1, 4, 9)) == []


def test_a_head_follows_from_what_is_stored_and_what_is_added():
    log = a_log(5)
    assert head_with(log[:3], log[3:]) == head_with(log, [])


@pytest.mark.parametrize("place", range(6))
def test_a_changed_entry_is_found_wherever_it_stands(place):
    log = a_log(6)
    heads = heads_of(log, 6)
    log[place] = replace(log[place], payload=log[place].payload.replace("2026", "2025"))
    assert codes(verify_log(log, heads)) == ["A101"]


@pytest.mark.parametrize("place", range(6))
def test_an_entry_rewritten_with_its_own_right_hash_breaks_the_head(place):
    log = a_log(6)
    heads = heads_of(log, 6)
    log[place] = log_leaf("scan", {"forged": place})
    assert codes(verify_log(log, heads)) == ["A102"]


def test_a_removed_end_and_a_swap_are_found():
    log = a_log(6)
    heads = heads_of(log, 3, 6)
    assert codes(verify_log(log[:5], heads)) == ["A103"]
    swapped = [log[1], log[0], *log[2:]]
    assert codes(verify_log(swapped, heads)) == ["A102", "A102"]


def test_a_log_rewritten_whole_is_found_by_a_head_kept_elsewhere():
    kept = heads_of(a_log(6), 6)
    forged = [log_leaf("scan", {"number": -n}) for n in range(6)]
    assert verify_log(forged, heads_of(forged, 6)) == []
    assert codes(verify_log(forged, heads_of(forged, 6), kept)) == ["A102"]


def test_canonical_json_has_one_form_and_no_floats():
    assert (
        canonical_json({"b": [1, None], "a": date(2026, 1, 2)}) == '{"a":"2026-01-02","b":[1,null]}'
    )
    assert canonical_json({"名": "甲"}) == '{"名":"甲"}'
    with pytest.raises(TypeError):
        canonical_json({"share": 0.1})
