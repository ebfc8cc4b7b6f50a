"""The packs that ship: sound, cited from law in force, tried, and their examples bite."""

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.law.book import LawBook
from riskwarn.law.items import load_items
from riskwarn.law.status import check_clause
from riskwarn.records.rules import AllOf, AnyOf, Compare, Not
from riskwarn.rules.check import check_folder
from riskwarn.rules.explain import outcome_of
from riskwarn.rules.pack import pack_features, read_packs
from riskwarn.rules.run import evaluate
from riskwarn.rules.subsume import impossible, subsumed
from riskwarn.rules.try_ import run_tests, with_lists
from riskwarn.rules.worlds import world_table
from tests.engines import EVERY_ENGINE
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


def test_there_are_sixty_rules_and_more_in_twelve_domains_and_more():
    packs = shipped()
    assert {"cn.food", "cn.equipment", "cn.advertising_price"} <= {pack.id for pack in packs}
    assert {"cn.registration", "cn.shell_cluster"} <= {pack.id for pack in packs}
    assert len({pack.id for pack in packs}) == len(packs) >= 20
    assert len(all_rules()) >= 110


def test_no_rule_restates_the_condition_of_another():
    said = defaultdict(list)
    for rule in all_rules():
        names = frozenset(rule.inputs) - {"status"}
        said[names, repr(_shape(rule.when))].append(rule.id)
    assert [ids for ids in said.values() if len(ids) > 1] == []


def test_no_rule_contains_another_and_none_is_impossible():
    assert subsumed(all_rules(), ON) == []
    assert [rule.id for rule in all_rules() if impossible(rule, ON)] == []


def _shape(node):
    """Give a condition without its numbers: what is compared with what, and how."""
    if isinstance(node, Compare):
        return (node.input.name, node.op)
    if isinstance(node, AllOf | AnyOf):
        return (type(node).__name__, [_shape(child) for child in node.children])
    return (type(node).__name__, _shape(node.child) if isinstance(node, Not) else repr(node))


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


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_every_inline_test_passes(engine):
    packs = shipped()
    results = run_tests(packs, [engine])
    assert [r for r in results if not r.passed] == []
    assert len(results) == sum(len(rule.tests) for rule in all_rules())


def test_every_rule_has_examples_of_each_outcome():
    for rule in all_rules():
        assert len(rule.tests) >= 4, rule.id
        assert {test.expect for test in rule.tests} == {"hit", "clear", "unknown"}, rule.id


def survivors(packs=None):
    """Give how many mutants there are, and those that no inline test notices."""
    packs = packs or shipped()
    home = {rule.id: pack for pack in packs for rule in pack.rules}
    cases = defaultdict(list)
    for rule in (rule for pack in packs for rule in pack.rules):
        for test in rule.tests:
            cases[test.missing].append((rule, test))
    noticed, names = set(), {}
    with open_engine("polars") as engine:
        for group in cases.values():
            needed = pack_features({home[rule.id].id: home[rule.id] for rule, _ in group}.values())
            table = world_table([test for _, test in group], needed, engine.lift, engine.lower)
            alike = defaultdict(list)  # examples that see the same mutants on the same day
            for ent, (rule, test) in enumerate(group):
                alike[rule.id, test.as_of, repr(test.lists)].append((ent, rule, test))
            for same in alike.values():
                _, rule, test = same[0]
                made = list(mutants(with_lists(rule, test)))
                names |= {mutant.id: f"{rule.id}: {what}" for what, mutant in made}
                expected = {ent: test.expect for ent, _, test in same}
                seen = table.filter(pl.col("ent").is_in(list(expected)))
                seen = seen.select("ent", *{"region", *rule.inputs})
                found = evaluate([m for _, m in made], seen.lazy(), test.as_of).collect()
                noticed |= {
                    m.id
                    for row in found.to_dicts()
                    for _, m in made
                    if outcome_of(row[m.id]) != expected[row["ent"]]
                }
    return len(names), sorted(text for key, text in names.items() if key not in noticed)


def test_the_examples_notice_nine_of_ten_small_wrongs():
    count, alive = survivors()
    assert count > 300
    assert len(alive) <= count // 10, "\n".join(alive)
