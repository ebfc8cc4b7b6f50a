"""The hash tree against published heads and proofs, and against every small tree."""

import hashlib
import json
from pathlib import Path

import pytest

from riskwarn.audit.tree import (
    Frontier,
    consistency_holds,
    consistency_proof,
    digest,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    tree_root,
)
from riskwarn.errors import ConfigError

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "merkle_vectors.json").read_text())
RFC = VECTORS["rfc6962_sha256"]
ENTRIES = [bytes.fromhex(text) for text in RFC["leaves_hex"]]
has_sm3 = pytest.mark.skipif(
    "sm3" not in hashlib.algorithms_available, reason="this OpenSSL has no SM3"
)


def leaves(count, name="sha256"):
    return [leaf_hash(entry, name) for entry in ENTRIES[:count]]


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_each_size_is_the_published_one(size):
    assert tree_root(leaves(size)).hex() == RFC["root_by_tree_size"][str(size)]


@has_sm3
@pytest.mark.parametrize("size", range(9))
def test_the_same_tree_stands_under_sm3(size):
    expected = VECTORS["same_tree_sm3"]["root_by_tree_size"][str(size)]
    assert tree_root(leaves(size, "sm3"), "sm3").hex() == expected


@has_sm3
def test_sm3_is_the_standards_own():
    assert digest("sm3", b"abc").hex() == VECTORS["sm3"]["abc"]
    assert digest("sm3", b"abcd" * 16).hex() == VECTORS["sm3"]["abcd*16"]


@pytest.mark.parametrize("case", RFC["inclusion"])
def test_inclusion_proofs_are_the_published_ones(case):
    proof = inclusion_proof(leaves(case["size"]), case["index"])
    assert [part.hex() for part in proof] == case["proof"]


@pytest.mark.parametrize("case", RFC["consistency"])
def test_consistency_proofs_are_the_published_ones(case):
    proof = consistency_proof(leaves(case["second"]), case["first"])
    assert [part.hex() for part in proof] == case["proof"]


def _many(count):
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_every_proof_of_every_small_tree_holds_and_no_other_leaf_passes():
    for size in range(1, 20):
        tree = _many(size)
        root = tree_root(tree)
        for index in range(size):
            proof = inclusion_proof(tree, index)
            assert inclusion_holds(tree[index], index, size, proof, root)
            other = tree[(index + 1) % size]
            assert size == 1 or not inclusion_holds(other, index, size, proof, root)
            assert not inclusion_holds(tree[index], index, size, (*proof, root), root)


def test_every_older_head_is_consistent_and_a_changed_past_is_not():
    for second in range(1, 20):
        tree = _many(second)
        for first in range(1, second + 1):
            proof = consistency_proof(tree, first)
            old, new = tree_root(tree[:first]), tree_root(tree)
            assert consistency_holds(first, second, old, new, proof)
            changed = [leaf_hash(b"forged"), *tree[1:]]
            forged = consistency_proof(changed, first)
            assert not consistency_holds(first, second, old, tree_root(changed), forged)


def test_a_growing_log_has_at_each_size_the_root_of_its_leaves():
    tree = Frontier()
    for count, leaf in enumerate(_many(70), 1):
        tree.add(leaf)
        assert tree.root() == tree_root(_many(count))


def test_a_hash_that_the_machine_lacks_is_said_with_the_cure():
    with pytest.raises(ConfigError, match="A001"):
        digest("no-such-hash", b"")  # type: ignore[arg-type]


def test_proofs_of_leaves_that_are_not_there_are_refused():
    with pytest.raises(IndexError):
        inclusion_proof(_many(3), 3)
    with pytest.raises(IndexError):
        consistency_proof(_many(3), 0)
