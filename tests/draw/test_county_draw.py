"""The whole way on a generated county: register → freeze → draw → verify → results back."""

import json
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn import double_random, results_back
from riskwarn.audit.log import verify_log
from riskwarn.commands.draw import app as draw_app
from riskwarn.commands.results import app as results_app
from riskwarn.county.generate import make_county
from riskwarn.double_random.demo import DEMO_VALUES
from riskwarn.draw.verify import verify
from riskwarn.errors import InputRejectedError, NothingToDoError
from riskwarn.founding import found_workspace
from riskwarn.importing import import_deliveries
from riskwarn.records.draw import Directory
from riskwarn.records.ledger import RunCommit
from riskwarn.results_back.follow_ups import follow_ups_as_of
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

AS_OF = date(2025, 12, 1)
DRAW = "SLX-2025-4"


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Workspace:
    """300 enterprises with classes of every kind, the demo draw done."""
    root = tmp_path_factory.mktemp("county") / "ws"
    ws = found_workspace(root)
    make_county(root / "made", 300, 1)
    with Store.open(ws) as store:
        import_deliveries(ws, store, [root / "made" / "inbox"], delivered_on=AS_OF)
        with double_random.open_snapshot(ws, store, AS_OF) as snapshot:
            codes = snapshot.scan("enterprise").select("uscc").collect()["uscc"].to_list()
        classes = ["A"] * 6 + ["B"] * 3 + ["C", "D"]
        given = [classes[n % len(classes)] for n in range(len(codes))]
        frame = pl.DataFrame({"uscc": codes, "risk_class": given, "points": [0] * len(codes)})
        store.commit_run(
            RunCommit(run_key="test", kind="scan", as_of=AS_OF, manifest={}, classes=frame)
        )
    return ws


@pytest.fixture(scope="module")
def drawn(county) -> double_random.PublishedDraw:
    return double_random.run_demo_draw(county, AS_OF)


def test_the_demo_draw_verifies_against_its_own_notice(county, drawn):
    notice = (drawn.folder / "冻结公告.txt").read_text("utf-8")
    root = next(line for line in notice.splitlines() if "根哈希" in line).split("：")[1]
    assert verify(drawn.bundle, root)["ok"]
    assert verify(drawn.archive, root)["ok"]
    assert drawn.drawn > 5
    assert "示例值" in (drawn.folder / "抽查结果公示.txt").read_text("utf-8")


def test_every_step_is_a_leaf_of_the_workspace_s_log(county, drawn):
    with Store.open(county) as store:
        leaves, heads = store.log_leaves(), store.tree_heads()
    kinds = [json.loads(leaf.payload)["kind"] for leaf in leaves if leaf.kind == "draw"]
    assert kinds[:4] == ["freeze", "seed", "draw", "publish"]
    assert not verify_log(leaves, heads)


def test_the_bundle_tells_no_name_and_no_key(county, drawn):
    held = double_random.read_directory(county, DRAW)
    names = {code: name for code, (name, _) in held.enterprises.items()}
    text = b"".join(path.read_bytes() for path in sorted(drawn.bundle.glob("*.txt"))).decode()
    assert not [name for name in names.values() if name and len(name) > 3 and name in text]
    assert not (drawn.bundle / "salt.key").exists()


def test_a_second_freeze_is_refused_and_a_void_record_opens_the_way(county, drawn, tmp_path):
    shipped = (county.root / "plan.yaml").read_text("utf-8").replace("2025-12-0", "2025-12-2")
    again, other = tmp_path / "again.yaml", tmp_path / "other.yaml"
    again.write_text(shipped, "utf-8")
    other.write_text(shipped.replace("batch: 4", "batch: 5"), "utf-8")
    with pytest.raises(InputRejectedError, match="D172"):
        double_random.freeze(county, again, date(2025, 12, 4), b"k" * 16)
    first = double_random.freeze(county, other, date(2025, 12, 5), b"k" * 16)
    double_random.void(county, first.draw_id, date(2025, 12, 5), "名录缺企业", "张三", "李四")
    told = (county.out_dir / "draw" / first.draw_id / "作废公告.txt").read_text("utf-8")
    assert first.root in told
    with pytest.raises(NothingToDoError, match="D191"):
        double_random.run(county, first.draw_id, DEMO_VALUES, {}, date(2025, 12, 24))
    second = double_random.freeze(county, other, date(2025, 12, 8), b"k" * 16)
    assert (first.attempt, second.attempt) == (1, 2)
    with pytest.raises(InputRejectedError, match="D154"):
        double_random.run(county, first.draw_id, DEMO_VALUES, {}, date(2025, 12, 23))
    done = double_random.run(county, first.draw_id, DEMO_VALUES, {}, date(2025, 12, 24))
    assert verify(done.bundle, second.root)["ok"]
    told = json.loads((done.bundle / "freeze.json").read_text("utf-8"))
    with Store.open(county) as store:  # the log as it stood: no freeze in secret
        heads = {(head.size, head.root) for head in store.tree_heads()}
    assert (told["log"]["size"], told["log"]["root"]) in heads
    assert told["log"]["size"] >= 6  # the first draw's four steps, a freeze and its void record
    assert "第 1 次冻结已于 2025-12-05 作废（经办 张三，复核 李四）：名录缺企业" in (
        done.bundle / "notice.txt"
    ).read_text("utf-8")
    with Store.open(county) as store:  # whoever was drawn on 4 December is not drawn for it again
        earlier = {
            (t["items"], t["uscc"]) for t in kept.targets_of(store, DRAW) if not t["reserve"]
        }
        later = {(t["items"], t["uscc"]) for t in kept.targets_of(store, first.draw_id)}
    assert not earlier & later


