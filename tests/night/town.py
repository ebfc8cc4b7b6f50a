"""A toy town of 200 enterprises, from deliveries to a workspace that can be scanned."""

from datetime import date
from pathlib import Path

from riskwarn.county.generate import make_county
from riskwarn.founding import found_workspace
from riskwarn.importing import import_into
from riskwarn.workspace import SETTINGS_FILE, Workspace

NIGHT = date(2025, 12, 1)
EARLIER = date(2025, 9, 1)
ENTERPRISES = 200
SETTINGS = """\
riskwarn: 1
name: 玩具镇
region: "320583"
generated_data: true
leads: {capacity_per_department: 5}
"""


def found_town(root: Path, enterprises: int = ENTERPRISES) -> Workspace:
    """Make a workspace, put the town's deliveries in it and import them."""
    found_workspace(root, name="玩具镇", region="320583")
    (root / SETTINGS_FILE).write_text(SETTINGS, encoding="utf-8")
    ws = Workspace.open(root)
    make_county(root, enterprises, 1)
    import_into(ws, [ws.inbox], delivered_on=NIGHT)
    return ws


def silent(_stage: str, _done: int, _of: int) -> None:
    """A night that tells nobody."""
