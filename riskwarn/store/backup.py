"""Copies that can be restored, and whether what lies here is whole."""

import shutil
import sqlite3
from pathlib import Path

from riskwarn.errors import Place, Problem
from riskwarn.store.connect import disk_faults
from riskwarn.store.keys import KEY_FILE
from riskwarn.store.segments import sync_folder
from riskwarn.store.store import DATABASE, Store


def back_up(store: Store, folder: Path) -> Path:
    """Copy the store into an empty folder while it may be read: the database, every file, the key.

    Gives:  the folder; made under another name first, so that a half copy is never taken for one.
    Raises: DiskError D001, D002.
    """
    temporary = folder.with_name(folder.name + ".partial")
    with disk_faults(folder):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        copy = sqlite3.connect(temporary / DATABASE)
        try:
            store.db.backup(copy)
        finally:
            copy.close()
        for name in registered_files(store):
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(store.folder / name, target)
        for extra in ("draws", KEY_FILE):
            source = store.folder / extra
            if source.is_dir():
                shutil.copytree(source, temporary / extra)
            elif source.is_file():
                shutil.copy2(source, temporary / extra)
        temporary.replace(folder)
        sync_folder(folder.parent)
    return folder


def registered_files(store: Store) -> list[str]:
    """Files that the database speaks of, below the store's folder."""
    segments = [item.segment for item in store.deliveries()]
    classes = [row[0] for row in store.db.execute("select file from class_files order by file")]
    return [*segments, *classes]


def check_store(store: Store) -> list[Problem]:
    """Look for damage: SQLite's own check, dangling references, missing or unreadable segments."""
    import polars as pl

    place = Place(DATABASE)
    problems = [
        Problem("D005", f"数据库损坏：{row[0]}", place, "从备份恢复")
        for row in store.db.execute("pragma integrity_check")
        if row[0] != "ok"
    ]
    problems += [
        Problem("D005", f"数据库引用不完整：{row[0]}", place, "从备份恢复")
        for row in store.db.execute("pragma foreign_key_check")
    ]
    rows = {item.segment: item.rows for item in store.deliveries()}
    for name in registered_files(store):
        path = store.folder / name
        try:
            held = pl.scan_parquet(path).select(pl.len()).collect().item()
        except (OSError, pl.exceptions.PolarsError):
            problems.append(Problem("D006", "数据文件缺失或损坏", Place(name), "从备份恢复"))
            continue
        if name in rows and held != rows[name]:
            message = f"数据文件应有 {rows[name]} 行，实有 {held} 行"
            problems.append(Problem("D006", message, Place(name), "从备份恢复"))
    return problems
