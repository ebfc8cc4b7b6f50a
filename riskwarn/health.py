"""What this machine has and lacks, for `riskwarn doctor`. Nothing here changes anything."""

import hashlib
import platform
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LEAST_FREE = 2 * 2**30  # bytes: a night of a county with its outputs, several times over
LIBRARIES = ("polars", "narwhals", "numba", "scipy", "xgboost-cpu", "xlsxwriter", "holidays")


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    found: str
    good: bool


def look(workspace: Path, now: datetime) -> list[Finding]:
    """Look at interpreter, libraries, SQLite, digests, disk, clock and calendar."""
    return [
        Finding("Python", platform.python_version(), sys.version_info >= (3, 11)),
        *(_library(name) for name in LIBRARIES),
        _sqlite(),
        _sm3(),
        _disk(workspace),
        Finding("时区", str(now.tzinfo), True),
        *(_holidays(year) for year in (now.year, now.year + 1)),
        *_classes(workspace, now.date()),
    ]


def _classes(workspace: Path, today: date) -> list[Finding]:
    """How old the frozen classes are that the draw takes its strata from."""
    from riskwarn.store.store import DATABASE

    database = workspace / "store" / DATABASE
    if not database.is_file():
        return []
    db = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        newest = db.execute("select max(as_of) from frozen_classes").fetchone()[0]
    except sqlite3.OperationalError:
        return []  # a store of an older form: `riskwarn check` says so
    finally:
        db.close()
    if newest is None:
        return [Finding("风险分类", "没有冻结过，抽查按最近一次扫描的类别分层", True)]
    on = date.fromisoformat(newest)
    months = (today.year - on.year) * 12 + today.month - on.month
    text = f"最近一次冻结于 {on}"
    if months == 0:
        return [Finding("风险分类", text, True)]
    if months == 1:
        return [Finding("风险分类", f"{text}，本月尚未冻结", True)]
    cure = "抽查所依据的类别已过时，请运行 riskwarn classify"
    return [Finding("风险分类", f"{text}，已隔 {months} 个月：{cure}", False)]


def _library(name: str) -> Finding:
    try:
        return Finding(name, version(name), True)
    except PackageNotFoundError:
        return Finding(name, "没有安装", False)


def _sqlite() -> Finding:
    """SQLite 3.40.1 was seen to answer LIKE on a trigram table with no rows, wrongly."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute("create virtual table t using fts5(x, tokenize='trigram')")
        db.execute("insert into t values ('列入经营异常名录')")
        rows = db.execute("select count(*) from t where x like '%异常%'").fetchone()[0]
    except sqlite3.OperationalError as error:
        return Finding("SQLite", f"{sqlite3.sqlite_version}，{error}", False)
    finally:
        db.close()
    note = "" if rows else "（trigram 检索两字词有误；条款检索不用它）"
    return Finding("SQLite", f"{sqlite3.sqlite_version}{note}", True)


def _sm3() -> Finding:
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    try:
        good = hashlib.new("sm3", b"abc").hexdigest() == expected
    except ValueError:
        return Finding("SM3", "OpenSSL 未提供，只能用 sha256", False)
    return Finding("SM3", "可用" if good else "结果不对", good)


def _disk(workspace: Path) -> Finding:
    free = shutil.disk_usage(workspace if workspace.exists() else Path()).free
    return Finding("磁盘剩余", f"{free / 2**30:.1f} GiB", free >= LEAST_FREE)


def _holidays(year: int) -> Finding:
    from riskwarn.leads.calendar import work_calendar

    known = year in work_calendar([year]).known_years
    return Finding(f"{year} 年放假安排", "已公布" if known else "未知，期限将标为暂定", known)
