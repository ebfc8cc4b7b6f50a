"""A form as a Word document, filled into a template that offices can edit in Word.

The template is data: its tags run in a sandbox that knows the form's text only. What the form says
is text throughout: it is escaped before it is put in and never read as a tag or as markup.
"""

import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from riskwarn.errors import ConfigError, Place, Problem, UsageError
from riskwarn.outputs.forms.content import Form

TEMPLATE = Path(__file__).resolve().parent / "form.docx"
QR_MM = 30
_STAMP = (1980, 1, 1, 0, 0, 0)  # a document must not carry the hour it was made


class _Picture:
    """A picture that a template can place and do nothing else with: docxtpl's own leads out."""

    __slots__ = ("_image",)  # the sandbox hides what begins with an underscore

    def __init__(self, image: Any) -> None:
        self._image = image

    def __html__(self) -> str:
        return str(self._image)


def write_word(form: Form, on: date, path: Path, template: Path = TEMPLATE) -> None:
    """Write one form, readable by its owner only; the same form and template give the same bytes.

    Raises: UsageError D195 when the extra is not installed; ConfigError D196 when a template asks
            for what a form does not have, or does more than show it.
    """
    try:
        from docx.shared import Mm
        from docxtpl import DocxTemplate, InlineImage
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError as error:
        expected = "pip install riskwarn[forms]"
        raise UsageError(Problem("D195", "没有安装文书组件", expected=expected)) from error
    # No global names at all: a loop is all that a template needs.
    sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    sandbox.globals.clear()
    document = DocxTemplate(str(template))
    picture = _Picture(InlineImage(document, BytesIO(_png(form.qr)), width=Mm(QR_MM)))
    try:
        document.render({**_texts(form), "qr": picture}, sandbox, autoescape=True)
    except (TemplateError, TypeError, ValueError, KeyError) as error:
        message = f"文书模板不能使用：{error}"
        raise ConfigError(Problem("D196", message, Place(template.name))) from error
    about = document.docx.core_properties
    about.title, about.author, about.last_modified_by = form.title, "riskwarn", "riskwarn"
    about.created = about.modified = datetime(on.year, on.month, on.day)  # noqa: DTZ001
    out = BytesIO()
    document.save(out)
    path.write_bytes(_still(out.getvalue()))
    path.chmod(0o600)


def _texts(form: Form) -> dict[str, Any]:
    return {
        "title": _text(form.title),
        "number": _text(form.number),
        "lines": [_text(line) for line in form.lines],
        "rows": [{"heading": _text(a), "text": _text(b)} for a, b in form.rows],
        "notes": [_text(line) for line in form.notes],
        "signatures": [_text(line) for line in form.signatures],
        "code": _text(form.code),
    }


def _text(raw: str) -> Any:
    """Escape for XML; the underscore too, since docxtpl turns `{_{` into a tag's braces."""
    from markupsafe import Markup, escape

    return Markup(str(escape(raw)).replace("_", "&#95;"))  # noqa: S704  escaped on this line


def _png(text: str) -> bytes:
    import segno

    out = BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=6)
    return out.getvalue()


def _still(raw: bytes) -> bytes:
    """Give the same document with fixed times in its archive."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return out.getvalue()
