"""What the package never does: run text as code, pickle, salted hashes, clocks below the door."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "riskwarn"
BUILTINS = {"eval", "exec", "compile", "__import__", "hash"}
MODULES = {"pickle", "marshal", "shelve", "random", "http", "requests", "socketserver", "ftplib"}
CLOCK = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time")}
# The lock's file says since when it is held: shown to whoever is turned away, in no output.
CLOCK_ALLOWED = {"commands", "store/lock.py"}


def files() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_runs_text_or_loads_pickles_or_reaches_out():
    faults = []
    for name, tree in files():
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in BUILTINS:
                faults.append(f"{name}:{called.lineno}: {called.id}()")
            imported = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            faults += [
                f"{name}:{node.lineno}: import {module}"
                for module in imported
                if module.split(".")[0] in MODULES or module == "urllib.request"
            ]
    assert not faults, "\n".join(faults)


def test_only_commands_read_the_clock():
    faults = []
    for name, tree in files():
        if name.split("/")[0] in CLOCK_ALLOWED or name in CLOCK_ALLOWED:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            if (node.value.id, node.attr) in CLOCK:
                faults.append(f"{name}:{node.lineno}: {node.value.id}.{node.attr}")
    assert not faults, "\n".join(faults)


def test_nothing_names_the_machine_it_was_written_on():
    top = PACKAGE.parent
    words = ("/wo" + "rk/", "/ro" + "ot/", "pypi" + "-more")
    faults = []
    for folder in ("riskwarn", "tests", "docs", "rules", "examples", "bench"):
        for path in sorted((top / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".yaml", ".toml", ".html", ".js") and path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                faults += [f"{path.relative_to(top)}: {word}" for word in words if word in text]
    assert not faults, "\n".join(faults)
