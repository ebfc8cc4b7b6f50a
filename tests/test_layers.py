"""A room imports from lower floors only; rooms on one floor do not import each other."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "riskwarn"
FLOORS = [
    ["errors", "terms", "constants", "jit"],
    ["yamlfile", "workspace", "tables", "records"],
    ["store", "sources", "law", "graph", "features", "engine", "audit", "county"],
    ["rules", "model", "draw"],
    ["leads", "outputs"],
    # Floor 6, the only one that opens the store: the stages of the night, the straight lines,
    # and what walks or checks several lines in a row. A line never imports another line.
    ["night", "judging"],
    [
        "nightly",
        "double_random",
        "results_back",
        "retrain",
        "law_update",
        "importing",
        "founding",
        "safekeeping",
        "checking",
        "classifying",
        "lead_life",
        "rehearsal",
        "health",
    ],
    ["auditing", "demonstration"],
    ["commands"],
]
FLOOR_6 = {room for rooms in FLOORS[5:8] for room in rooms}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def imports_of(path: Path) -> list[tuple[int, str]]:
    """List (line, room) for each import of a riskwarn room in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
            if node.module == "riskwarn":
                names = [f"riskwarn.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
        for name in names:
            parts = name.split(".")
            if parts[0] == "riskwarn" and len(parts) > 1 and parts[1] in FLOOR_OF:
                found.append((node.lineno, parts[1]))
    return found


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def allowed(room: str, imported: str) -> bool:
    if room == imported or FLOOR_OF[imported] < FLOOR_OF[room]:
        return True
    if FLOOR_OF[room] == FLOOR_OF[imported] == 1:  # floor 2 has an order of its own
        return room in ("workspace", "tables", "records") and imported == "yamlfile"
    return False


def test_rooms_import_only_from_lower_floors():
    faults = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = room_of(path)
        if room in ("__init__", "__main__", "_bundled"):
            continue
        assert room in FLOOR_OF, f"{path}: the room {room} stands on no floor"
        for line, imported in imports_of(path):
            if not allowed(room, imported):
                faults.append(f"{path.relative_to(PACKAGE.parent)}:{line}: {room} → {imported}")
    assert not faults, "\n".join(faults)


def test_only_floor_six_opens_the_store():
    faults = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = room_of(path)
        if room in ("__init__", "__main__", "store") or room in FLOOR_6:
            continue
        for line, imported in imports_of(path):
            if imported == "store":
                faults.append(f"{path.relative_to(PACKAGE.parent)}:{line}")
    assert not faults, "\n".join(faults)
