import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from riskwarn.outputs.gate import leaks
from riskwarn.outputs.write import write_outputs
from riskwarn.records.leads import ControlTable, Holder
from riskwarn.records.model import DRIFT_SCORE, Drift, DriftBand, NightDrift
from riskwarn.records.report import GraphFault, ModelLine
from tests.sample_night import hostile_bundle, sample_bundle

ROOT = Path(__file__).resolve().parents[2]
ID, PHONE, MAIL = "11010519491231002X", "13800138000", "zhangsan@example.com"
PAYLOADS = [
    "=1+1",
    "+86 10",
    "@SUM(A1)",
    "-2+3",
    '=HYPERLINK("http://evil.example","x")',
    "http://evil.example/x",
    "</script><script>document.title='pwned'</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "\u202egnp.exe",
    "a\x00b\x1bc\u200bd",
    '"><svg onload=alert(1)>',
    "']]>&amp;&#x3c;",
    "𠮷野家䶮",
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    return folder, write_outputs(sample_bundle(), folder)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    names = [f"{PAYLOADS[n % len(PAYLOADS)]}{n}" for n in range(42)]
    write_outputs(hostile_bundle(names), folder)
    return folder


def parts(path):
    """Every text that a file holds: itself, or the parts of a workbook."""
    if path.suffix != ".xlsx":
        return [path.read_text(encoding="utf-8")]
    with zipfile.ZipFile(path) as book:
        return [book.read(name).decode("utf-8") for name in book.namelist()]


def all_parts(folder):
    return [text for path in sorted(folder.rglob("*")) if path.is_file() for text in parts(path)]


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_file_named_is_there_and_no_other(written):
    folder, names = written
    assert names == sorted(digest(folder))
    assert {"leads.jsonl", "leads.xlsx", "report/index.html"} <= set(names)
    assert len([n for n in names if n.startswith("tasks-")]) == 3
    assert len([n for n in names if n.startswith("report/lead/")]) == 14


def test_the_same_night_gives_the_same_bytes_whatever_the_hash_seed_and_zone(written, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from tests.sample_night import sample_bundle\n"
        "from riskwarn.outputs.write import write_outputs\n"
        "write_outputs(sample_bundle(), Path(sys.argv[1]))"
    )
    for seed, zone, threads in (("1", "Asia/Shanghai", "1"), ("3", "America/Chicago", "2")):
        folder = tmp_path / seed
        env = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "POLARS_MAX_THREADS": threads}
        subprocess.run([sys.executable, "-c", code, str(folder), str(ROOT)], check=True, env=env)
        assert digest(folder) == digest(written[0])


