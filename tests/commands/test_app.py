"""The command line as a person meets it: quick help, an example everywhere, the right exit code."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from riskwarn import errors
from riskwarn.commands.app import app, main

TOP = Path(__file__).resolve().parents[2]
HEAVY = ("polars", "numpy", "numba", "scipy", "xgboost", "networkx", "pandas", "pydantic", "yaml")


def run(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(TOP / "cli.py"), *words], capture_output=True, text=True, cwd=TOP
    )
    return done.returncode, done.stdout + done.stderr


def every_command(group: typer.Typer, path: str = "") -> list[tuple[str, str]]:
    found = []
    for command in group.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        found.append((f"{path} {name}".strip(), (command.callback.__doc__ or "")))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        found += every_command(inner.typer_instance, f"{path} {inner.name}".strip())
    return found


def test_help_loads_nothing_heavy():
    code = f"""
import sys
import riskwarn.commands.app
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=TOP, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "doc"), every_command(app), ids=lambda value: str(value)[:30])
def test_every_command_shows_an_example(name: str, doc: str):
    assert "例：riskwarn " in doc, f"riskwarn {name} has no example in its help"


def test_the_commands_of_the_design_are_there():
    names = {name for name, _ in every_command(app)}
    wanted = {"demo", "init", "doctor", "import", "check", "scan", "leads", "explain", "report"}
    wanted |= {"law show", "rule test", "model train", "draw freeze", "draw run", "draw verify"}
    assert wanted | {"audit verify"} <= names


def test_the_manual_lists_every_exit_code():
    manual = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")
    kinds = errors.RiskwarnError.__subclasses__()
    for code in {kind.exit_code for kind in kinds}:
        assert f"| {code} |" in manual


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("scan", "--workspace", "nowhere"), 3, "W001"),
        (("law", "show", "《食品安全法》第九百条", "--on", "2026-01-01"), 3, "L115"),
        (("scan", "--as-of", "2026-02-30"), 2, "2026-02-30"),
        (("demo", "tests"), 3, "W002"),
        (("demo", "--only", "chicgo"), 2, "是否想写：chicago"),
        (("init", "x", "--region", "33010"), 2, "U015"),
    ],
)
def test_wrong_words_give_a_clear_message_and_the_right_code(
    words: tuple[str, ...], code: int, said: str
):
    got, text = run(*words)
    assert (got, said in text) == (code, True), text


def test_a_full_disk_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    import errno

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "store/x")

    monkeypatch.setattr("riskwarn.commands.app.app", full)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 74
    assert "D001" in capsys.readouterr().err


def test_a_workspace_is_founded_once_and_sound(tmp_path: Path):
    assert run("init", str(tmp_path / "ws"), "--region", "330106")[0] == 0
    code, text = run("check", "--workspace", str(tmp_path / "ws"), "--on", "2026-06-30")
    assert code == 0, text
    code, text = run("init", str(tmp_path / "ws"))
    assert (code, "W002" in text) == (3, True)
