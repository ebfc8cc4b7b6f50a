"""Every typing slip is reported at its line, with the cure."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from riskwarn.rules.check import check_folder

HERE = Path(__file__).resolve().parents[1] / "bad_yaml"
FILES = sorted(HERE.glob("*.yaml"))
RIGHT = "00_正确"


def messages(file: Path, tmp_path: Path) -> list[str]:
    folder = tmp_path / "bad_yaml"
    folder.mkdir()
    shutil.copy(file, folder / file.name)
    return [str(problem) for problem in check_folder(folder, date(2026, 6, 30))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_file_gives_exactly_the_messages_written_beside_it(file, tmp_path):
    wanted = file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert messages(file, tmp_path) == wanted


def first_changed_line(file: Path) -> int:
    right = (HERE / f"{RIGHT}.yaml").read_bytes().splitlines()
    wrong = file.read_bytes().splitlines()
    pairs = enumerate(zip(right, wrong, strict=False), 1)
    return next((number for number, (a, b) in pairs if a != b), min(len(right), len(wrong)) + 1)


# YAML can notice these only further down, or the fault lies in what is not there.
ELSEWHERE = {"花括号没有闭合", "缺少依据", "缺少unknown测试", "缺少边界测试", "停用没有理由"}


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.stem not in {RIGHT, *ELSEWHERE}], ids=lambda file: file.stem
)
def test_a_message_names_the_line_that_was_changed(file):
    texts = file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    lines = {int(text.split(":")[1]) for text in texts}
    assert first_changed_line(file) in lines


def test_there_are_sixty_slips_and_the_right_file_has_no_fault():
    assert len(FILES) > 60
    assert (HERE / f"{RIGHT}.txt").read_text(encoding="utf-8") == ""
    faulty = [file for file in FILES if file.stem != RIGHT]
    assert all(file.with_suffix(".txt").read_text(encoding="utf-8") for file in faulty)
