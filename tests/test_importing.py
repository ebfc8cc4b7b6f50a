"""The line files → frames → store: every kind of wrong input with its message and its exit code,
and nothing of a refused call in the store."""

import hashlib
import json
import random
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from riskwarn.commands.imports import import_
from riskwarn.errors import InputRejectedError, LockHeldError, NothingToDoError, RiskwarnError
from riskwarn.importing import RejectedImportError, find_files, import_deliveries, write_findings
from riskwarn.sources import csvfile, parquetfile
from riskwarn.sources.faults import KINDS
from riskwarn.store.lock import hold_lock
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.terms import Collected
from riskwarn.workspace import Settings, Workspace
from tests.builders import a_uscc

DAY = date(2024, 6, 1)
HEADER = (
    "统一社会信用代码,市场主体名称,登记状态,成立日期,行政区划代码,注册资本（元）,"
    "法定代表人证件号码\n"
)


def line(number: int, **changes: str) -> str:
    cells = {
        "uscc": a_uscc(number),
        "name": f"第{number}食品店",
        "status": "存续",
        "on": "2015-06-01",
        "region": "330106",
        "capital": "100000",
        "person": f"33010619800101{number:04}",
    }
    return ",".join((cells | changes).values()) + "\n"


def clean(count: int = 20) -> str:
    return HEADER + "".join(line(number) for number in range(count))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    root = tmp_path / "ws"
    root.mkdir()
    return Workspace(root, Settings())


def write(tmp_path: Path, text: str | bytes, name: str = "enterprise.csv") -> Path:
    path = tmp_path / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def run(ws: Workspace, *paths: Path, **options):
    with Store.open(ws) as store:
        return import_deliveries(ws, store, paths, **({"delivered_on": DAY} | options))


def stored(ws: Workspace) -> tuple[list[str], list[str]]:
    """What the store holds: files of registered deliveries, and segment files on disk."""
    with Store.open(ws) as store:
        names = [item.delivery.file for item in store.deliveries()]
    return names, sorted(p.name for p in (ws.store_dir / "segments").rglob("*.parquet"))


def refused(ws: Workspace, *paths: Path, **options) -> InputRejectedError:
    with pytest.raises(InputRejectedError) as caught:
        run(ws, *paths, **options)
    assert caught.value.exit_code == 4
    assert stored(ws) == ([], [])
    return caught.value


def test_clean_rows_arrive_typed_with_evidence(ws, tmp_path):
    report = run(ws, write(tmp_path, clean(3)))
    assert (report.files, report.new, report.rows, report.accepted) == (1, 1, 3, 3)
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    row = shot.scan("enterprise").collect().row(0, named=True)
    assert row["status"] == "active"
    assert row["registered_capital_fen"] == 10_000_000
    assert row["established_on"] == date(2015, 6, 1)
    assert row["evidence"] == "enterprise.csv:2"
    assert row["known_on"] == DAY


def test_the_same_delivery_twice_changes_nothing_under_any_name(ws, tmp_path):
    path = write(tmp_path, clean())
    run(ws, path)
    before = stored(ws)
    report = run(ws, path)
    assert (report.new, report.known) == (0, 1)
    other = write(tmp_path, clean(), "enterprise_again.csv")
    assert run(ws, other).new == 0
    assert stored(ws) == before


