"""The files: complete, in the catalogue's form, the same bytes every time."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from riskwarn.county import generate
from riskwarn.county.generate import make_county
from riskwarn.county.settings import load_settings
from riskwarn.errors import ConfigError, UsageError
from riskwarn.tables.catalogue import load_catalogue
from tests.county.conftest import inbox

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2025, 12, 1)


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".xlsx":
        header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        texts = [[str(cell) if cell != "" else None for cell in row] for row in rows]
        return pl.DataFrame(texts, schema=dict.fromkeys(header, pl.String), orient="row")
    encoding = "gb18030" if path.stem == "officer" else "utf-8-sig"
    return pl.read_csv(path.read_bytes().decode(encoding).encode(), infer_schema=False)


def test_every_table_of_the_catalogue_is_delivered_under_its_chinese_headers(toy_town):
    tables = load_catalogue().tables
    assert set(toy_town.rows) == set(tables)
    for file in toy_town.files:
        path = toy_town.folder / file
        table = tables[path.stem.split("_更新")[0]]
        titles = [column.title for column in table.columns.values()]
        assert read(path).columns[: len(titles)] == titles


def test_nothing_is_known_after_the_day_and_nothing_before_it_happened(toy_town):
    tables = load_catalogue().tables
    checked = 0
    for file in toy_town.files:
        frame = read(toy_town.folder / file)
        table = tables[Path(file).stem.split("_更新")[0]]
        if "知悉日期" not in frame.columns or file.endswith("xlsx"):
            continue
        happened = frame[table.columns[table.happened_on].title]
        assert (frame["知悉日期"] <= AS_OF).all(), file
        assert (happened <= frame["知悉日期"]).all(), file
        checked += 1
    assert checked >= 20


def test_first_entries_have_unique_keys_and_code_words_of_the_catalogue(toy_town):
    catalogue = load_catalogue()
    for file in toy_town.files:
        frame = read(toy_town.folder / file)
        table = catalogue.tables[Path(file).stem.split("_更新")[0]]
        if "操作标识" in frame.columns:
            entered = frame.filter(pl.col("操作标识") == "i")
            keys = [table.columns[key].title for key in table.key]
            assert entered.select(keys).n_unique() == len(entered), file
        for column in table.columns.values():
            if column.codes and len(frame):
                known = {w for ws in catalogue.codes[column.codes].values.values() for w in ws}
                cells = frame[column.title].drop_nulls().to_list()
                assert {word for cell in cells for word in cell.split("|")} <= known, column.name


def test_the_states_of_a_device_and_a_licence_move_by_updates(dirty_county):
    frame = read(inbox(dirty_county, "equipment.parquet"))
    first = frame.group_by("设备代码", maintain_order=True).first()
    assert (first["操作标识"] == "i").all()
    later = frame.filter(pl.col("操作标识") == "u")
    assert len(later)
    assert (later["最近检验日期"] < later["知悉日期"]).all()
    held = read(inbox(dirty_county, "licence.parquet")).filter(pl.col("操作标识") == "i")
    assert held["注销或吊销日期"].null_count() == len(held)


def digest(folder: Path) -> dict[str, str]:
    return json.loads((folder / "truth" / "county.json").read_text(encoding="utf-8"))["files"]


def test_the_same_arguments_give_the_same_bytes_in_any_process(tmp_path):
    code = "from pathlib import Path; from riskwarn.county.generate import make_county; "
    code += "import sys; make_county(Path(sys.argv[1]), 60, 9, dirty=True)"
    for number, zone in enumerate(("UTC", "Asia/Shanghai")):
        env = os.environ | {"PYTHONHASHSEED": str(number), "TZ": zone, "PYTHONPATH": str(ROOT)}
        env |= {"POLARS_MAX_THREADS": str(number + 1)}
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / zone)], env=env, check=True, cwd=ROOT
        )
    one, two = tmp_path / "UTC", tmp_path / "Asia/Shanghai"
    files = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert len(files) > 30
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def test_a_table_left_out_shifts_no_other(toy_town, tmp_path):
    settings = load_settings().leaving_out(["complaint", "tax_rating"])
    less = make_county(tmp_path, 40, 3, settings=settings)
    assert set(toy_town.rows) - set(less.rows) == {"complaint", "tax_rating"}
    assert set(less.files.items()) < set(toy_town.files.items())


def test_another_seed_gives_another_county(toy_town, tmp_path):
    other = make_county(tmp_path, 40, 4)
    assert other.files["inbox/enterprise.parquet"] != toy_town.files["inbox/enterprise.parquet"]


def test_blocks_join_to_one_county(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "BLOCK", 700)
    made = make_county(tmp_path, 2000, 6)
    entered = pl.read_parquet(tmp_path / "inbox" / "enterprise-*.parquet")
    assert len(entered) == entered["统一社会信用代码"].n_unique() == 2000
    cases = pl.read_parquet(tmp_path / "inbox" / "complaint-*.parquet")
    assert len(cases) == cases["登记编号"].n_unique() == made.rows["complaint"]
    held = pl.read_parquet(tmp_path / "inbox" / "shareholding-*.parquet")
    ours = set(entered["统一社会信用代码"])
    assert set(held["股东统一社会信用代码"].drop_nulls()) <= ours
    assert len(pl.read_parquet(tmp_path / "truth" / "truth-*.parquet")) == 2000


def test_truth_holds_what_was_planted_and_is_no_delivery(toy_town):
    told = pl.read_parquet(toy_town.folder / "truth" / "truth.parquet")
    register = pl.read_parquet(inbox(toy_town, "enterprise.parquet"))
    assert told["uscc"].to_list() == register["统一社会信用代码"].to_list()
    assert told["problem_chance"].is_between(0, 1, closed="none").all()
    assert not any(file.startswith("truth") for file in toy_town.files)


def test_the_workspace_says_that_its_data_are_generated(toy_town):
    from riskwarn.workspace import Workspace

    assert Workspace.open(toy_town.folder).settings.generated_data


def test_a_size_outside_the_range_and_an_unknown_table_are_refused(tmp_path):
    for size in (39, 14_000_001):
        with pytest.raises(UsageError, match="G001"):
            make_county(tmp_path, size, 1)
    with pytest.raises(ConfigError, match="complaint"):
        load_settings().leaving_out(["complaints"])


@pytest.mark.slow
def test_memory_stays_bounded_at_200_000(tmp_path):
    code = "from pathlib import Path; from riskwarn.county.generate import make_county; "
    code += "import sys; make_county(Path(sys.argv[1]), 200_000, 1); "
    # Not ru_maxrss: a child inherits the mark of the process it was forked from.
    code += "status = Path('/proc/self/status').read_text(); "
    code += "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True, cwd=ROOT)
    assert int(done.stdout) < 700, "MiB; measured 320 when this was written"
