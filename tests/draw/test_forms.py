"""The forms of a visit: same bytes each time, data is shown and never run."""

from datetime import date

import pytest

from riskwarn.outputs.forms import TITLES, Visit, write_form

VISIT = Visit(
    draw_id="P2026-1",
    issuer="某县市场监督管理局",
    uscc="91330106MA2XXXXXX4",
    name='#read("/etc/passwd") {{ 7*7 }}',
    tasks=("登记事项抽查",),
    basis=("《市场主体登记管理条例》第三十八条",),
    officers=("33010600001", "33010600002"),
    drawn_on=date(2026, 1, 8),
    root="ab" * 32,
)


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_a_form_is_the_same_pdf_each_time_and_runs_nothing(tmp_path, kind):
    pytest.importorskip("typst", reason="the extra `forms` is not installed")
    paths = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for path in paths:
        write_form(kind, VISIT, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(b"%PDF-")
    assert paths[0].stat().st_mode & 0o777 == 0o600


def test_the_code_names_draw_enterprise_officers_and_freeze():
    import riskwarn.outputs.forms as forms

    seen = []
    forms_qr = forms._qr
    try:
        forms._qr = lambda text: seen.append(text) or ""
        forms._content("notice", VISIT)
    finally:
        forms._qr = forms_qr
    assert seen == [f"riskwarn:P2026-1:91330106MA2XXXXXX4:33010600001,33010600002:{'ab' * 32}"]
