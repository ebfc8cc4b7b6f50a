"""Dates of versions that cannot be, or that contradict one another: named, and held."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from riskwarn.errors import Place, Problem
from riskwarn.records.law import LawVersion

_HEADER_LINES = 200


def check_dates(version: LawVersion, root: Path) -> list[Problem]:
    """L013 when a version would commence before it was promulgated."""
    begins, told = version.effective_on, version.promulgated_on
    if begins is None or told is None or begins >= told:
        return []
    message = f"施行日期 {begins} 早于公布日期 {told}，暂按施行日期不详处理"
    place = _place(version, root, "effective:")
    return [Problem("L013", message, place, "修正的法律写修正后的施行日，不详则留空")]


def check_order(versions: Sequence[LawVersion], root: Path) -> list[Problem]:
    """Name versions of one law whose times overlap, by their headers alone.

    Takes:  versions, oldest promulgation first.
    Gives:  L014 for a younger version that commences before its elder, and for one that is said to
            bind on after its successor commenced. They are held so: of what has begun, the
            youngest promulgation binds. One commencement for both is a header dated anew.
    """
    problems = []
    for elder, younger in pairwise(versions):
        begins, after = elder.effective_on, younger.effective_on
        if after is None:
            continue
        one = f"{elder.promulgated_on} 公布的文本（{elder.file}）"
        if begins is not None and after < begins:
            message = f"施行日期 {after} 早于 {one}的施行日期 {begins}，两者重叠，以后公布的为准"
            place = _place(younger, root, "effective:")
            problems.append(Problem("L014", message, place, "核对两份文本的施行日期"))
        elif elder.repealed_on is not None and elder.repealed_on > after:
            message = (
                f"文件头写 {elder.repealed_on} 才失效，后一文本却自 {after} 起施行，以后者为准"
            )
            place = _place(elder, root, "repealed:")
            cure = f"改为 {after}，或核对 {younger.file} 的施行日期"
            problems.append(Problem("L014", message, place, cure))
    return problems


def _place(version: LawVersion, root: Path, key: str) -> Place:
    """The header's line that says it; only asked for when something is wrong."""
    path = root / version.file
    with path.open(encoding="utf-8", errors="replace") as file:
        for line, text in enumerate(file, 1):
            if text.startswith(key):
                return Place(str(path), line, len(key) + 2)
            if line > _HEADER_LINES:
                break
    return Place(str(path))
