"""A form as PDF by typst."""

import json
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path

from riskwarn.errors import Problem, UsageError
from riskwarn.outputs.forms.content import Form

LAYOUT = Path(__file__).resolve().parent / "form.typ"


def write_pdf(form: Form, on: date, path: Path) -> None:
    """Write one form, readable by its owner only; the same form gives the same bytes.

    Takes:  on, the day that the file says it was made.
    Raises: UsageError D195 when the extra is not installed.
    """
    try:
        import typst
    except ImportError as error:
        expected = "pip install riskwarn[forms]"
        raise UsageError(Problem("D195", "没有安装文书组件", expected=expected)) from error
    data = json.dumps({**asdict(form), "qr": _svg(form.qr)}, ensure_ascii=False)
    raw = typst.compile(
        str(LAYOUT),
        root=str(LAYOUT.parent),
        format="pdf",
        sys_inputs={"data": data},
        timestamp=(on - date(1970, 1, 1)).days * 86_400,
    )
    path.write_bytes(raw)
    path.chmod(0o600)


def _svg(text: str) -> str:
    import segno

    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, scale=4)
    return out.getvalue().decode()