def fill(path: Path, to: Path, day: str = "2025-12-15", word: str = "未发现问题") -> Path:
    """Fill in every check of a work list as an officer would."""
    book = openpyxl.load_workbook(path)
    sheet = book["检查清单"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, at["检查日期"]).value = day
        sheet.cell(row, at["检查结果1"]).value = word
    book.save(to)
    return to


def stored(ws: Workspace) -> list[dict]:
    with Store.open(ws) as store:
        return kept.results_of(store, DRAW)


def test_results_come_back_whole_or_not_at_all(county, drawn, tmp_path):
    lists = results_back.write_work_lists(county, DRAW, double_random.read_directory(county, DRAW))
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in lists)
    book = openpyxl.load_workbook(lists[0])
    rules = [str(rule.sqref) for rule in book["检查清单"].data_validations.dataValidation]
    assert len(rules) == 3  # a drop-down for each of the three codes
    on = date(2025, 12, 20)

    late = results_back.due_list(county, DRAW, date(2026, 1, 10))["late"]  # 27 days are over
    assert len(late) == drawn.drawn
    assert results_back.due_list(county, DRAW, on)["late"] == []

    bad = fill(lists[0], tmp_path / "bad.xlsx")
    book = openpyxl.load_workbook(bad)
    sheet = book["检查清单"]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["检查结果1"]).value = "未发现问題"
    sheet.cell(2, at["检查日期"]).value = "2025-13-01"
    book.save(bad)
    with pytest.raises(results_back.ReturnedFileError) as caught:
        results_back.import_results(county, DRAW, bad, on)
    assert {p.code for p in caught.value.problems} == {"R103", "R104"}
    assert caught.value.exit_code == 4
    assert stored(county) == []  # not even the good rows
    marked = openpyxl.load_workbook(caught.value.marked)["检查清单"]
    notes = {cell.comment.text for row in marked for cell in row if cell.comment}
    assert len(notes) == 2
    assert any("是否想写：未发现问题" in note for note in notes)

    good = fill(lists[0], tmp_path / "good.xlsx", word="通过登记的住所（经营场所）无法联系")
    done = results_back.import_results(county, DRAW, good, on)
    assert done.stored == len(stored(county)) > 0
    assert dict(done.follow_ups) == {"abnormal_listing": done.stored}
    with Store.open(county) as store:  # 10 working days after Monday 15 December: 29 December
        follows = follow_ups_as_of(store, DRAW, on)
        assert {row["due_on"] for row in follows} == {"2025-12-29"}
    again = results_back.import_results(county, DRAW, good, on)
    assert again.stored == 0
    changed = fill(lists[0], tmp_path / "changed.xlsx")
    with pytest.raises(results_back.ReturnedFileError, match="R108"):
        results_back.import_results(county, DRAW, changed, on)

    for number, path in enumerate(lists[1:]):
        filled = fill(path, tmp_path / f"{number}.xlsx")
        last = results_back.import_results(county, DRAW, filled, on)
    assert last.left_open == 0
    due = results_back.due_list(county, DRAW, on)
    assert due["late"] == []
    # 20 working days after Monday 15 December 2025, New Year's Day and 2 January off, 4 January on
    assert {row["by"] for row in due["publish"]} == {"2026-01-13"}
    (data,) = [d for d in results_back.draw_data(county, on) if d.draw_id == DRAW]
    assert sum(row.checked for row in data.strata) == drawn.drawn
    assert results_back.draw_data(county, date(2025, 12, 19))[0].strata[0].checked == 0


def test_a_file_of_another_draw_is_refused(county, drawn, tmp_path):
    lists = results_back.write_work_lists(county, DRAW, Directory())
    book = openpyxl.load_workbook(lists[0])
    sheet = book["检查清单"]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["校验码"]).value = "0" * 20
    book.save(tmp_path / "forged.xlsx")
    with pytest.raises(results_back.ReturnedFileError, match="R101"):
        results_back.import_results(county, DRAW, tmp_path / "forged.xlsx", date(2025, 12, 20))


def test_the_commands_answer_in_json_with_the_right_exit_codes(county, drawn, tmp_path):
    runner = CliRunner()
    done = runner.invoke(draw_app, ["verify", str(drawn.bundle), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["ok"] is True
    wrong = runner.invoke(draw_app, ["verify", str(drawn.bundle), "--json", "--root", "00" * 32])
    assert wrong.exit_code == 5
    assert {"ok", "failed_step", "reason"} <= set(json.loads(wrong.stdout))
    at = ["--workspace", str(county.root), "--json"]
    shown = runner.invoke(results_app, ["estimate", "--on", "2025-12-02", *at])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["estimates"] == []  # nothing was published by that day
    plan = county.root / "plan.yaml"
    checked = runner.invoke(draw_app, ["plan", str(plan), "--on", "2025-12-02", *at])
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["ok"] is True


def test_the_same_workspace_gives_the_same_bundle(county, drawn, tmp_path):
    first = {path.name: path.read_bytes() for path in sorted(drawn.bundle.iterdir())}
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(county.root, copy, ignore=shutil.ignore_patterns("riskwarn.sqlite*", "out"))
    other = Workspace.open(copy)
    source, target = Store.open(county), Store.open(other)
    with source, target:
        for table in ("deliveries", "arrivals", "runs", "class_files"):
            rows = source.db.execute(f"select * from {table}").fetchall()
            marks = ",".join("?" * len(rows[0]))
            target.db.executemany(f"insert into {table} values ({marks})", rows)
    again = double_random.run_demo_draw(other, AS_OF)
    assert {path.name: path.read_bytes() for path in sorted(again.bundle.iterdir())} == first
