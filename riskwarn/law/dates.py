"""The order of versions in time; dates that cannot be or that contradict one another are named."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from riskwarn.errors import Place, Problem
from riskwarn.records.law import LawVersion

_HEADER_LINES = 200


def version_order(version: LawVersion) -> tuple[str, str, str]:
    """Sort key: oldest promulgation first, one that is not dated before all."""
    on = version.promulgated_on.isoformat() if version.promulgated_on else "0000"
    return (on, version.title, version.file)


def was_known(version: LawVersion, on: date | None) -> bool:
    """Whether a version was promulgated, and in the book, on a day; None: whenever."""
    if on is None:
        return True
    promulgated = version.promulgated_on is None or version.promulgated_on <= on
    return promulgated and (version.recorded_on is None or version.recorded_on <= on)


def check_dates(version: LawVersion, root: Path) -> list[Problem]:
    """L013 when a version would commence before it was promulgated."""
    begins, told = version.effective_on, version.promulgated_on
    if begins is None or told is None or begins >= told:
        return []
    message = f"施行日期 {begins} 早于公布日期 {told}，暂按施行日期不详处理"
    place = _place(version, root, "effective:")
    return [Problem("L013", message, place, "修正的法律写修正后的施行日，不详则留空")]


def check_order(
    versions: Sequence[LawVersion], root: Path
) -> list[tuple[Problem, tuple[LawVersion, LawVersion]]]:
    """Name versions of one law whose times overlap, by their headers alone.

    Takes:  versions, oldest promulgation first.
    Gives:  L014, with the two versions, for a younger version that commences before its elder, and
            for one that is said to bind on after its successor commenced. They are held so: of what
            has begun, the youngest promulgation binds. One commencement for both is a header dated
            anew.
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
            problem = Problem("L014", message, place, "核对两份文本的施行日期")
            problems.append((problem, (elder, younger)))
        elif elder.repealed_on is not None and elder.repealed_on > after:
            message = (
                f"文件头写 {elder.repealed_on} 才失效，后一文本却自 {after} 起施行，以后者为准"
            )
            place = _place(elder, root, "repealed:")
            cure = f"改为 {after}，或核对 {younger.file} 的施行日期"
            problems.append((Problem("L014", message, place, cure), (elder, younger)))
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
