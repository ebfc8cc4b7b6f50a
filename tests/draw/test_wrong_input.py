# ruff: noqa: F811
"""What goes wrong at a desk, through the command line: named, and nothing stored by halves."""

import pytest
from typer.testing import CliRunner

from riskwarn.commands.app import app
from riskwarn.commands.draw import app as draw_app
from riskwarn.store.draws import draw_ids, events_of
from riskwarn.store.store import Store
from tests.draw.test_after_the_draw import a_plan_file, call
from tests.draw.test_county_draw import county, drawn  # noqa: F401

ON = "2025-12-08"


@pytest.fixture
def refuse(county, drawn, tmp_path):
    """Freeze a plan with changes; give the message, and see that nothing was kept."""

    def freeze(*changes, on=ON):
        batch = ("batch: 6", "batch: 9")
        path = a_plan_file(county, drawn, tmp_path / "plan.yaml", batch, *changes)
        for command in ("plan", "freeze"):
            found = call(draw_app, county, command, path, "--on", on)
            assert found.exception is not None, found.output
            assert found.exception.exit_code in (3, 4), found.exception
        with Store.open(county) as store:
            assert "SLX-2025-9" not in draw_ids(store)
        assert not (county.out_dir / "draw" / "SLX-2025-9").exists()
        assert not list(county.store_dir.glob("draw-*"))  # no half of a pool left behind
        return str(found.exception)

    return freeze


def test_ratios_that_fall_with_risk(refuse):
    said = refuse(("C: 10%", "C: 4%"))
    assert "D103 风险越高比例反而越低：B 类 5% 高于 C 类 4%" in said
    assert "A ≤ B ≤ C ≤ D（国市监信发〔2022〕6号）" in said
    assert "plan.yaml:26:" in said  # where


def test_a_total_below_the_floor_says_what_would_heal_it(refuse):
    said = refuse(("{A: 3%, B: 5%, C: 10%, D: 25%, U: 3%}", "{A: 0%, B: 1%, C: 2%, D: 3%, U: 0%}"),
                  ("minimum: 1", "minimum: 0"))  # fmt: skip
    assert "D122" in said
    assert "低于下限 3%" in said
    assert "都不低于 3%" in said


def test_a_ratio_that_nobody_can_read(refuse):
    assert "D100" in refuse(("C: 10%", "C: 10"))
    assert "比例 120% 超过 100%" in refuse(("D: 25%", "D: 120%"))


def test_a_seed_that_is_known_before_the_freeze(refuse):
    said = refuse(("on: 2025-12-24", f"on: {ON}"))
    assert "已经产生，不晚于冻结日 2025-12-08" in said
    assert "冻结公布之后才产生的公开值" in said


def test_a_task_nobody_is_in_is_refused_and_an_empty_stratum_is_told(
    county, drawn, refuse, tmp_path
):
    said = refuse(('["52", "62", F52, H62]', '["A9999"]'))
    assert "D121 任务 SP-02 的抽查对象名录库中没有可抽的企业" in said
    assert "检查抽查范围、比例与各排除原因的数量" in said
    few = ('industries: ["52", "62", F52, H62]', "regions: [320583], capital_wan: {at_least: 900}")
    path = a_plan_file(county, drawn, tmp_path / "few.yaml", few)
    done = call(draw_app, county, "plan", path, "--on", ON, json_out=False)
    assert done.exit_code == 0, done.exception
    assert "D123 任务 SP-02 的 C 类没有企业，该层不抽取" in done.stderr


def test_a_quota_above_what_a_stratum_holds(county, drawn, refuse, tmp_path):
    """More than everybody cannot be asked for; a minimum above the stratum is told."""
    path = a_plan_file(county, drawn, tmp_path / "plan.yaml", ("minimum: 1", "minimum: 500"))
    done = call(draw_app, county, "plan", path, "--on", ON, json_out=False)
    assert done.exit_code == 0, done.exception
    assert "少于计划的最少 500 户，该层全部抽取" in done.stderr
    said = refuse(("minimum: 1", "minimum: 500"), ("yearly_cap: 2", "yearly_cap: 1"))
    assert "D125" in said
    assert "前面的任务最多会占去" in said


def deliver(ws, folder, name, text, on):
    """Bring a file through the command line, as a collector does."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    words = ["import", str(folder), "--workspace", str(ws.root), "--delivered-on", on]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def test_an_enterprise_twice_is_named_on_arrival_and_stands_in_the_pool_once(
    county, drawn, tmp_path
):
    uscc = (drawn.bundle / "pool.txt").read_text().split("\t")[0]
    row = f"{uscc},某店,i,20251206-001,2025-12-06\n"
    head = "统一社会信用代码,市场主体名称,操作标识,批次号,知悉日期\n"
    text = head + row + row.replace("某店", "别名")
    done = deliver(county, tmp_path / "twice", "enterprise.csv", text, "2025-12-06")
    assert "主键冲突 1" in done.output
    plan = a_plan_file(county, drawn, tmp_path / "plan.yaml", ("batch: 6", "batch: 8"))
    assert call(draw_app, county, "freeze", plan, "--on", ON).exit_code == 0
    pool = (county.store_dir / "draws" / "SLX-2025-8" / "1" / "pool.txt").read_text()
    assert pool.count(uscc) == 1


def officers(county, until, only=""):
    """The officers as delivered, with another end of their certificates."""
    lines = (county.root / "made/inbox/officer.csv").read_text("gb18030").splitlines()
    rows = [line.split(",") for line in lines]
    rows[0].append("知悉日期")
    for row in rows[1:]:
        row[6] = until if only in row[0] else row[6]
        row[11:] = ["u", f"2025120{6 if only else 7}-001", "2025-12-07"]
    return "\n".join(",".join(row) for row in rows if row[0] == "执法证号" or only in row[0]) + "\n"


def test_a_certificate_that_ended_the_day_before_the_draw_keeps_its_holder_out(
    county, drawn, refuse, tmp_path
):
    lines = (drawn.bundle / "officers.txt").read_text().splitlines()
    able = next(line.split("\t")[0] for line in lines if not line.split("\t")[7])
    text = officers(county, "2025-12-23", able)
    deliver(county, tmp_path / "one", "officer.csv", text, "2025-12-07")
    plan = a_plan_file(county, drawn, tmp_path / "plan.yaml", ("batch: 6", "batch: 7"))
    assert call(draw_app, county, "freeze", plan, "--on", ON).exit_code == 0
    kept = (county.store_dir / "draws" / "SLX-2025-7" / "1" / "officers.txt").read_text()
    (row,) = [line.split("\t") for line in kept.splitlines() if line.startswith(able)]
    assert row[7] == "!certificate_expired"

    text = officers(county, "2025-12-23")  # now nobody is left
    deliver(county, tmp_path / "all", "officer.csv", text, "2025-12-07")
    said = refuse()
    assert "D143 任务 GS-01：320583000 可派执法人员只有 0 名，每次检查要 2 名" in said
    assert "执法证已过有效期 48 名" in said
    assert "补充人员、延长执法证，或调整计划" in said
    with Store.open(county) as store:
        assert [event["kind"] for event in events_of(store, "SLX-2025-7")] == ["freeze"]
