"""The forms of a visit: same bytes each time, data is shown and never run."""

import zipfile
from dataclasses import replace
from datetime import date

import pytest

from riskwarn.errors import ConfigError
from riskwarn.outputs.forms import TITLES, Visit, fill_form, write_pdf, write_word
from riskwarn.outputs.forms.word import TEMPLATE

HOSTILE = '#read("/etc/passwd") {{ 7*7 }} {_{x}_} {% x %} </w:t><w:p> =1+1 &amp; \u202e\x07'
VISIT = Visit(
    draw_id="P2026-1",
    number="P2026-1-000001-1",
    plan_title="2026年度双随机抽查计划第 1 批",
    issuer="某县市场监督管理局",
    department="城关所",
    uscc="91330106MA2XXXXXX4",
    name="示例食品经营部",
    address="某县人民路 8 号",
    tasks=("登记事项抽查", "食品经营联合抽查"),
    basis=("《市场主体登记管理条例》第三十八条",),
    officers=(("33010600001", "张三"), ("33010600002", "李四")),
    drawn_on=date(2026, 1, 8),
    finish_by=date(2026, 4, 8),
    used=1,
    cap=2,
    root="ab" * 32,
)


def words_of(path) -> str:
    """Everything that a Word document says, line by line."""
    docx = pytest.importorskip("docx", reason="the extra `forms` is not installed")
    document = docx.Document(str(path))
    lines = [p.text for p in document.paragraphs]
    for table in document.tables:
        lines += [p.text for row in table.rows for cell in row.cells for p in cell.paragraphs]
    return "\n".join(lines)


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_a_form_is_the_same_pdf_each_time_and_runs_nothing(tmp_path, kind):
    pytest.importorskip("typst", reason="the extra `forms` is not installed")
    form = fill_form(kind, replace(VISIT, name=HOSTILE))
    paths = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for path in paths:
        write_pdf(form, VISIT.drawn_on, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(b"%PDF-")
    assert paths[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_a_form_is_the_same_word_document_each_time_with_its_code(tmp_path, kind):
    pytest.importorskip("docxtpl", reason="the extra `forms` is not installed")
    form = fill_form(kind, VISIT)
    paths = [tmp_path / "1.docx", tmp_path / "2.docx"]
    for path in paths:
        write_word(form, VISIT.drawn_on, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_mode & 0o777 == 0o600
    said = words_of(paths[0])
    for text in (TITLES[kind], VISIT.name, VISIT.uscc, "张三（执法证号 33010600001，主检）"):
        assert text in said
    names = zipfile.ZipFile(paths[0]).namelist()
    assert [name for name in names if name.startswith("word/media/") and name.endswith(".png")]
    assert not [name for name in names if "vba" in name.lower() or "embeddings" in name]


def test_hostile_words_stay_words_in_a_word_document(tmp_path):
    pytest.importorskip("docxtpl", reason="the extra `forms` is not installed")
    visit = replace(VISIT, name=HOSTILE, tasks=(HOSTILE,), officers=(("1", HOSTILE), ("2", "")))
    path = tmp_path / "1.docx"
    for kind in TITLES:
        write_word(fill_form(kind, visit), VISIT.drawn_on, path)
        said = words_of(path)
        shown = HOSTILE.replace("\u202e", "⟦U+202E⟧").replace("\x07", "⟦U+0007⟧")
        assert said.count(shown) >= 3
        assert "49" not in said
        raw = zipfile.ZipFile(path).read("word/document.xml").decode()
        assert "<w:instrText" not in raw  # no field that Word would work out


@pytest.mark.parametrize(
    "tag", ["{{ title.__class__.__mro__ }}", "{{ range(9) }}", "{{ secret }}", "{{ qr.tpl.docx }}"]
)
def test_an_office_s_own_template_may_show_a_form_and_nothing_else(tmp_path, tag):
    docx = pytest.importorskip("docx", reason="the extra `forms` is not installed")
    pytest.importorskip("docxtpl")
    mine = docx.Document(str(TEMPLATE))
    mine.add_paragraph("{{ number }}")
    mine.save(tmp_path / "own.docx")
    write_word(
        fill_form("notice", VISIT), VISIT.drawn_on, tmp_path / "1.docx", tmp_path / "own.docx"
    )
    assert words_of(tmp_path / "1.docx").count("编号：P2026-1-000001-1") == 2
    mine.add_paragraph(tag)
    mine.save(tmp_path / "own.docx")
    with pytest.raises(ConfigError, match="D196"):
        write_word(
            fill_form("notice", VISIT), VISIT.drawn_on, tmp_path / "2.docx", tmp_path / "own.docx"
        )
    assert not (tmp_path / "2.docx").exists()


def test_the_code_names_draw_enterprise_officers_and_freeze():
    form = fill_form("notice", VISIT)
    assert form.qr == f"riskwarn:P2026-1:91330106MA2XXXXXX4:33010600001,33010600002:{'ab' * 32}"


def test_a_value_that_looks_like_a_field_is_not_filled_in():
    form = fill_form("approval", replace(VISIT, name="{officers}"))
    assert dict(form.rows)["检查对象"] == "{officers}"


def test_a_record_has_a_line_for_the_result_of_every_task():
    rows = [heading for heading, _ in fill_form("record", VISIT).rows]
    assert [heading for heading in rows if heading.startswith("结果：")] == [
        "结果：登记事项抽查",
        "结果：食品经营联合抽查",
    ]