def test_jsonl_has_one_canonical_line_a_lead_in_rank_order(written):
    lines = (written[0] / "leads.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["rank"] for record in records] == list(range(1, 15))
    assert records[0]["score"] == 15600
    assert records[0]["schema"] == "riskwarn.lead/1"
    for line, record in zip(lines, records, strict=True):
        assert line == json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_no_personal_number_planted_anywhere_reaches_any_file(tmp_path):
    names = [f"甲店 {ID} {PHONE} {MAIL}", f"乙店电话{PHONE}"]
    write_outputs(hostile_bundle(names), tmp_path)
    for text in all_parts(tmp_path):
        assert ID not in text
        assert PHONE not in text
        assert MAIL not in text
        plain = re.sub(r"<[^>]*>", "\n", text)
        assert leaks(plain) == []


def test_names_and_phones_in_source_rows_are_masked(written):
    everything = "\n".join(all_parts(written[0]))
    assert "王小明" not in everything
    assert "王*" in everything
    assert "13912345678" not in everything


def test_hostile_text_makes_no_formula_no_link_and_no_script(hostile):
    for path in sorted(hostile.rglob("*.xlsx")):
        for text in parts(path):
            assert "<f>" not in text
            assert "<f " not in text
            assert "<hyperlink" not in text.lower().replace("<hyperlinkschanged", "")
            assert "relationships/hyperlink" not in text
    for path in sorted(hostile.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        ours = re.findall(r"<script>(.*?)</script>", text, re.S)
        assert len(ours) == (1 if path.name == "index.html" else 0)
        rest = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
        assert "<script" not in rest
        assert not re.search(r"<[^>]*\son\w+\s*=", rest)
        assert "<img" not in rest
        assert "49" not in re.findall(r"<h1>(.*?)</h1>", text)[0]


def test_hidden_characters_are_visible_in_every_file(hostile):
    for text in all_parts(hostile):
        assert "\u202e" not in text
        assert "\u200b" not in text
        assert "\x00" not in text
    assert any("⟦U+202E⟧" in text for text in all_parts(hostile))


def test_ten_thousand_hostile_names_stay_text_in_a_workbook(tmp_path):
    from datetime import date

    from riskwarn.outputs.workbook import Column, open_book

    column = Column(header="名称", width=20)
    with open_book(tmp_path / "a.xlsx", date(2026, 6, 30), "t") as book:
        rows = [[f"{PAYLOADS[n % len(PAYLOADS)]}{n}"] for n in range(1, 10_001)]
        book.sheet("名称", [column], rows)
    text = "".join(parts(tmp_path / "a.xlsx"))
    assert "<f>" not in text
    assert text.count('t="inlineStr"') + text.count('t="s"') == 10_001


def test_pages_ask_for_nothing_outside_and_allow_only_their_own_style_and_script(written):
    import base64

    for path in sorted(written[0].rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert 'lang="zh-CN"' in text
        assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text)
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        for tag, kind in (("style", "style-src"), ("script", "script-src")):
            for body in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S):
                hashed = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
                assert f"{kind} 'sha256-{hashed}'" in policy
        assert 'style="' not in text


def test_links_between_pages_lead_to_pages_that_exist(written):
    for path in sorted(written[0].rglob("*.html")):
        for link in re.findall(r'<a[^>]* href="([^"#]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / link).resolve().is_file(), f"{path.name} → {link}"


def test_headings_do_not_skip_a_level_and_each_page_has_one_title(written):
    for path in sorted(written[0].rglob("*.html")):
        levels = [int(n) for n in re.findall(r"<h([1-6])", path.read_text(encoding="utf-8"))]
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_lead_page_shows_the_clause_the_values_and_the_source_rows(written):
    folder, _ = written
    lead = sample_bundle().leads[0]
    text = (folder / f"report/lead/{lead.lead_id}.html").read_text(encoding="utf-8")
    for wanted in (
        "国家对食品生产经营实行许可制度",
        "2025-09-12 公布，2025-12-01 施行",
        "第三十五条第二款",
        "许可证有效期至",
        "2026-05-31",
        "延续申请已受理，尚未换证",
        "投诉_20260628.csv 第 21 行",
        "71.0%",
        "20,000.00 元",
        "未知",
    ):
        assert wanted in text, wanted


def test_more_leads_than_pages_are_told_not_dropped(tmp_path):
    write_outputs(sample_bundle(pages=5), tmp_path)
    assert len(list((tmp_path / "report/lead").iterdir())) == 5
    text = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert "另有 9 条线索没有单页" in text
    assert text.count("<tr data-severity=") == 5
    assert len((tmp_path / "leads.jsonl").read_text(encoding="utf-8").splitlines()) == 14


def test_a_night_without_leads_without_model_and_without_data_says_so(tmp_path):
    bundle = sample_bundle()
    empty = replace(
        bundle,
        leads=(),
        gone=(),
        tables=(),
        rules=(),
        outcomes=(),
        previous_as_of=None,
        model=ModelLine(spoke=False, why="工作区没有指定模型。"),
    )
    write_outputs(empty, tmp_path)
    text = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    for wanted in ("今日没有线索在列", "本次只用规则", "没有数据", "这是第一次运行"):
        assert wanted in text, wanted
    assert "<script" not in text


def test_a_model_trained_on_generated_data_is_called_that(tmp_path):
    model = ModelLine(spoke=True, name="demo", generated=True)
    write_outputs(sample_bundle(model=model), tmp_path)
    text = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert "由生成数据训练" in text


def test_drift_is_told_on_the_first_page_and_listed_with_the_method(tmp_path):
    moved = Drift(
        name="suits", title="案件数", psi=0.31, by_chance=0.02, band=DriftBand.ALARM,
        unknown_then=0.0, unknown_now=0.25,
    )  # fmt: skip
    quiet = replace(moved, name=DRIFT_SCORE, title="模型评分", psi=0.01, band=DriftBand.STABLE)
    calm = replace(quiet, name="staff", title="从业人数")
    drift = NightDrift(since=date(2026, 1, 1), columns=(moved, quiet, calm))
    model = ModelLine(spoke=True, name="m", drift=drift)
    write_outputs(sample_bundle(model=model), tmp_path)
    first = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert "与 2026-01-01 的在业主体相比，3 列中有漂移：案件数（警报，PSI 0.31）" in first
    method = (tmp_path / "report/method.html").read_text(encoding="utf-8")
    assert "0.310" in method
    assert "25.0%" in method
    assert "从业人数" not in method  # stable columns are not listed, the score always is
    assert "模型评分" in method
    old = ModelLine(spoke=True, name="m", drift=NightDrift(since=None))
    write_outputs(sample_bundle(model=old), tmp_path)
    assert "漂移未知" in (tmp_path / "report/index.html").read_text(encoding="utf-8")


def test_a_lead_page_shows_who_controls_and_what_is_odd_about_the_holdings(tmp_path):
    bundle = sample_bundle()
    table = ControlTable(
        sentence="实际控制人：自然人 #1a2b3c4d（2 层）",
        layers=(Holder(label="<b>乙公司", kind="enterprise", share="51.5%"),),
        owners=(Holder(label="自然人 #1a2b3c4d", kind="person", share="51.5%"),),
        notes=("乙公司登记的持股合计 130%，超过 100%",),
    )
    first = replace(bundle.leads[0], control=table)
    faults = (GraphFault(title="指不到另一端的关系记录", count=3, treatment="未采用"),)
    changed = replace(bundle, leads=(first, *bundle.leads[1:]), graph_faults=faults)
    write_outputs(changed, tmp_path)
    page = (tmp_path / f"report/lead/{first.lead_id}.html").read_text(encoding="utf-8")
    for wanted in ("股权与实际控制人", "&lt;b&gt;乙公司", "51.5%", "持股合计 130%", "最终持有"):
        assert wanted in page, wanted
    assert "指不到另一端" in (tmp_path / "report/quality.html").read_text(encoding="utf-8")
    line = json.loads((tmp_path / "leads.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert line["control"]["layers"][0]["share"] == "51.5%"
