"""What came after a result: corrections and publication, appended, never written over."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from riskwarn.store.draws import results_of
from riskwarn.store.store import Store


def results_as_of(store: Store, draw_id: str, on: date) -> list[dict[str, Any]]:
    """Results of one draw as known on a day, the last correction over the first; fixed order."""
    day = on.isoformat()
    rows = [row for row in results_of(store, draw_id) if row["imported_on"] <= day]
    by_key = {_key(row): row for row in rows}
    names = ("checked_on", "codes", "note", "file_sha256", "imported_on")
    for fixed in corrections_of(store, draw_id):
        if fixed["imported_on"] <= day:
            by_key[_key(fixed)] |= {name: fixed[name] for name in names}
    return list(by_key.values())


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["task_no"], row["uscc"], row["department"]


def corrections_of(store: Store, draw_id: str) -> list[dict[str, Any]]:
    """Corrections of a draw's results, oldest first for each check."""
    cursor = store.db.execute(
        "select * from draw_corrections where draw_id=? order by 1,2,3,4,5", (draw_id,)
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def keep_corrections(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append corrections, each after those there are; call within a transaction."""
    sql = (
        "insert into draw_corrections select :draw_id,:task_no,:uscc,:department,"
        "(select count(*) from draw_corrections where draw_id=:draw_id and task_no=:task_no"
        " and uscc=:uscc and department=:department),:checked_on,:codes,:note,:file_sha256,"
        ":imported_on,:reason,:by_person,:second"
    )
    for row in rows:
        store.db.execute(sql, dict(row))


def published_of(store: Store, draw_id: str, on: date) -> dict[tuple[str, ...], str]:
    """What had been published by a day: (task, uscc, department, codes) → the day."""
    rows = store.db.execute(
        "select task_no, uscc, department, codes, published_on from draw_published"
        " where draw_id=? and published_on<=? order by 1,2,3,4",
        (draw_id, on.isoformat()),
    )
    return {tuple(row[:4]): row[4] for row in rows}


def keep_published(store: Store, rows: Iterable[Mapping[str, Any]], on: date) -> None:
    """Mark results as published on a day; call within a transaction."""
    sql = "insert or ignore into draw_published values (?,?,?,?,?,?)"
    fields = ("draw_id", "task_no", "uscc", "department", "codes")
    store.db.executemany(sql, [(*(row[f] for f in fields), on.isoformat()) for row in rows])


def follow_up_changes_of(store: Store, draw_id: str) -> list[dict[str, Any]]:
    """Withdrawals and reopenings of a draw, oldest first for each follow-up."""
    cursor = store.db.execute(
        "select * from draw_follow_up_changes where draw_id=? order by 1,2,3,4,5,6", (draw_id,)
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def keep_follow_up_changes(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append withdrawals and reopenings, each after those there are; within a transaction."""
    sql = (
        "insert into draw_follow_up_changes select :draw_id,:task_no,:uscc,:department,:kind,"
        "(select count(*) from draw_follow_up_changes where draw_id=:draw_id and task_no=:task_no"
        " and uscc=:uscc and department=:department and kind=:kind),:state,:on_day,:due_on,"
        ":provisional,:reason,:by_person,:second"
    )
    for row in rows:
        store.db.execute(sql, dict(row))