CASES = {
    "a_17_character_code": (line(1, uscc=a_uscc(1)[:17]), "I202"),
    "a_wrong_check_character": (line(1, uscc=a_uscc(1)[:17] + "X"), "I204"),
    "a_letter_that_codes_never_have": (line(1, uscc="91330106MA000000O" + "1"), "I203"),
    "a_day_that_is_not_in_the_calendar": (line(1, on="2024-02-30"), "I205"),
    "a_date_in_no_known_form": (line(1, on="01/02/2024"), "I206"),
    "an_amount_in_words": (line(1, capital="十万"), "I207"),
    "an_amount_beyond_all_bounds": (line(1, capital="9" * 30), "I208"),
    "an_unknown_status": (line(1, status="存绪"), "I209"),
    "an_unknown_region": (line(1, region="999999"), "I210"),
    "a_missing_name": (line(1, name=""), "I201"),
    "a_control_character": (line(1, name="食\x07品"), "I213"),
    "a_cell_without_end": (line(1, name="长" * 10_001), "I214"),
    "a_field_too_many": (line(1, name="甲,乙"), "I215"),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_bad_row_stops_the_import_is_listed_and_leaves_nothing(ws, tmp_path, case):
    bad, code = CASES[case]
    error = refused(ws, write(tmp_path, clean(20) + bad))
    assert "I113" in str(error)
    assert isinstance(error, RejectedImportError)
    (row,) = error.rejects.rows(named=True)
    assert (row["file"], row["row"], row["code"]) == ("enterprise.csv", 22, code)
    assert row["reason"].startswith(KINDS[code].meaning)


@pytest.mark.parametrize("case", sorted(CASES))
def test_below_the_limit_only_the_bad_row_stays_out(ws, tmp_path, case):
    bad, code = CASES[case]
    report = run(ws, write(tmp_path, clean(20) + bad), max_reject_share=0.05)
    assert (report.accepted, report.rejected) == (20, 1)
    assert report.qualities[0].rejected_by == {code: 1}


def test_the_limit_counts_exactly(ws, tmp_path):
    text = clean(99) + line(1, on="2024-02-30")
    assert run(ws, write(tmp_path, text), max_reject_share=0.01).rejected == 1
    more = text + line(2, on="2024-02-30")
    with pytest.raises(InputRejectedError, match="2/101"):
        run(ws, write(tmp_path, more), max_reject_share=0.01)


def test_one_bad_file_keeps_all_files_of_the_call_out_and_all_faults_are_told(ws, tmp_path):
    good = write(tmp_path, clean())
    gone = write(tmp_path, "统一社会信用代码,处罚日期\n", "penalty.csv")
    empty = write(tmp_path, b"", "licence.csv")
    error = refused(ws, good, gone, empty)
    assert [problem.code for problem in error.problems] == ["I107", "I102"]


def test_a_gbk_file_with_a_wrong_column_says_the_nearest_right_word(ws, tmp_path):
    text = HEADER.replace("市场主体名称", "市场主体名") + line(1)
    error = refused(ws, write(tmp_path, text.encode("gbk")))
    assert str(error) == (
        "enterprise.csv:1: I107 缺少必需的列 市场主体名称（市场主体）；应为：市场主体名称"
        "；是否想写：市场主体名称（文件里写的是 市场主体名）"
    )


def test_full_width_digits_are_mended_and_noted(ws, tmp_path):
    wide = "".join(chr(ord(char) + 0xFEE0) for char in a_uscc(7))
    report = run(ws, write(tmp_path, HEADER + line(7, uscc=wide, on="２０１５年６月１日")))
    assert (report.rejected, report.repaired) == (0, 1)
    (note,) = report.notes.filter(pl.col("code") == "N301").rows(named=True)
    assert (note["row"], note["value"]) == (2, wide)
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    row = shot.scan("enterprise").collect().row(0, named=True)
    assert (row["uscc"], row["established_on"]) == (a_uscc(7), date(2015, 6, 1))


def test_a_truncated_csv_is_refused_unless_asked_for(ws, tmp_path):
    whole = clean(30)
    cut = whole[: whole.rindex("330106,")]
    path = write(tmp_path, cut)
    assert "I109 文件被截断：最后一行只有" in str(refused(ws, path))
    report = run(ws, path, accept_partial=True, max_reject_share=0.05)
    assert (report.accepted, report.rejected) == (29, 1)


def test_a_file_cut_at_a_line_end_is_found_by_its_side_file(ws, tmp_path):
    whole = clean(30)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    path = write(tmp_path, "".join(whole.splitlines(keepends=True)[:20]))
    write(tmp_path, f"rows=30 sha256={digest}", "enterprise.csv.ok")
    assert "I110" in str(refused(ws, path))
    path.write_text(whole, encoding="utf-8")
    assert run(ws, path).accepted == 30


def test_an_open_quotation_mark_is_a_truncated_file(ws, tmp_path):
    text = clean(3) + f'{a_uscc(5)},"没有结束的名称,存续,2015-01-01,330106,1,2\n' + line(6)
    assert "I109" in str(refused(ws, write(tmp_path, text)))


def test_a_damaged_parquet_file_is_refused(ws, tmp_path):
    path = write(tmp_path, b"", "enterprise.parquet")
    pl.DataFrame({"uscc": [a_uscc(1)], "name": ["甲"]}).write_parquet(path)
    assert run(ws, path).accepted == 1
    other = Workspace(tmp_path / "other", Settings())
    path.write_bytes(path.read_bytes()[:-30])
    assert "I109" in str(refused(other, path))


def test_no_files_is_nothing_to_do(ws, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDoError) as caught:
        run(ws, tmp_path / "empty")
    assert caught.value.exit_code == 6


def test_a_path_that_is_not_there_is_said(ws, tmp_path):
    assert "I101" in str(refused(ws, tmp_path / "nowhere.csv"))


def test_hidden_files_lock_files_links_and_side_files_are_no_deliveries(tmp_path):
    for name in ("b.csv", "a.xlsx", "~$a.xlsx", ".c.csv", "a.csv.ok", "notes.md"):
        write(tmp_path, b"x", name)
    (tmp_path / "in" / "z.csv").symlink_to(tmp_path / "in" / "b.csv")
    assert [p.name for p in find_files([tmp_path / "in"])] == ["a.xlsx", "b.csv"]


def test_a_second_import_at_the_same_time_is_turned_away(ws, tmp_path):
    path = write(tmp_path, clean())
    with Store.open(ws) as store, hold_lock(ws.store_dir, "测试"):
        with pytest.raises(LockHeldError) as caught:
            import_deliveries(ws, store, [path], delivered_on=DAY)
        assert caught.value.exit_code == 75


def test_operations_follow_their_batches_inside_one_file(ws, tmp_path):
    header = HEADER.rstrip("\n") + ",操作标识,批次号,操作时间\n"
    rows = [
        line(1, name="第二次").rstrip("\n") + ",修改,10,2024-05-02 10:00:00\n",
        line(1, name="第一次").rstrip("\n") + ",新增,9,2024-05-01 10:00:00\n",
        line(2).rstrip("\n") + ",i,9,2024-05-01 10:00:00\n",
        line(2).rstrip("\n") + ",d,10,2024-05-03 10:00:00\n",
    ]
    run(ws, write(tmp_path, header + "".join(rows)))
    with Store.open(ws) as store:
        last = build_snapshot(store, DAY, tmp_path / "s", {}).scan("enterprise").collect()
        assert last["name"].to_list() == ["第二次"]
        qualities = store.qualities()
    assert sum(quality.rows for quality in qualities) == 4


def test_chunks_are_no_boundary(tmp_path, monkeypatch):
    lines = [line(number % 40, name=f"名{number}") for number in range(100)]
    lines[70] = line(70, on="2024-02-30")
    found = []
    for size in (500_000, 7):
        monkeypatch.setattr(csvfile, "CHUNK_ROWS", size)
        monkeypatch.setattr(parquetfile, "CHUNK_ROWS", size)
        ws = Workspace(tmp_path / str(size), Settings(generated_data=True))
        report = run(ws, write(tmp_path, HEADER + "".join(lines)), max_reject_share=0.5)
        with Store.open(ws) as store:
            shot = build_snapshot(store, DAY, tmp_path / f"s-{size}", {})
        found.append((report.rejects.rows(), shot.tables["enterprise"].sha256))
    assert found[0] == found[1]


def test_an_unknown_operation_is_refused(ws, tmp_path):
    header = HEADER.rstrip("\n") + ",cd_operation\n"
    error = refused(ws, write(tmp_path, header + line(1).rstrip("\n") + ",x\n"))
    assert error.rejects["code"].to_list() == ["I216"]


def test_known_on_follows_its_order_of_sources(ws, tmp_path):
    run(ws, write(tmp_path, clean(4)))
    header = "统一社会信用代码,行政处罚决定书文号,处罚决定日期,公示日期,知悉日期\n"
    said = [
        "2024-03-01,2024-03-05,",
        "2024-03-01,,2024-03-09",
        "2024-03-01,,",
        "2024-03-01,2024-03-05,2024-03-07",
    ]
    text = header + "".join(f"{a_uscc(n)},文{n},{rest}\n" for n, rest in enumerate(said))
    run(ws, write(tmp_path, text, "penalty.csv"))
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    found = shot.scan("penalty").select("document_no", "known_on").collect()
    assert dict(found.rows()) == {
        "文0": date(2024, 3, 5),
        "文1": date(2024, 3, 9),
        "文2": DAY,
        "文3": date(2024, 3, 7),
    }


def test_repeated_and_conflicting_keys_are_counted_and_the_last_stands(ws, tmp_path):
    text = clean(3) + line(1) + line(2, name="另一个名字")
    report = run(ws, write(tmp_path, text))
    quality = report.qualities[0]
    assert (quality.duplicate_rows, quality.duplicate_keys) == (1, 1)
    assert report.notes.filter(pl.col("code") == "N305")["row"].to_list() == [6]
    with Store.open(ws) as store:
        found = build_snapshot(store, DAY, tmp_path / "s", {}).scan("enterprise").collect()
    assert found.sort("uscc")["name"].to_list()[2] == "另一个名字"


def test_quality_counts_are_kept_with_the_delivery(ws, tmp_path):
    penalties = "统一社会信用代码,行政处罚决定书文号,处罚决定日期,罚款金额（元）\n"
    penalties += f"{a_uscc(0)},1,2024-03-01,5\n{a_uscc(99)},2,2025-01-01,\n"
    run(ws, write(tmp_path, clean(2)), write(tmp_path, penalties, "penalty.csv"))
    with Store.open(ws) as store:
        enterprise, penalty = store.qualities()
    assert (enterprise.rows, enterprise.filled["name"], enterprise.dangling) == (2, 2, 0)
    assert penalty.filled == {"uscc": 2, "document_no": 2, "decided_on": 2, "fine_fen": 1}
    assert (penalty.dangling, penalty.future_dates) == (1, 1)


def test_an_old_registration_number_becomes_the_code_that_took_its_place(ws, tmp_path):
    header = "统一社会信用代码,市场主体名称,注册号\n"
    text = header + f"{a_uscc(0)},甲,330106000012345\n{a_uscc(1)},乙,330106000099999\n"
    text += f"{a_uscc(2)},丙,330106000099999\n"  # one number at two codes names nobody
    penalties = "统一社会信用代码,行政处罚决定书文号,处罚决定日期\n"
    penalties += "330106000012345,1,2024-03-01\n330106000099999,2,2024-03-01\n"
    paths = write(tmp_path, text), write(tmp_path, penalties, "penalty.csv")
    report = run(ws, *paths, max_reject_share=0.5)
    assert report.rejects.select("row", "code").rows() == [(3, "I202")]
    assert report.notes.filter(pl.col("code") == "N317")["row"].to_list() == [2]
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    assert shot.scan("penalty").collect()["uscc"].to_list() == [a_uscc(0)]


def test_a_file_with_a_header_only_says_that_there_is_nothing(ws, tmp_path):
    run(ws, write(tmp_path, clean(2)))
    header = "统一社会信用代码,行政处罚决定书文号,处罚决定日期\n"
    report = run(ws, write(tmp_path, header, "penalty.csv"))
    assert (report.new, report.rows) == (1, 0)
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    assert shot.collected("penalty") is Collected.FRESH
    assert shot.collected("licence") is Collected.MISSING


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from riskwarn import importing
from riskwarn.store import deliveries, segments, store
from riskwarn.terms import Collected
from riskwarn.workspace import Settings, Workspace

steps = {"left": int(sys.argv[3])}

def step(module, name):
    real = getattr(module, name)
    def counted(*args, **kwargs):
        if steps["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps["left"] -= 1
        return real(*args, **kwargs)
    setattr(module, name, counted)

step(segments, "write_segment")
step(segments, "sync_folder")
step(deliveries, "register")
step(deliveries, "save_quality")
ws = Workspace(Path(sys.argv[1]), Settings(generated_data=True))
importing.import_files(ws, [Path(sys.argv[2])], delivered_on=date(2024, 6, 1))
print(steps["left"])
"""


def _kill_at(root: Path, inbox: Path, step: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(root), str(inbox), str(step)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )


@pytest.mark.slow
def test_an_import_killed_at_any_step_leaves_all_or_nothing_and_ends_the_same(tmp_path):
    write(tmp_path, clean(5))
    penalties = "统一社会信用代码,行政处罚决定书文号,处罚决定日期\n" + f"{a_uscc(0)},1,2024-03-01\n"
    write(tmp_path, penalties, "penalty.csv")
    inbox = tmp_path / "in"
    whole = _kill_at(tmp_path / "whole", inbox, 1000)
    assert whole.returncode == 0, whole.stderr
    count = 1000 - int(whole.stdout)
    assert count == 8  # two files: written, synced, registered, quality kept
    wanted = stored(Workspace(tmp_path / "whole", Settings()))
    for step in range(count):
        ws = Workspace(tmp_path / f"killed-{step}", Settings(generated_data=True))
        assert _kill_at(ws.root, inbox, step).returncode == -signal.SIGKILL
        with Store.open(ws) as store:
            assert store.deliveries() == []
        run(ws, inbox)
        assert stored(ws) == wanted


def test_without_enterprises_nobody_can_say_what_dangles(ws, tmp_path):
    penalties = "统一社会信用代码,行政处罚决定书文号,处罚决定日期\n" + f"{a_uscc(0)},1,2024-03-01\n"
    assert run(ws, write(tmp_path, penalties, "penalty.csv")).qualities[0].dangling is None


def test_identity_numbers_never_reach_the_disk(ws, tmp_path):
    run(ws, write(tmp_path, clean(5) + line(6, on="2024-02-30")), max_reject_share=0.5)
    numbers = [f"33010619800101{number:04}".encode() for number in (0, 1, 2, 3, 4, 6)]
    for path in ws.root.rglob("*"):
        raw = path.read_bytes() if path.is_file() else b""
        assert not any(number in raw for number in numbers), path
    with Store.open(ws) as store:
        shot = build_snapshot(store, DAY, tmp_path / "s", {})
    hashes = shot.scan("enterprise").collect()["legal_rep_id"]
    assert hashes.n_unique() == 5
    assert hashes.str.len_chars().to_list() == [32] * 5


def test_personal_values_are_masked_in_the_reject_list(ws, tmp_path):
    header = HEADER.replace("法定代表人证件号码", "联系电话")
    text = header + line(1, person="138\x071234567890")
    error = refused(ws, write(tmp_path, text))
    assert "1234567890" not in str(error.rejects.rows())
    assert error.rejects["value"].to_list() == ["138***90"]


def test_the_reject_list_starts_no_formula(tmp_path):
    frame = pl.DataFrame({"file": ["a"], "row": [2], "value": ["=cmd|' /C calc'!A0"]})
    write_findings(frame, tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd" in text


POISON = sorted(CASES)


@pytest.mark.parametrize("seed", range(3))
def test_clean_rows_are_the_same_with_and_without_poison(tmp_path, seed):
    rng = random.Random(seed)
    good = [line(number) for number in range(60)]
    bad = [CASES[rng.choice(POISON)][0] for _ in range(25)]
    mixed = good + bad
    rng.shuffle(mixed)
    found = []
    for name, lines in (("clean", good), ("poisoned", mixed)):
        ws = Workspace(tmp_path / name, Settings(generated_data=True))
        run(ws, write(tmp_path, HEADER + "".join(lines)), max_reject_share=1.0)
        with Store.open(ws) as store:
            shot = build_snapshot(store, DAY, tmp_path / f"s-{name}", {})
        found.append(shot.scan("enterprise").drop("evidence").collect())
    assert found[0].equals(found[1])


# the command


def command(*arguments: str):
    app = typer.Typer()
    app.command()(import_)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["import-", *arguments])


@pytest.fixture
def founded(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    (root / "riskwarn.yaml").write_text('riskwarn: "1"\n', encoding="utf-8")
    return root


def test_the_command_prints_what_came_in(founded, tmp_path):
    path = write(tmp_path, clean(5))
    done = command(str(path), "--workspace", str(founded), "--delivered-on", "2024-06-01", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["accepted"], told["new"], told["tables"][0]["table"]) == (5, 1, "enterprise")
    again = command(str(path), "--workspace", str(founded), "--delivered-on", "2024-06-01")
    assert "新交付 0 份，已有 1 份" in again.output


def test_the_command_writes_the_reject_list_and_fails(founded, tmp_path):
    path = write(tmp_path, clean(5) + line(1, on="2024-02-30"))
    where = tmp_path / "bad.csv"
    done = command(str(path), "--workspace", str(founded), "--reject", str(where))
    assert isinstance(done.exception, RiskwarnError)
    assert done.exception.exit_code == 4
    text = where.read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith("enterprise.csv,7,成立日期,2024-02-30,I205,")
    lenient = command(str(path), "--workspace", str(founded), "--max-reject", "20%")
    assert lenient.exit_code == 0, lenient.output


def test_a_limit_that_is_no_share_is_a_usage_error(founded, tmp_path):
    path = write(tmp_path, clean(1))
    done = command(str(path), "--workspace", str(founded), "--max-reject", "many")
    assert isinstance(done.exception, RiskwarnError)
    assert done.exception.exit_code == 2
