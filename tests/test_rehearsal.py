"""Rules tried on past days of a made-up county: as known then, repeatable, without side effects."""

import json
import shutil
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.rule import app
from riskwarn.county.generate import make_county
from riskwarn.errors import NothingToDoError
from riskwarn.founding import found_workspace
from riskwarn.importing import import_files
from riskwarn.rehearsal import backtest, compare_packs, look_at_days, overlaps, past_table
from riskwarn.rules.pack import load_packs, pack_features
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

LAST = date(2025, 12, 1)
PAST = date(2025, 3, 1)


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    root = tmp_path_factory.mktemp("try") / "ws"
    found_workspace(root)
    make_county(root, 400, 3, as_of=LAST)
    _import(root)
    return Workspace.open(root)


def _import(root):
    import_files(Workspace.open(root), [root / "inbox"], delivered_on=LAST)


def run(ws, *words):
    done = CliRunner().invoke(app, [*words, "-w", str(ws.root)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_past_day_knows_nothing_that_came_later(ws, tmp_path):
    """The same store with everything after the day cut out gives the same table."""
    packs = load_packs(ws.rules_dir)
    features = pack_features(packs)
    with Store.open(ws) as store:
        whole = past_table(ws, store, PAST, features).collect()
        for item in store.deliveries():
            path = store.folder / item.segment
            frame = pl.read_parquet(path)
            assert frame["known_on"].max() is not None
        cut = tmp_path / "cut"
        shutil.copytree(ws.root, cut)
        for path in (cut / "store" / "segments").rglob("*.parquet"):
            frame = pl.read_parquet(path).filter(pl.col("known_on") <= PAST)
            frame.write_parquet(path)
        shutil.rmtree(cut / "store" / "rehearsal")
        other = Workspace.open(cut)
        with Store.open(other) as store_2:
            again = past_table(other, store_2, PAST, features).collect()
    assert whole.equals(again)
    assert whole.height < 400  # some were founded later


def test_a_backtest_repeats_itself_and_leaves_no_lead(ws):
    packs = load_packs(ws.rules_dir)
    first = backtest(ws, packs, [PAST], 180)
    shutil.rmtree(ws.store_dir / "rehearsal")
    assert backtest(ws, packs, [PAST], 180) == first
    with Store.open(ws) as store:
        assert store.runs() == []
        assert store.log_leaves() == []
    assert not list((ws.store_dir / "rehearsal").glob(".work-*"))
    assert not list(ws.store_dir.glob(".labels-*"))
    hit = sum(one.hit for one in first.tried)
    assert hit > 0
    assert first.tried[0].base_rate.n > 0


def test_outcomes_known_too_late_do_not_count(ws):
    packs = load_packs(ws.rules_dir)
    early = backtest(ws, packs, [PAST], 180, known_by=PAST)
    assert not any(one.labelled for one in early.tried)
    assert early.short == (PAST,)


def test_a_day_before_everything_has_nothing_to_try(ws):
    with pytest.raises(NothingToDoError):
        backtest(ws, load_packs(ws.rules_dir), [date(1970, 1, 1)], 30)


def test_equal_packs_change_no_list_and_a_lost_rule_only_lets_leave(ws, tmp_path):
    packs = load_packs(ws.rules_dir)
    assert all(one.same for one in compare_packs(ws, packs, packs, PAST).rules)
    fewer = tmp_path / "rules"
    shutil.copytree(ws.rules_dir, fewer)
    counts = look_at_days(ws, packs, [PAST])[0].counts
    live = {one.id: [r.id for r in one.rules if r.id in counts] for one in packs}
    lost = max(packs, key=lambda one: max((counts[name][0] for name in live[one.id]), default=0))
    (fewer / lost.file.removeprefix("rules/")).unlink()
    change = compare_packs(ws, packs, load_packs(fewer), PAST)
    assert change.left
    assert not change.entered
    removed = {one.rule for one in change.rules if one.fate == "removed"}
    assert removed <= {rule.id for rule in lost.rules}


def test_overlap_and_days_count_what_the_rules_said(ws):
    packs = load_packs(ws.rules_dir)
    found = overlaps(ws, packs, PAST)
    day = look_at_days(ws, packs, [PAST])[0]
    for pair in found.pairs:
        assert pair.both <= min(pair.left_hit, pair.right_hit)
        if pair.left in day.counts:
            assert pair.left_hit == day.counts[pair.left][0]
    assert all(sum(counts) == day.enterprises for counts in day.counts.values())


def test_the_commands_say_it_in_words_and_in_json(ws):
    day = PAST.isoformat()
    assert "问题率（随机抽查，按抽中概率加权）" in run(ws, "backtest", "--on", day)
    said = json.loads(run(ws, "backtest", "--on", day, "--rule", "food.licence.expired", "--json"))
    (one,) = said["tried"]
    assert one["rule"] == "food.licence.expired"
    assert one["hit"] + one["clear"] + one["unknown"] == one["enterprises"]
    blind = run(ws, "backtest", "--on", day, "--known-by", day)
    assert "没有检查结论，准确率无从得知" in blind
    assert "%（" not in blind.replace("户（", "")
    rules = str(ws.rules_dir)
    assert "进入 0 户" in run(ws, "diff", rules, rules, "--as-of", day)
    assert "pairs" in json.loads(run(ws, "overlap", "--as-of", day, "--json"))
    steps = json.loads(
        run(ws, "sweep", "food_setup_days", "--values", "0,30", "--as-of", day, "--json")
    )
    assert [step["value"] for step in steps if step["current"]] == ["90"]
    assert all(
        {"kind", "what", "why"} == set(c)
        for c in json.loads(run(ws, "hygiene", "--on", day, "--json"))
    )
