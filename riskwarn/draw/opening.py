"""Unannounced checks: on the day of the draw only hashes are published, then leaf by leaf.

One leaf for each drawn enterprise holds its lines of drawn.txt and crews.txt and 16 secret bytes,
so that neither a leaf's neighbours in a proof nor guesses tell who is next or who comes. The tree's
root is in result.json, whose hash is in the notice.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from riskwarn.audit.tree import inclusion_proof, leaf_hash
from riskwarn.draw.canon import BLOCK, HashName, canonical, fold, hasher, merkle_root
from riskwarn.draw.freeze import Frozen
from riskwarn.draw.plan import say_stratum, show_bp

HERE = Path(__file__).resolve().parent
VERIFIER = "verify_opening.py"


def opening_leaves(
    drawn: Sequence[str], crews: Sequence[str], salt_key: bytes
) -> list[tuple[str, bytes]]:
    """Give (uscc, leaf bytes) of every enterprise that was drawn, sorted by uscc."""
    by_uscc: dict[str, tuple[list[str], list[str]]] = {}
    for line in drawn:
        fields = line.split("\t")
        if fields[2] == "D":
            by_uscc.setdefault(fields[4], ([], []))[0].append(line)
    for line in crews:
        by_uscc[line.split("\t")[0]][1].append(line)
    return [
        (
            uscc,
            canonical(
                {"uscc": uscc, "drawn": lines, "crews": staffed, "salt": _salt(uscc, salt_key)}
            ),
        )
        for uscc, (lines, staffed) in sorted(by_uscc.items())
    ]


def _salt(uscc: str, key: bytes) -> str:
    """Another purpose than the pool's salt of the same enterprise, so another salt."""
    digest = hashlib.blake2b(uscc.encode(), key=key[:64], digest_size=16, person=b"opening")
    return digest.hexdigest()


def openings_tree(leaves: Sequence[tuple[str, bytes]], hash_name: HashName) -> dict[str, Any]:
    """Give what result.json says of the leaves: count and root."""
    root = merkle_root((leaf for _, leaf in leaves), hasher(hash_name))
    return {"count": len(leaves), "root": root.hex()}


def open_leaf(
    draw_id: str, uscc: str, frozen: Frozen, leaves: Sequence[tuple[str, bytes]]
) -> bytes:
    """Give one enterprise's opening as canonical bytes: its leaf and pool line with proofs.

    Raises: KeyError when it was not drawn.
    """
    name: HashName = frozen.header["hash"]
    if uscc not in dict(leaves):
        raise KeyError(uscc)
    return canonical(
        {
            "draw_id": draw_id,
            "uscc": uscc,
            "opening": _proven(leaves, uscc, name),
            "pool": _proven(_keyed(frozen.pool), uscc, name),
        }
    )


def _keyed(lines: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    return ((line.partition("\t")[0], line.encode()) for line in lines)


def _proven(leaves: Iterable[tuple[str, bytes]], uscc: str, name: HashName) -> dict[str, Any]:
    """Give a leaf with its proof in one pass; of whole blocks only the roots are kept."""
    new = hasher(name)
    stream = iter(leaves)
    tops: list[bytes] = []
    own: list[bytes] = []
    at, found, size = -1, b"", 0
    while block := list(islice(stream, BLOCK)):
        hashes = [leaf_hash(leaf, name) for _, leaf in block]
        for place, (code, leaf) in enumerate(block):
            if code == uscc:
                at, found, own = size + place, leaf, hashes
        tops.append(fold(hashes, new))
        size += len(block)
    path = inclusion_proof(own, at % BLOCK, name) + inclusion_proof(tops, at // BLOCK, name)
    proof = [part.hex() for part in path]
    return {"leaf": found.decode(), "index": at, "size": size, "proof": proof}


def embargo_files(frozen: Frozen, result: bytes) -> dict[str, bytes]:
    """Give what may be published on the day: no list, no seed, no officer."""
    new = hasher(frozen.header["hash"])
    result_hash = new(result).hexdigest()
    head = frozen.header
    lines = [
        f"{head['title']}（第 {head['batch']} 批）双随机抽查公示（不预先告知）",
        "",
        f"发布机关：{head['issuer']}　　冻结日期：{head['frozen_on']}",
        f"冻结根哈希：{frozen.root}",
        f"结果哈希：{result_hash}",
        *[
            f"任务 {task['task']}：{task['title']}（比例 "
            + "、".join(f"{say_stratum(k)} {show_bp(v)}" for k, v in task["ratios_bp"].items())
            + "）"
            for task in head["tasks"]
        ],
        "对象、人员与种子在检查完成后逐户开封，全部完成后公布完整证据包。",
        f"验证一户：python {VERIFIER} 开封/<信用代码>.json 本文件夹 --root … --result …",
    ]
    return {
        "freeze.json": frozen.header_bytes,
        "result.json": result,
        "公示.txt": ("\n".join(lines) + "\n").encode(),
        VERIFIER: (HERE / VERIFIER).read_bytes(),
    }
