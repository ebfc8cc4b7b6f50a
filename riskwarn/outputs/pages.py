"""HTML pages: one engine, escaping on, every value through the gate, nothing from outside."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup

from riskwarn.outputs.gate import clean

TEMPLATES = Path(__file__).resolve().parent / "templates"
MENU = (
    ("index", "index.html", "线索"),
    ("quality", "quality.html", "数据质量"),
    ("method", "method.html", "方法与规则"),
)


class _Engine(Environment):
    """`row.clear` means the row's own value, never a method that happens to have that name."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping):
            return obj[argument] if argument in obj else self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


@cache
def environment() -> Environment:
    """Templates with escaping on, unknown names an error, and the gate behind every value."""
    return _Engine(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_through_gate,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _through_gate(value: Any) -> Any:
    """Whole numbers and text are cleaned; Markup is our own SVG, its labels passed the gate."""
    if isinstance(value, Markup):
        return value
    if value is None or isinstance(value, str | int | Undefined):
        return clean(value)
    raise TypeError(f"a page cannot show a {type(value).__name__}")


@cache
def _asset(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8").strip())  # noqa: S704


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def render(template: str, root: str = "", *, script: bool = False, **values: Any) -> str:
    """Fill a template.

    Takes:  root, the way up to the report's folder (`../` on a lead's page); values, what the
            template names.
    Gives:  a whole page. Its policy allows its own style (and script) by hash and nothing else.
    Raises: jinja2.UndefinedError when the template names a value that was not given.
    """
    css, code = _asset("style.css"), _asset("filter.js") if script else Markup()
    policy = ["default-src 'none'", f"style-src {_source(css)}", "img-src data:"]
    policy += [f"script-src {_source(code)}"] if script else []
    policy += ["base-uri 'none'", "form-action 'none'"]
    page = environment().get_template(template)
    given = {"csp": Markup("; ".join(policy)), "css": css, "script": code}  # noqa: S704
    return page.render(given, root=root, menu=MENU, **values) + "\n"
