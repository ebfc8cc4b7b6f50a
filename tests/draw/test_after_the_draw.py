# ruff: noqa: F811, SIM115
"""Through the command line: draws opened one by one, publication, correction, refusals."""

import json
import shutil

import openpyxl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.draw import app as draw_app
from riskwarn.commands.results import app as results_app
from riskwarn.double_random.demo import DEMO_VALUES
from riskwarn.draw.seed import commit
from riskwarn.errors import RiskwarnError
from riskwarn.store.draw_amends import corrections_of
from riskwarn.store.draws import events_of, results_of
from riskwarn.store.store import Store
from tests.draw.test_county_draw import DRAW, county, drawn, fill  # noqa: F401
from tests.draw.test_verify import node

VALUES = [word for value in DEMO_VALUES for word in ("--seed", value)]
SECRET = "q7f3-secret"
OPEN = "SLX-2025-6"


def call(app, ws, *words, json_out=True):
    at = ["--workspace", str(ws.root), *(["--json"] if json_out else [])]
    return CliRunner().invoke(app, [*map(str, words), *at])


def refused(app, ws, *words) -> list[str]:
    """The problems' codes with which a command refuses."""
    found = call(app, ws, *words)
    assert isinstance(found.exception, RiskwarnError), found.output
    return [problem.code for problem in found.exception.problems]


def a_plan_file(county, drawn, path, *changes):
    text = (county.root / "plan.yaml").read_text("utf-8")
    for old, new in (("batch: 4", "batch: 6"), ("2025-12-0", "2025-12-2"), *changes):
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def unannounced(county, drawn, tmp_path_factory):
    shares = f'  shares:\n    - {{name: 监察组, commitment: "{commit("监察组", SECRET)}"}}\ntasks:'
    plan = a_plan_file(
        county,
        drawn,
        tmp_path_factory.mktemp("plan") / "plan.yaml",
        ("\ntasks:", "\n" + shares),
        ("batch: 6", "batch: 6\nembargo: true"),
    )
    frozen = call(draw_app, county, "freeze", plan, "--on", "2025-12-08")
    assert frozen.exit_code == 0, frozen.exception
    share = ["--share", f"监察组={SECRET}"]
    done = call(draw_app, county, "run", OPEN, "--on", "2025-12-24", *VALUES, *share)
    assert done.exit_code == 0, done.exception
    return county.out_dir / "draw" / OPEN


def test_an_unannounced_draw_publishes_hashes_only_and_opens_leaf_by_leaf(
    county,
    unannounced,
    tmp_path,
):
    public = unannounced / "公开"
    shown = {path.name: path.read_text("utf-8") for path in sorted(public.iterdir())}
    assert set(shown) == {"freeze.json", "result.json", "公示.txt", "verify_opening.py"}
    rows = [line.split("\t") for line in (unannounced / "bundle" / "drawn.txt").open()]
    targets = sorted({row[4] for row in rows if row[2] == "D"})
    seed = json.loads((unannounced / "bundle" / "seed.json").read_text())["seed"]
    officers = (unannounced / "bundle" / "crews.txt").read_text().split("\n")[0].split("\t")[4]
    for text in shown.values():
        assert not [
            secret for secret in (*targets, seed, SECRET, *officers.split(",")) if secret in text
        ]

    first, second = targets[:2]
    assert refused(draw_app, county, "open", OPEN, first, "--on", "2025-12-30") == ["D176"]
    assert refused(draw_app, county, "open", DRAW, first, "--on", "2025-12-30") == ["D174"]
    assert refused(draw_app, county, "open", OPEN, "X", "--on", "2025-12-30") == ["D175"]
    files = json.loads(call(results_app, county, "lists", OPEN).stdout)["files"]
    for number, name in enumerate(files):
        filled = fill(name, tmp_path / f"{number}.xlsx", "2025-12-29")
        done = call(results_app, county, "import", OPEN, filled, "--on", "2025-12-29")
        assert done.exit_code == 0
    opened = [
        json.loads(call(draw_app, county, "open", OPEN, uscc, "--on", "2025-12-30").stdout)["file"]
        for uscc in (first, second, first)
    ]
    assert second not in open(opened[0]).read()
    notice = shown["公示.txt"]
    root, result = (
        next(line for line in notice.splitlines() if name in line).split("：")[1]
        for name in ("冻结根哈希", "结果哈希")
    )
    check = ["verify-opening", opened[0], str(public), "--root", root, "--result", result, "--json"]
    found = CliRunner().invoke(draw_app, check)
    assert (found.exit_code, json.loads(found.stdout)["uscc"]) == (0, first)

    good = json.loads(open(opened[0]).read())
    leaf = good["opening"]["leaf"]
    tampers = [
        {"uscc": second},
        {"opening": {**good["opening"], "leaf": leaf.replace("\\tD\\t", "\\tR\\t")}},
        {"opening": {**good["opening"], "index": good["opening"]["index"] + 1}},
        {"pool": {**good["pool"], "leaf": good["pool"]["leaf"] + "0"}},
        {"opening": json.loads(open(opened[1]).read())["opening"]},
    ]
    for number, change in enumerate(tampers):
        path = tmp_path / f"tampered{number}.json"
        path.write_text(json.dumps(good | change))
        found = CliRunner().invoke(draw_app, ["verify-opening", str(path), str(public), "--json"])
        assert found.exit_code == 5, change
        assert json.loads(found.stdout)["failed_step"] == "opening"
    with Store.open(county) as store:
        said = [json.loads(leaf.payload) for leaf in store.log_leaves() if leaf.kind == "draw"]
    assert [row["uscc"] for row in said if row["kind"] == "open"] == [first, second]


