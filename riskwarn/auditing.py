"""Is what was published still what was logged? Anybody with a head can ask."""

import hashlib
import json
from pathlib import Path

from riskwarn.audit.log import canonical_json, verify_log
from riskwarn.audit.tree import HashName, digest
from riskwarn.errors import NothingToDoError, Place, Problem, UsageError
from riskwarn.night.plan import MANIFEST
from riskwarn.records.ledger import LogLeaf, TreeHead
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace


def verify_workspace(ws: Workspace, against: Path | None) -> tuple[int, list[Problem]]:
    """Recompute the log, compare its heads, and hold the published nights to their log entries.

    Takes:  against, a head kept elsewhere, as `audit show` printed it.
    Gives:  the number of entries and every problem (A101–A104 the log, A110–A112 the outputs).
    """
    known = [_read_head(against)] if against else []
    with Store.open(ws) as store:
        leaves, heads = store.log_leaves(), store.tree_heads()
        standing = {run.run_key for run in store.runs("scan")}
    problems = verify_log(leaves, heads, known)
    name: HashName = "sm3" if heads and heads[-1].hash_name == "sm3" else "sha256"
    for leaf in leaves:
        if leaf.kind == "scan":
            problems += _check_night(ws, leaf, standing, name)
    return len(leaves), problems


def newest_head(ws: Workspace) -> TreeHead:
    """The head to be kept elsewhere. Raises: NothingToDoError A105 for an empty log."""
    with Store.open(ws) as store:
        heads = store.tree_heads()
    if not heads:
        raise NothingToDoError(Problem("A105", "审计日志还是空的", None, "先运行 riskwarn scan"))
    return heads[-1]


def _read_head(path: Path) -> TreeHead:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return TreeHead(
            size=int(value["size"]), root=str(value["root"]), hash_name=str(value["hash_name"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = Problem(
            "U013", "读不出树头", Place(str(path)), "riskwarn audit show 打印的一行 JSON"
        )
        raise UsageError(problem) from error


def _check_night(ws: Workspace, leaf: LogLeaf, standing: set[str], name: HashName) -> list[Problem]:
    """Hold one published night to its entry; a night that a later run replaced is skipped."""
    logged = json.loads(leaf.payload)
    folder = ws.out_dir / logged["as_of"]
    place = Place(f"out/{logged['as_of']}/{MANIFEST}")
    if logged["run_key"] not in standing:
        return []
    if not (folder / MANIFEST).is_file():
        return [Problem("A110", "已入库的一晚没有发布的结果", place, "重新运行 riskwarn scan")]
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if digest(name, canonical_json(manifest).encode()).hex() != logged["manifest"]:
        return [Problem("A111", "结果清单与日志不符", place, "日志所记的清单")]
    return [
        Problem("A112", "文件与清单不符", Place(f"out/{logged['as_of']}/{file}"), sha256)
        for file, sha256 in manifest["files"].items()
        if _sha256(folder / file) != sha256
    ]


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
