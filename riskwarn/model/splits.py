"""Later days judge earlier ones: train, then calibrate, then test, with an embargo between."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from riskwarn.errors import ConfigError, NothingToDoError, Problem
from riskwarn.model.config import CohortSettings, SplitSettings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rows = npt.NDArray[np.bool_]
    Days = npt.NDArray[np.int32]

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Split:
    """Which rows are fitted, which calibrate, which judge; a row may be in none (embargo)."""

    train: "Rows"
    calibrate: "Rows"
    test: "Rows"
    calibrate_from: date
    test_from: date
    embargo_days: int


def cohort_days(settings: CohortSettings, as_of: date, window_days: int) -> tuple[date, ...]:
    """Name the days of a cohort, earliest first.

    Takes:  the cohort's settings; as_of, the day of training; the label window in days.
    Gives:  days whose label window had passed by as_of.
    Raises: ConfigError M112 when a written day's window reaches beyond as_of.
    """
    if settings.dates:
        late = [d for d in settings.dates if d + timedelta(days=window_days) > as_of]
        if late:
            days = "、".join(str(d) for d in late)
            expected = f"日期 + {window_days} 天 ≤ {as_of}"
            raise ConfigError(
                Problem("M112", f"这些日期的观察期到训练日尚未结束：{days}", expected=expected)
            )
        return tuple(sorted(set(settings.dates)))
    last = as_of - timedelta(days=window_days)
    steps = range(settings.count - 1, -1, -1)
    return tuple(last - timedelta(days=step * settings.every_days) for step in steps)


def split_rows(as_of_days: "Days", settings: SplitSettings, window_days: int) -> Split:
    """Part rows by their as_of.

    Takes:  as_of_days i32 [rows], epoch days; settings; the label window in days (0: at once).
    Gives:  Split. A train row's window ends before calibration starts (embargo, default the label
            window), a calibration row's before the test starts.
    Raises: NothingToDoError M113 when a part has no row.
    """
    embargo = settings.embargo_days if settings.embargo_days is not None else window_days
    calibrate_from, test_from = _boundaries(as_of_days, settings)
    until = _epoch(settings.test_until) if settings.test_until else 2**31 - 1
    train = as_of_days + embargo <= calibrate_from if embargo else as_of_days < calibrate_from
    middle = (as_of_days >= calibrate_from) & (as_of_days < test_from)
    calibrate = middle & (as_of_days + embargo <= test_from) if embargo else middle
    test = (as_of_days >= test_from) & (as_of_days < until)
    parts = {"训练": train, "校准": calibrate, "测试": test}
    empty = [name for name, rows in parts.items() if not rows.any()]
    if empty:
        raise NothingToDoError(
            Problem(
                "M113",
                f"按时间切分后{'、'.join(empty)}部分没有样本",
                expected=f"更多的历史日期，或较短的隔离期（现为 {embargo} 天）",
            )
        )
    return Split(train, calibrate, test, _day(calibrate_from), _day(test_from), embargo)


def _boundaries(as_of_days: "Days", settings: SplitSettings) -> tuple[int, int]:
    import numpy as np

    if settings.calibrate_from and settings.test_from:
        return _epoch(settings.calibrate_from), _epoch(settings.test_from)
    days = np.unique(as_of_days)
    if len(days) < 3:
        raise NothingToDoError(
            Problem(
                "M113",
                f"样本只有 {len(days)} 个观察日，分不出训练、校准、测试",
                expected="至少 3 个",
            )
        )
    tests = max(1, round(settings.test_share * len(days)))
    calibrations = max(1, round(settings.calibrate_share * len(days)))
    if tests + calibrations >= len(days):
        tests = calibrations = 1
    return int(days[-tests - calibrations]), int(days[-tests])


def rolling_folds(
    as_of_days: "Days", starts: Sequence[date], days: int, embargo_days: int
) -> list[tuple["Rows", "Rows"]]:
    """Give (earlier rows, rows of the next `days` days) for each start: tuning without the test.

    Takes:  embargo_days, the label window: an earlier row's has ended when the start comes.
    """
    folds = []
    for start in starts:
        first = _epoch(start)
        later = (as_of_days >= first) & (as_of_days < first + days)
        folds.append((as_of_days < first - max(embargo_days, 1) + 1, later))
    return folds


def fold_numbers(ids: Sequence[str], count: int, seed: int) -> "npt.NDArray[np.int64]":
    """Deal ids into folds of equal size by the order of a keyed hash; the files' order is nothing.

    Gives: i64 [ids], 0 … count − 1.
    """
    import numpy as np

    key = seed.to_bytes(8, "big")
    tickets = [hashlib.blake2b(one.encode(), key=key, digest_size=16).digest() for one in ids]
    order = sorted(range(len(ids)), key=lambda i: tickets[i])
    numbers = np.empty(len(ids), dtype=np.int64)
    numbers[order] = np.arange(len(ids)) % count
    return numbers


def _epoch(day: date) -> int:
    return (day - _EPOCH).days


def _day(epoch: int) -> date:
    return _EPOCH + timedelta(days=epoch)