def test_results_are_published_corrected_and_published_again(county, unannounced, tmp_path):
    files = json.loads(call(results_app, county, "lists", DRAW).stdout)["files"]
    filled = fill(files[0], tmp_path / "one.xlsx")
    assert call(results_app, county, "import", DRAW, filled, "--on", "2025-12-20").exit_code == 0
    late = json.loads(call(results_app, county, "due", DRAW, "--on", "2026-03-01").stdout)
    assert all(row["passed"] and row["published_on"] is None for row in late["publish"])
    done = json.loads(call(results_app, county, "publish", DRAW, "--on", "2026-01-05").stdout)
    assert done["published"] == len(late["publish"])
    assert "未发现问题" in open(done["file"], encoding="utf-8").read()
    assert refused(results_app, county, "publish", DRAW, "--on", "2026-01-06") == ["D193"]

    word = "发现问题已责令改正"
    fixed = fill(files[0], tmp_path / "fixed.xlsx", word=word)
    who = ["--reason", "录入有误", "--by", "张三"]
    args = ("correct", DRAW, fixed, "--on", "2026-01-07", *who)
    assert refused(results_app, county, *args, "--second", "张三") == ["R110"]
    again = json.loads(call(results_app, county, *args, "--second", "李四").stdout)
    assert again["corrected"] == done["published"]
    assert again["opened"] == done["published"]  # a recheck of each
    nothing = {"corrected": 0, "withdrawn": 0, "opened": 0}
    assert json.loads(call(results_app, county, *args, "--second", "李四").stdout) == nothing
    with Store.open(county) as store:
        assert {row["codes"] for row in results_of(store, DRAW)} == {"none"}  # the first stay
        assert {row["codes"] for row in corrections_of(store, DRAW)} == {"corrected"}
    due = json.loads(call(results_app, county, "due", DRAW, "--on", "2026-03-01").stdout)
    assert all(row["passed"] for row in due["publish"])
    shown = json.loads(call(results_app, county, "estimate", "--on", "2026-03-01").stdout)
    before = json.loads(call(results_app, county, "estimate", "--on", "2026-01-06").stdout)
    assert sum(row["found"] for row in shown["officers"]) > 0
    assert sum(row["found"] for row in before["officers"]) == 0  # not known on the day before
    keys = {"estimates", "regions", "items", "arms", "classes", "officers", "changes", "burden"}
    assert keys <= set(shown)
    assert {row["label"] for row in shown["arms"]} == {"定向", "不定向"}
    text = call(results_app, county, "estimate", "--on", "2026-03-01", json_out=False).stdout
    assert "【人员宽严】" in text


def test_what_a_corrected_result_no_longer_asks_for_is_withdrawn_logged_and_never_deleted(
    county, drawn, unannounced, tmp_path
):
    name = json.loads(call(results_app, county, "lists", DRAW).stdout)["files"][1]
    word = "通过登记的住所（经营场所）无法联系"
    first = fill(name, tmp_path / "first.xlsx", word=word)
    done = json.loads(call(results_app, county, "import", DRAW, first, "--on", "2025-12-20").stdout)
    count = done["follow_ups"]["abnormal_listing"]

    def states(day):
        found = json.loads(call(results_app, county, "due", DRAW, "--on", day).stdout)
        mine = [row for row in found["follow_ups"] if row["kind"] == "abnormal_listing"]
        return [(row["state"], row["passed"]) for row in mine]

    assert states("2025-12-19") == []
    assert states("2025-12-29") == [("open", False)] * count
    assert states("2025-12-30") == [("open", True)] * count  # due after 10 working days
    who = ["--reason", "实地找到", "--by", "张三", "--second", "李四"]

    def correct(path, day):
        args = ("correct", DRAW, path, "--on", day, *who)
        return json.loads(call(results_app, county, *args).stdout)

    good = fill(name, tmp_path / "good.xlsx")
    changed = {"corrected": count, "withdrawn": count, "opened": 0}
    assert correct(good, "2025-12-31") == changed
    assert states("2026-01-30") == [("withdrawn", False)] * count
    assert states("2025-12-30") == [("open", True)] * count  # as it was known then
    text = call(results_app, county, "due", DRAW, "--on", "2026-01-30", json_out=False).stdout
    assert text.count("（已撤回：实地找到）") == count
    assert correct(first, "2026-01-05") == {"corrected": count, "withdrawn": 0, "opened": count}
    assert states("2026-01-05") == [("reopened", True)] * count
    with Store.open(county) as store:
        kinds = [json.loads(leaf.payload)["kind"] for leaf in store.log_leaves()]
    assert kinds.count("withdrawn") == count
    assert kinds.count("correct") >= 2 * count


