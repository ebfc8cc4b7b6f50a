"""Classes of a made-up county: frozen once a month, in the log, used by draw and night."""

import hashlib
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from riskwarn.audit.log import verify_log
from riskwarn.classifying import classify
from riskwarn.commands.classify import classify as command
from riskwarn.county.generate import make_county
from riskwarn.errors import UsageError
from riskwarn.founding import found_workspace
from riskwarn.health import look
from riskwarn.importing import import_files
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

LAST = date(2025, 12, 1)
MONTH_BEFORE = date(2025, 11, 3)


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    root = tmp_path_factory.mktemp("classes") / "ws"
    found_workspace(root)
    make_county(root, 300, 5, as_of=LAST)
    import_files(Workspace.open(root), [root / "inbox"], delivered_on=LAST)
    return Workspace.open(root)


@pytest.fixture(scope="module")
def months(ws):
    """November looked at, then frozen, then December: in this order, once."""
    looked = classify(ws, MONTH_BEFORE, freeze=False)
    with Store.open(ws) as store:
        assert store.frozen_classes(LAST) is None
        assert store.log_leaves() == []
    return looked, classify(ws, MONTH_BEFORE), classify(ws, LAST)


def test_looking_freezes_nothing_and_gives_the_same(ws, months):
    looked, november, _ = months
    assert (looked.frozen, november.frozen) == (False, True)
    assert looked.sha256 == november.sha256
    assert sum(november.counts.values()) > 250


def test_the_frozen_classes_are_in_the_log_by_their_hash(ws, months):
    *_, december = months
    raw = (december.folder / "classes.csv").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == december.sha256
    with Store.open(ws) as store:
        leaves = store.log_leaves()
        assert verify_log(leaves, store.tree_heads()) == []
        payload = json.loads(leaves[1].payload)
        given = store.classes_until(LAST)
    assert [leaf.kind for leaf in leaves[:2]] == ["classify", "classify"]
    assert payload["classes"] == december.sha256
    assert payload["counts"] == {key or "none": n for key, n in december.counts.items()}
    kept = pl.read_csv(december.folder / "classes.csv").select("uscc", "risk_class", "points")
    assert given.equals(kept)


def test_the_draw_takes_the_newest_frozen_classes_whatever_came_later(ws, months):
    with Store.open(ws) as store:
        november = store.classes_until(date(2025, 11, 30))
        december = store.classes_until(date(2026, 1, 31))
        day, frozen = store.frozen_classes(date(2026, 1, 31))
    assert day == LAST
    assert december.equals(frozen)
    assert not november.equals(december)


def test_movement_is_against_the_month_before(months):
    _, november, december = months
    assert november.previous_on is None
    assert december.previous_on == MONTH_BEFORE
    assert sum(december.moved.values()) == sum(december.counts.values())
    table = pl.read_csv(december.folder / "classes.csv")
    stayed = int((table["risk_class"] == table["previous_class"]).sum())
    assert stayed == sum(n for (was, now), n in december.moved.items() if was == now and was)
    outcomes = december.outcomes
    assert sum(one.checked for one in outcomes) > 0
    assert all(one.problems <= one.checked for one in outcomes)


def test_a_second_freeze_of_the_month_is_only_a_look_unless_a_reason_is_given(ws, months):
    *_, december = months
    again = classify(ws, LAST)
    assert not again.frozen
    assert again.sha256 == december.sha256
    later = classify(ws, date(2025, 12, 20))
    assert not later.frozen
    assert later.frozen_on == LAST
    card = ws.rules_dir / "scorecards" / "general.yaml"
    card.write_text(card.read_text("utf-8").replace("version: 1.0.0", "version: 1.0.1"), "utf-8")
    with pytest.raises(UsageError, match="已冻结"):
        classify(ws, LAST)
    replaced = classify(ws, LAST, replace="评分卡更正")
    assert replaced.frozen
    with Store.open(ws) as store:
        payload = json.loads(store.log_leaves()[-1].payload)
        assert store.sweep()  # the file that was replaced
        assert store.classes_until(LAST).height == sum(replaced.counts.values())
    assert payload["reason"] == "评分卡更正"
    assert payload["replaces"] == LAST.isoformat()


def test_every_class_is_told_with_its_reasons(ws, months):
    *_, december = months
    table = pl.read_csv(december.folder / "classes.csv")
    points = pl.read_parquet(december.folder / "points.parquet")
    assert points["uscc"].to_list() == table["uscc"].to_list()
    weighty = table.filter(pl.col("points") > 0)
    assert (weighty["decided"] != "").all()
    assert table.filter(pl.col("risk_class").is_in(["B", "C"]))["decided"].null_count() == 0


def test_a_night_takes_its_classes_from_the_card(ws, months):
    from riskwarn.nightly import scan

    text = (ws.root / "riskwarn.yaml").read_text("utf-8") + "scorecard: general\n"
    (ws.root / "riskwarn.yaml").write_text(text, encoding="utf-8")
    other = Workspace.open(ws.root)
    scan(other, date(2025, 10, 1), lambda *_: None)
    looked = classify(other, date(2025, 10, 1), freeze=False)
    with Store.open(other) as store:
        night = store.classes_until(date(2025, 10, 2))  # before any frozen classes
    kept = pl.read_csv(looked.folder / "classes.csv").select("uscc", "risk_class", "points")
    assert night.sort("uscc").equals(kept)


def test_the_command_says_what_it_rests_on(ws, months):
    app = typer.Typer()
    app.command()(command)
    words = ["--as-of", "2025-12-21", "-w", str(ws.root)]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "项的分值不是官方标准" in done.stdout
    assert f"本月的分类已于 {LAST} 冻结" in done.stdout
    said = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert said["official_indicators"] == 0
    assert sum(said["counts"].values()) == 300
    report = (months[2].folder / "分类情况.md").read_text("utf-8")
    assert report.splitlines()[0] == f"# {months[2].card.title}"
    for name, count in months[2].counts.items():
        assert f"| {name} 类 | {count:,} |" in report or not name
    assert "| 类别 | 双随机检查 | 发现问题 | 问题发现率（95% 区间） |" in report


def test_doctor_warns_when_the_frozen_classes_are_old(ws, months, tmp_path):
    def told(day: date) -> tuple[str, bool]:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return next((f.found, f.good) for f in look(ws.root, now) if f.what == "风险分类")

    assert told(date(2025, 12, 31)) == (f"最近一次冻结于 {LAST}", True)
    assert told(date(2026, 1, 31)) == (f"最近一次冻结于 {LAST}，本月尚未冻结", True)
    old, good = told(date(2026, 2, 1))
    assert "已隔 2 个月" in old
    assert not good
    assert not [f for f in look(tmp_path, datetime.now(UTC)) if f.what == "风险分类"]
