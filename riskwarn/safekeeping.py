"""A copy of the whole workspace that opens in its place, checked before it is called one."""

import shutil
from pathlib import Path

from riskwarn.errors import ConfigError, DiskError, Place, Problem, raise_all
from riskwarn.store.backup import back_up, check_store
from riskwarn.store.connect import disk_faults
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.workspace import SETTINGS_FILE, Workspace

NOT_COPIED = ("store", "out", "inbox")  # the store by its own way; the others can be had again


def back_up_workspace(ws: Workspace, folder: Path) -> Path:
    """Copy settings, rules, laws, models and the store into an absent or empty folder.

    Nothing writes to the workspace meanwhile: the copy holds its lock. The copied store is opened
    and checked; a copy that is not whole is taken away again.
    Gives:   the folder, itself a workspace.
    Raises:  ConfigError W002 for a folder in use, or one inside the workspace; LockHeldError;
             DiskError D001 full disk, D005 or D006 when what was copied is damaged.
    """
    target = folder.resolve()
    if target.is_relative_to(ws.root.resolve()):
        raise ConfigError(
            Problem("W002", "备份不能放在工作区里面", Place(str(folder)), "另一块磁盘上的文件夹")
        )
    if target.exists() and any(target.iterdir()):
        raise ConfigError(
            Problem("W002", "文件夹不是空的，未作改动", Place(str(folder)), "一个空的或新的文件夹")
        )
    beside = target.with_name(target.name + ".partial")
    with hold_lock(ws.store_dir, "备份"), disk_faults(folder):
        shutil.rmtree(beside, ignore_errors=True)
        try:
            _copy_decisions(ws.root, beside)
            with Store.open(ws) as store:
                back_up(store, beside / ws.store_dir.name)
            _check_copy(beside)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        beside.replace(target)
    return folder


def _copy_decisions(root: Path, target: Path) -> None:
    """Copy whatever people decided and wrote: every entry but the store and what can be remade."""
    target.mkdir(parents=True)
    for entry in sorted(root.iterdir()):
        if entry.name in NOT_COPIED:
            continue
        if entry.is_dir():
            shutil.copytree(entry, target / entry.name)
        else:
            shutil.copy2(entry, target / entry.name)
    (target / "inbox").mkdir()


def _check_copy(root: Path) -> None:
    if not (root / SETTINGS_FILE).is_file():
        raise DiskError(Problem("D006", "备份里没有设置文件", Place(str(root)), SETTINGS_FILE))
    with Store.open(Workspace.open(root)) as copy:
        raise_all(DiskError, check_store(copy))
