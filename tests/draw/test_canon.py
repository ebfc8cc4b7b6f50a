"""Published vectors, and what the bytes must be able to do."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from riskwarn.draw.canon import FORMAT, canonical, hasher, merkle_root, prefixed, ticket_maker
from riskwarn.draw.sm3 import Sm3
from tests.draw.peers import consistent_ticket, rfc3797, rivest

VECTORS = json.loads((Path(__file__).parent / "data" / "test-vectors.json").read_text("utf-8"))


def test_sm3_gives_the_two_vectors_of_the_standard_in_both_implementations():
    for text, key in ((b"abc", "abc"), (b"abcd" * 16, "abcd*16")):
        assert Sm3(text).hexdigest() == VECTORS["sm3"][key]
        assert hasher("sm3")(text).hexdigest() == VECTORS["sm3"][key]


def test_our_sm3_equals_openssl_at_every_length_around_a_block():
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3")
    for size in (0, 1, 55, 56, 57, 63, 64, 65, 119, 128, 1000):
        data = bytes(range(256)) * 4
        assert Sm3(data[:size]).digest() == hashlib.new("sm3", data[:size]).digest()


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_tree_heads_are_those_of_rfc_6962(name):
    key = "merkle_rfc6962_sha256" if name == "sha256" else "merkle_same_tree_sm3"
    leaves = [bytes.fromhex(leaf) for leaf in VECTORS["merkle_rfc6962_sha256"]["leaves_hex"]]
    for size, root in VECTORS[key]["root_by_tree_size"].items():
        assert merkle_root(leaves[: int(size)], hasher(name)).hex() == root


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_a_ticket_is_the_hmac_of_the_length_prefixed_context(name):
    seed = bytes(range(32))
    ticket = ticket_maker(seed, name, "target", "T1", "A")
    message = prefixed(FORMAT, "target", "T1", "A", "91330106000000001X")
    expected = hmac.new(seed, message, lambda data=b"": hasher(name)(data)).digest()
    assert ticket("91330106000000001X") == expected


def test_length_prefixes_tell_apart_what_joining_would_confuse():
    assert prefixed("a,b", "c") != prefixed("a", "b,c")
    assert prefixed("ab", "") != prefixed("a", "b")


def test_canonical_json_has_one_form_and_no_floats():
    assert canonical({"b": 1, "a": ["中", None]}) == '{"a":["中",null],"b":1}\n'.encode()
    with pytest.raises(TypeError):
        canonical({"ratio": [0.1]})


def test_rfc_3797_all_25_rows():
    given = VECTORS["rfc3797"]
    rows = rfc3797(given["key_string"], given["pool_size"])
    assert rows == [(row["md5"], row["div"], row["selected"]) for row in given["rows"]]
    assert [selected for _, _, selected in rows[:10]] == given["first_10"]


def test_rivest_2011_ten_of_ten():
    tests = VECTORS["rivest_2011"]["tests"]
    assert len(tests) == 10
    for test in tests:
        assert rivest(test["seed"], test["total"], test["count"]) == test["expected"]


def test_consistent_sampler_order_and_first_fraction():
    given = VECTORS["consistent_sampler_1.0.10"]
    order = sorted(given["ids"], key=lambda unit: consistent_ticket(unit, str(given["seed"])))
    assert order == given["order"]
    first = given["first_fraction"]
    assert consistent_ticket(first["id"], first["seed"]) == first["ticket"]
