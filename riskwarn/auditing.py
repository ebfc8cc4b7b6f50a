"""Is what was published still what was logged? Anybody with a head can ask."""

import hashlib
import json
from pathlib import Path

from riskwarn.audit.log import canonical_json, verify_log
from riskwarn.audit.tree import (
    HashName,
    consistency_holds,
    consistency_proof,
    digest,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
)
from riskwarn.errors import NothingToDoError, Place, Problem, UsageError, VerificationError
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


def prove_entry(ws: Workspace, number: int, since: Path | None) -> dict[str, object]:
    """What an outsider needs to see that one entry is in the log, without seeing the others.

    Takes:  number, the entry's place from 1; since, a head kept earlier: its log is then shown to
            be the beginning of today's.
    Gives:  kind and payload, place, size, root, the audit path (RFC 6962 §2.1.1) and, with `since`,
            the consistency proof (§2.1.2), lowest level first, in hex.
    Raises: UsageError U016 when there is no such entry, U013 for a head that cannot be read or
            that is no beginning of this log.
    """
    with Store.open(ws) as store:
        leaves, heads = store.log_leaves(), store.tree_heads()
    head = heads[-1] if heads else TreeHead(size=0, root="", hash_name="sha256")
    if not 1 <= number <= head.size:
        expected = f"1 至 {head.size}" if head.size else "先运行 riskwarn scan"
        raise UsageError(Problem("U016", f"日志里没有第 {number} 条", None, expected))
    name: HashName = "sm3" if head.hash_name == "sm3" else "sha256"
    hashes = [bytes.fromhex(leaf.leaf) for leaf in leaves[: head.size]]
    entry = leaves[number - 1]
    proof: dict[str, object] = {
        "entry": number,
        "kind": entry.kind,
        "payload": json.loads(entry.payload),
        "size": head.size,
        "root": head.root,
        "hash_name": name,
        "path": [part.hex() for part in inclusion_proof(hashes, number - 1, name)],
    }
    if since is not None:
        earlier = _read_head(since)
        if not 0 < earlier.size <= head.size:
            expected = f"1 至 {head.size} 条的树头"
            raise UsageError(Problem("U013", "树头的条数不在日志之内", Place(str(since)), expected))
        parts = consistency_proof(hashes, earlier.size, name)
        proof["since"] = {"size": earlier.size, "root": earlier.root}
        proof["consistency"] = [part.hex() for part in parts]
    return proof


def check_proof(path: Path) -> str:
    """Hold a proof to itself, with nothing but the file: no store, no workspace.

    Gives:  one sentence that names the entry and the head to compare with the one kept elsewhere.
    Raises: UsageError U013 for a file that is no proof; VerificationError A106 where the entry does
            not lead to the root, A107 where the earlier log is not the beginning of the later one.
    """
    place = Place(str(path))
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        name: HashName = "sm3" if value["hash_name"] == "sm3" else "sha256"
        leaf = leaf_hash(f"{value['kind']}\n{canonical_json(value['payload'])}".encode(), name)
        number, size, root = int(value["entry"]), int(value["size"]), bytes.fromhex(value["root"])
        parts = [bytes.fromhex(part) for part in value["path"]]
        since = value.get("since")
        steps = [bytes.fromhex(part) for part in value.get("consistency", [])]
        first = (int(since["size"]), bytes.fromhex(since["root"])) if since else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = Problem("U013", "读不出证明", place, "riskwarn audit prove 打印的 JSON")
        raise UsageError(problem) from error
    if not inclusion_holds(leaf, number - 1, size, parts, root, name):
        problem = Problem("A106", f"第 {number} 条不在这棵树里", place, "内容、路径与树根一致")
        raise VerificationError(problem)
    if first and not consistency_holds(first[0], size, first[1], root, steps, name):
        problem = Problem("A107", "先前的日志不是现在日志的开头", place, "只增不改的日志")
        raise VerificationError(problem)
    grown = f"；前 {first[0]} 条与先前的树头一致" if first else ""
    return f"第 {number} 条在 {size} 条的日志之中{grown}；请把树根 {root.hex()} 与另存的树头比较"


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
