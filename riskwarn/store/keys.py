"""The key under which identity numbers are hashed: made once, kept beside the store."""

import hashlib
import os
import secrets
from pathlib import Path

from riskwarn.errors import DiskError, Place, Problem
from riskwarn.store.connect import disk_faults
from riskwarn.workspace import Workspace

KEY_FILE = "person.key"
KEY_BYTES = 32


def person_key(ws: Workspace) -> bytes:
    """Give the workspace's key, making it when there is none.

    A workspace of generated data derives its key from the workspace's name, so that runs can be
    repeated on another machine; such a key is no secret and must never guard real people.
    Raises: DiskError D002 when it cannot be read or written, D004 when it was damaged.
    """
    if ws.settings.generated_data:
        return hashlib.sha256(f"riskwarn generated data\n{ws.settings.name}".encode()).digest()
    path = ws.store_dir / KEY_FILE
    with disk_faults(path):
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        message = f"个人信息密钥应为 {KEY_BYTES} 字节，实为 {len(key)}"
        cure = "从备份恢复；换新密钥会使同一人前后不能对应"
        raise DiskError(Problem("D004", message, Place(KEY_FILE), cure))
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
