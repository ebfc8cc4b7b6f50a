"""Entries of the log and its heads: how a run becomes a leaf, and whether the log is whole."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from riskwarn.audit.tree import Frontier, HashName, leaf_hash
from riskwarn.errors import Place, Problem
from riskwarn.records.ledger import LogLeaf, TreeHead

_WHERE = Place("审计日志")


def canonical_json(value: object) -> str:
    """JSON that has one form only: sorted keys, no blanks; dates as ISO text.

    Raises: TypeError for a float, whose text differs between programs, and for foreign types.
    """
    return json.dumps(
        _plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _plain(value: object) -> Any:
    if isinstance(value, float):
        raise TypeError(f"a float has no canonical form: {value}")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def log_leaf(kind: str, payload: object, name: HashName = "sha256") -> LogLeaf:
    """Make a log entry; its leaf hashes the kind and the payload's canonical form."""
    text = canonical_json(payload)
    return LogLeaf(kind=kind, payload=text, leaf=_leaf(kind, text, name).hex())


def _leaf(kind: str, payload: str, name: HashName) -> bytes:
    return leaf_hash(f"{kind}\n{payload}".encode(), name)


def head_with(
    stored: Sequence[LogLeaf], added: Sequence[LogLeaf], name: HashName = "sha256"
) -> TreeHead:
    """The head of the log once `added` follow what is stored."""
    tree = Frontier(name, (bytes.fromhex(item.leaf) for item in (*stored, *added)))
    return TreeHead(size=tree.size, root=tree.root().hex(), hash_name=name)


def verify_log(
    leaves: Sequence[LogLeaf], heads: Sequence[TreeHead], known: Sequence[TreeHead] = ()
) -> list[Problem]:
    """Recompute every entry and every head.

    Takes:  heads, those stored beside the log; known, heads kept elsewhere (printed, mailed).
    Gives:  A101 an altered entry, A102 a head that no longer follows, A103 a log shorter than a
            head, A104 a head of another hash than the log; none means that all agree.
    """
    names = {head.hash_name for head in (*heads, *known)} or {"sha256"}
    if len(names) > 1:
        return [Problem("A104", f"日志混用了杂凑算法：{'、'.join(sorted(names))}", _WHERE)]
    name: HashName = "sm3" if names == {"sm3"} else "sha256"
    problems = [
        Problem("A101", f"第 {place} 条（{item.kind}）被改动", _WHERE, "与其杂凑值一致的内容")
        for place, item in enumerate(leaves, 1)
        if _leaf(item.kind, item.payload, name).hex() != item.leaf
    ]
    roots = _roots_at(leaves, {head.size for head in (*heads, *known)}, name)
    for head in (*heads, *known):
        if head.size > len(leaves):
            message = f"日志只有 {len(leaves)} 条，树头却有 {head.size} 条：末尾被删"
            problems.append(Problem("A103", message, _WHERE))
        elif roots[head.size] != head.root:
            message = f"前 {head.size} 条与当时的树头不符：有条目被改动、删除或调换"
            problems.append(Problem("A102", message, _WHERE, f"树头 {head.root}"))
    return problems


def _roots_at(leaves: Sequence[LogLeaf], sizes: set[int], name: HashName) -> dict[int, str]:
    tree, roots = Frontier(name), {}
    if 0 in sizes:
        roots[0] = tree.root().hex()
    for item in leaves:
        tree.add(bytes.fromhex(item.leaf))
        if tree.size in sizes:
            roots[tree.size] = tree.root().hex()
    return roots
