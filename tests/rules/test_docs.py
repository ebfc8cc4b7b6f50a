"""The documents tell the truth: their pack runs, their messages and codes are real."""

import re
from datetime import date
from pathlib import Path

from riskwarn.rules.check import check_folder
from riskwarn.rules.pack import load_packs
from riskwarn.rules.schema import PackFile, RuleFile, TestFile
from riskwarn.rules.templates import load_templates
from riskwarn.rules.try_ import run_tests

ROOT = Path(__file__).resolve().parents[2]
ZH = (ROOT / "docs" / "zh" / "rules.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", ZH, re.DOTALL)
    assert found, mark
    return found[1]


def test_the_pack_of_the_guide_is_sound_and_passes(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "example.yaml").write_text(block("pack"), encoding="utf-8")
    (folder / "features.yaml").write_bytes((ROOT / "rules" / "features.yaml").read_bytes())
    assert check_folder(folder, date(2026, 6, 30)) == []
    results = run_tests(load_packs(folder), ("polars",))
    assert len(results) >= 5
    assert all(result.passed for result in results)


def test_the_filled_sentences_of_the_guide_are_sound_and_pass(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "my_local.yaml").write_text(block("template"), encoding="utf-8")
    for name in ("features.yaml", "templates.yaml"):
        (folder / name).write_bytes((ROOT / "rules" / name).read_bytes())
    assert check_folder(folder, date(2026, 6, 30)) == []
    assert all(result.passed for result in run_tests(load_packs(folder), ("polars",)))


def test_the_guide_lists_every_template_and_every_key():
    for name, one in load_templates(ROOT / "rules").items():
        assert f"| `{name}` | {one.says} |" in ZH
    for model in (RuleFile, PackFile, TestFile):
        keys = [info.alias or name for name, info in model.model_fields.items()]
        assert [key for key in keys if f"`{key}" not in ZH and key != "says"] == []
    rules = sum(len(pack.rules) for pack in load_packs(ROOT / "rules"))
    assert f"{rules} 条规则" in ZH


def test_the_messages_of_the_guide_are_those_that_are_given():
    given = [
        line.removeprefix("bad_yaml/")
        for path in (ROOT / "tests" / "bad_yaml").glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    quoted = block("messages").splitlines()
    assert len(quoted) >= 6
    assert [line for line in quoted if line not in given] == []
    slips = re.search(r"(\d+) 种笔误", ZH)
    assert slips
    assert int(slips[1]) == len(list((ROOT / "tests" / "bad_yaml").glob("*.yaml"))) - 1


def test_every_code_of_the_room_is_in_the_table():
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for first, last in re.findall(r"E(\d{3})–E(\d{3})", text):
        text += " ".join(f"E{n}" for n in range(int(first), int(last) + 1))
    used = set()
    for path in (ROOT / "riskwarn" / "rules").glob("*.py"):
        used |= set(re.findall(r'"([EW]1\d\d)"', path.read_text(encoding="utf-8")))
    assert len(used) > 30
    assert sorted(code for code in used if code not in text) == []