def test_wrong_input_is_named_and_nothing_is_stored_by_halves(county, drawn, tmp_path):
    def freeze(*changes):
        plan = a_plan_file(
            county, drawn, tmp_path / "wrong.yaml", ("batch: 6", "batch: 9"), *changes
        )
        return refused(draw_app, county, "freeze", plan, "--on", "2025-12-08")

    assert freeze(("C: 10%", "C: 4%")) == ["D103"]  # ratios fall with risk
    assert set(freeze(("on: 2025-12-24", "on: 2025-12-08"))) == {"D115"}  # seed before freeze
    assert "D145" in freeze(("食品检查", "核电站检查"))  # nobody has the qualification
    assert "D121" in freeze(('["52", "62", F52, H62]', '["A9999"]'))  # nobody to draw from
    assert freeze(("batch: 9", "batch: 9\nembargo: true")) == ["D116"]
    bad = tmp_path / "bad.xlsx"
    shutil.copy(county.root / "plan.yaml", bad)
    assert refused(draw_app, county, "plan", bad, "--on", "2025-12-08")[0].startswith("I")
    with Store.open(county) as store:
        assert events_of(store, "SLX-2025-9") == []


def test_a_file_of_another_task_or_an_unknown_code_stores_nothing(
    county, drawn, unannounced, tmp_path
):
    files = json.loads(call(results_app, county, "lists", OPEN).stdout)["files"]
    other = fill(files[0], tmp_path / "other.xlsx")
    assert set(refused(results_app, county, "import", DRAW, other, "--on", "2025-12-30")) == {
        "R101"
    }
    mine = json.loads(call(results_app, county, "lists", DRAW).stdout)["files"][-1]
    wrong = fill(mine, tmp_path / "wrong.xlsx", word="很好")
    with Store.open(county) as store:
        before = results_of(store, DRAW)
    assert set(refused(results_app, county, "import", DRAW, wrong, "--on", "2025-12-20")) == {
        "R103"
    }
    with Store.open(county) as store:
        assert results_of(store, DRAW) == before


def test_a_shortage_is_named_and_the_best_partial_staffing_offered(
    county, drawn, unannounced, tmp_path
):
    rows = [line.split("\t") for line in (unannounced / "bundle" / "officers.txt").open()]
    loads = [int(row[5]) for row in rows if not row[7]]
    most = next(n for n in range(999) if sum(max(0, n - load) for load in loads) >= drawn.checks)
    plan = a_plan_file(county, drawn, tmp_path / "few.yaml", ("batch: 6", "batch: 7"),
                       ("max_load: 240", f"max_load: {most}"))  # fmt: skip
    frozen = call(draw_app, county, "freeze", plan, "--on", "2025-12-08")
    assert frozen.exit_code == 0, frozen.exception
    run = ("run", "SLX-2025-7", "--on", "2025-12-24", *VALUES)
    assert set(refused(draw_app, county, *run)) == {"D162"}
    offered = call(draw_app, county, *run, "--partial")
    assert offered.exit_code == 4
    said = json.loads(offered.stdout)
    assert all("D162 人员不足" in line for line in said["short"])
    text = open(said["file"], encoding="utf-8").read()
    assert "已满" in text
    assert "缺 " in text
    with Store.open(county) as store:
        assert [event["kind"] for event in events_of(store, "SLX-2025-7")] == ["freeze"]


def test_the_template_command_writes_a_workbook_and_never_over_a_file(tmp_path):
    target = tmp_path / "plan.xlsx"
    args = ["template", str(target), "--on", "2026-01-04", "--json"]
    assert CliRunner().invoke(draw_app, args).exit_code == 0
    assert openpyxl.load_workbook(target).sheetnames == ["计划", "任务", "种子"]
    assert CliRunner().invoke(draw_app, args).exception.problems[0].code == "D100"


def test_the_forms_of_a_drawn_enterprise_are_written_and_of_no_other(county, drawn):
    pytest.importorskip("typst", reason="the extra `forms` is not installed")
    uscc = (drawn.bundle / "drawn.txt").read_text().split("\n")[0].split("\t")[4]
    done = call(results_app, county, "forms", DRAW, uscc)
    assert done.exit_code == 0, done.exception
    assert len(json.loads(done.stdout)["files"]) % 3 == 0
    assert refused(results_app, county, "forms", DRAW, "X") == ["D175"]


def test_the_whole_bundle_of_an_unannounced_draw_verifies_like_any_other(unannounced):
    bundle = unannounced / "bundle"
    whole = CliRunner().invoke(draw_app, ["verify", str(bundle), "--json"])
    assert json.loads(whole.stdout)["ok"]
    assert json.loads(node([str(bundle)])[0])["ok"]
