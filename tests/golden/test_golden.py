"""The toy town from deliveries to leads, against the files kept here.

A change of rules, scores or evidence shows as a difference of these files. To accept it:

    python -m tests.golden.test_golden
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from riskwarn.nightly import scan
from tests.night.town import NIGHT, found_town, silent

HERE = Path(__file__).resolve().parent
KEPT = HERE / "leads.json"


def leads_of_the_town(root: Path) -> list[dict[str, Any]]:
    """Scan the town and give what a regulator would see of each lead, in rank order."""
    night = scan(found_town(root), NIGHT, silent)
    lines = (night.folder / "leads.jsonl").read_text(encoding="utf-8").splitlines()
    return [_seen(json.loads(line)) for line in lines]


def _seen(lead: dict[str, Any]) -> dict[str, Any]:
    names = ("rank", "lead_id", "uscc", "name", "item_code", "score", "severity", "deadline_on")
    seen = {name: lead[name] for name in (*names, "department_code", "change")}
    seen["because"] = [
        f"{s['rule_id']}@{s['rule_version']}: {s['message']}" for s in lead["signals"]
    ]
    seen["context"] = [s["message"] for s in lead["context"]]
    seen["clauses"] = [f"{c['canonical']} {c['text'][:40]}" for c in lead["clauses"]]
    seen["path"] = lead["picture"]["sentence"] if lead["picture"] else ""
    seen["rows"] = [row["evidence"] for source in lead["sources"] for row in source["rows"]]
    return seen


def test_the_toy_town_gives_the_leads_kept_here(tmp_path: Path):
    found = leads_of_the_town(tmp_path / "town")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert [lead["lead_id"] for lead in found] == [lead["lead_id"] for lead in kept]
    for one, other in zip(found, kept, strict=True):
        assert one == other


def accept() -> None:
    """Write what the town gives now; read the difference before you commit it."""
    with tempfile.TemporaryDirectory() as folder:
        found = leads_of_the_town(Path(folder) / "town")
    text = json.dumps(found, ensure_ascii=False, indent=1)
    KEPT.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(found)} leads: {KEPT.name}\n")


if __name__ == "__main__":
    accept()
