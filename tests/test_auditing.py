"""A proof of one entry holds by itself; whatever is changed in it, it does not hold."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.audit.tree import HashName
from riskwarn.auditing import check_proof, newest_head, prove_entry
from riskwarn.errors import NothingToDoError, UsageError, VerificationError
from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    root = tmp_path / "ws"
    root.mkdir()
    return Workspace(root, Settings())


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def grow(ws: Workspace, first: int, last: int, name: HashName = "sha256") -> dict[str, Any]:
    with Store.open(ws) as store:
        for number in range(first, last + 1):
            entry = {"day": date(2026, 1, number), "note": f"第{number}夜"}
            leaf = log_leaf("scan", entry, name)
            store.append_log([leaf], head_with(store.log_leaves(), [leaf], name))
    head = newest_head(ws)
    return {"size": head.size, "root": head.root, "hash_name": head.hash_name}


def test_every_entry_is_proved_and_the_log_shown_to_have_only_grown(ws, tmp_path):
    for size in range(1, 8):
        earlier = written(tmp_path / "head.json", grow(ws, size, size))
        head = grow(ws, size + 10, size + 10)
        for number in range(1, int(head["size"]) + 1):
            proof = prove_entry(ws, number, earlier)
            said = check_proof(written(tmp_path / "proof.json", proof))
            assert str(head["root"]) in said


def test_a_proof_that_was_touched_does_not_hold(ws, tmp_path):
    earlier = written(tmp_path / "head.json", grow(ws, 1, 3))
    grow(ws, 4, 9)
    proof = prove_entry(ws, 5, earlier)
    touched: list[tuple[str, dict[str, Any]]] = [
        ("A106", {"payload": {**proof["payload"], "note": "别的"}}),
        ("A106", {"entry": 4}),
        ("A106", {"root": "00" * 32}),
        ("A106", {"path": proof["path"][:-1]}),
        ("A107", {"since": {"size": 3, "root": "11" * 32}}),
        ("A107", {"consistency": []}),
    ]
    for code, change in touched:
        with pytest.raises(VerificationError) as caught:
            check_proof(written(tmp_path / "proof.json", {**proof, **change}))
        assert caught.value.problems[0].code == code


def test_what_is_not_there_is_said(ws, tmp_path):
    with pytest.raises(NothingToDoError):
        newest_head(ws)
    with pytest.raises(UsageError, match="没有第 1 条"):
        prove_entry(ws, 1, None)
    head = grow(ws, 1, 2)
    with pytest.raises(UsageError, match="1 至 2"):
        prove_entry(ws, 3, None)
    later = written(tmp_path / "later.json", {**head, "size": 7})
    with pytest.raises(UsageError, match="不在日志之内"):
        prove_entry(ws, 1, later)
    with pytest.raises(UsageError, match="读不出证明"):
        check_proof(written(tmp_path / "other.json", ["no", "proof"]))
