"""The packs that ship: sound, cited from law in force, tried, and their examples bite."""

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.items import load_items
from riskwarn.law.status import check_clause
from riskwarn.rules.check import check_folder
from riskwarn.rules.engines import installed_engines, open_engine
from riskwarn.rules.explain import outcome_of
from riskwarn.rules.pack import pack_features, read_packs
from riskwarn.rules.run import evaluate
from riskwarn.rules.try_ import run_tests, with_lists
from riskwarn.rules.worlds import world_table
from tests.rules.mutants import mutants

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
ON = date(2026, 6, 30)


@cache
def shipped():
    packs, _, problems = read_packs(RULES)
    assert not problems, "\n".join(map(str, problems))
    return packs


def all_rules():
    return [rule for pack in shipped() for rule in pack.rules]


def test_there_are_fifteen_rules_in_five_packs():
    packs = shipped()
    assert {"cn.food", "cn.equipment", "cn.advertising_price"} <= {pack.id for pack in packs}
    assert {"cn.registration", "cn.shell_cluster"} <= {pack.id for pack in packs}
    assert len(all_rules()) >= 15


@pytest.mark.parametrize("on", [ON, date(2026, 11, 22)], ids=str)
def test_the_lint_finds_nothing_and_every_clause_is_in_force(on):
    book = LawBook.open(ROOT / "legal_clauses" / "laws")
    items = {item.code for item in load_items(ROOT / "legal_clauses" / "items")}
    problems = check_folder(RULES, on, lambda text, day: check_clause(book, text, day), items)
    assert [str(problem) for problem in problems] == []


def test_a_clause_that_is_gone_turns_the_rule_red(tmp_path):
    book = LawBook.open(ROOT / "legal_clauses" / "laws")
    text = (RULES / "food.yaml").read_text(encoding="utf-8")
    wrong = text.replace("《食品安全法》第一百三十四条", "《食品安全法》第九百三十四条")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "food.yaml").write_text(wrong, encoding="utf-8")
    (folder / "features.yaml").write_bytes((RULES / "features.yaml").read_bytes())
    problems = check_folder(folder, ON, lambda text, day: check_clause(book, text, day))
    lines = [n for n, line in enumerate(wrong.splitlines(), 1) if "第九百三十四条" in line]
    assert [p.place.line for p in problems if p.severity == "error"] == lines


@pytest.mark.parametrize("engine", installed_engines())
def test_every_inline_test_passes(engine):
    packs = shipped()
    results = run_tests(packs, [engine])
    assert [r for r in results if not r.passed] == []
    assert len(results) == sum(len(rule.tests) for rule in all_rules())


def test_every_rule_has_examples_of_each_outcome():
    for rule in all_rules():
        assert len(rule.tests) >= 4, rule.id
        assert {test.expect for test in rule.tests} == {"hit", "clear", "unknown"}, rule.id


def survivors():
    """Give how many mutants there are, and those that no inline test notices."""
    packs = shipped()
    needed = pack_features(packs)
    cases = defaultdict(list)
    for rule in all_rules():
        for test in rule.tests:
            cases[test.missing].append((rule, test))
    noticed, names = set(), {}
    with open_engine("polars") as engine:
        for group in cases.values():
            table = world_table([test for _, test in group], needed, engine.lift, engine.lower)
            for ent, (rule, test) in enumerate(group):
                row = table.filter(pl.col("ent") == ent).lazy()
                made = list(mutants(with_lists(rule, test)))
                names |= {mutant.id: f"{rule.id}: {what}" for what, mutant in made}
                found = evaluate([m for _, m in made], row, test.as_of).collect().to_dicts()[0]
                noticed |= {m.id for _, m in made if outcome_of(found[m.id]) != test.expect}
    return len(names), sorted(text for key, text in names.items() if key not in noticed)


def test_the_examples_notice_nine_of_ten_small_wrongs():
    count, alive = survivors()
    assert count > 300
    assert len(alive) <= count // 10, "\n".join(alive)
