# mypy: ignore-errors
# ruff: noqa: N802, N803, N818
"""Check one opened enterprise of an unannounced draw with nothing but Python 3.9+.

python verify_opening.py OPENED.json PUBLISHED_FOLDER [--root HEX] [--result HEX]

The folder holds freeze.json and result.json as published on the day of the draw; --root and
--result are the two hashes of the notice. Exit 0: what was opened is what was drawn then; 5: not.
"""

import argparse
import json
import sys
from hashlib import new as hash_new
from pathlib import Path


class Fail(Exception): ...


def need(truth, reason):
    if not truth:
        raise Fail(reason)


def climb(leaf, index, size, proof, H):
    """Give the tree head that a proof leads to.  Source: RFC 9162 2.1.3.2."""
    need(0 <= index < size, "no such leaf")
    last, found = size - 1, leaf
    for part in proof:
        need(last > 0, "the proof is too long")
        if index & 1 or index == last:
            found = H(b"\1" + bytes.fromhex(part) + found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = H(b"\1" + found + bytes.fromhex(part))
        index, last = index >> 1, last >> 1
    need(last == 0, "the proof is too short")
    return found.hex()


def check(opened, freeze_raw, result_raw, root=None, result=None):
    head = json.loads(freeze_raw)

    def H(data):
        return hash_new(head["hash"], data).digest()

    need(root in (None, H(b"\0" + freeze_raw).hex()), "not the freeze that was published")
    need(result in (None, H(result_raw).hex()), "not the result that was published")
    for name, tree in (
        ("pool", head["lists"]["pool.txt"]),
        ("opening", json.loads(result_raw)["openings"]),
    ):
        part = opened[name]
        need(part["size"] == tree["count"], name + ": another number of leaves")
        leaf = H(b"\0" + part["leaf"].encode())
        found = climb(leaf, part["index"], part["size"], part["proof"], H)
        need(found == tree["root"], name + ": the leaf is not in the published tree")
    inside = json.loads(opened["opening"]["leaf"])
    uscc = opened["uscc"]
    need(opened["pool"]["leaf"].split("\t")[0] == inside["uscc"] == uscc, "another enterprise")
    need(inside["drawn"] and all(r.split("\t")[4] == uscc for r in inside["drawn"]), "not drawn")
    need(all(r.split("\t")[0] == uscc for r in inside["crews"]), "another crew")


def verify_opening(path, folder, root=None, result=None):
    try:
        opened = json.loads(Path(path).read_bytes())
        raws = [(Path(folder) / name).read_bytes() for name in ("freeze.json", "result.json")]
        check(opened, *raws, root, result)
    except Exception as error:
        reason = str(error) if isinstance(error, Fail) else f"malformed ({type(error).__name__})"
        return {"ok": False, "failed_step": "opening", "reason": reason}
    return {"ok": True, "failed_step": None, "reason": "", "uscc": opened["uscc"]}


if __name__ == "__main__":
    cli = argparse.ArgumentParser(description=__doc__)
    for name in ("opened", "folder", "--root", "--result"):
        cli.add_argument(name)
    args = cli.parse_args()
    answer = verify_opening(args.opened, args.folder, args.root, args.result)
    print(json.dumps(answer, ensure_ascii=False))  # noqa: T201
    sys.exit(0 if answer["ok"] else 5)
