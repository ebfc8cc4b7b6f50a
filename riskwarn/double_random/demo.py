"""The whole way once with the shipped plan, for `riskwarn demo`."""

import hashlib
from datetime import date, timedelta

from riskwarn.double_random.line import PublishedDraw, freeze, run
from riskwarn.draw.plan import read_plan
from riskwarn.workspace import Workspace, resource_dir

DEMO_VALUES = (
    "示例值 03 07 12 19 25 31 + 08",
    "示例值 05 11 22 28 34 + 02 09",
    "示例值 3471.25 11205.80",
)


def run_demo_draw(ws: Workspace, as_of: date) -> PublishedDraw:
    """Go the whole way once with the shipped plan, for `riskwarn demo`.

    The public values are made up and say so in their own text (so does their form), and the salt is
    no secret here, so that the same workspace gives the same bytes; a real draw has neither.
    Takes:  a workspace whose register was imported and, for strata, scanned by as_of.
    """
    path = ws.root / "plan.yaml"
    path.write_text(demo_plan(as_of), encoding="utf-8")
    frozen = freeze(ws, path, as_of, hashlib.sha256(ws.settings_hash.encode()).digest())
    last = max(source.on for source in read_plan(path).sources)
    return run(ws, frozen.draw_id, DEMO_VALUES, {}, last)


def demo_plan(as_of: date) -> str:
    """The shipped plan with its dates moved to follow `as_of` and values that are not real."""
    text = (resource_dir("examples") / "county" / "plan.yaml").read_text(encoding="utf-8")
    text = text.replace('form: "', 'form: "示例值 ')
    days = {"2025-12-03": 2, "2025-12-04": 3}
    for number, shipped in enumerate(days):  # first out of the way of the year
        text = text.replace(shipped, f"<{number}>")
    text = text.replace("2025", str(as_of.year))
    for number, after in enumerate(days.values()):
        text = text.replace(f"<{number}>", (as_of + timedelta(days=after)).isoformat())
    return text
