"""A pool that is written, hashed, read and searched piece by piece is the same pool."""

from dataclasses import replace

import polars as pl
import pytest

from riskwarn.audit.tree import leaf_hash, tree_root
from riskwarn.draw import canon, lines
from riskwarn.draw.canon import hasher, merkle_root
from riskwarn.draw.freeze import freeze_draw
from riskwarn.draw.lines import Lines
from riskwarn.draw.lottery import draw_targets
from riskwarn.draw.officers import build_officers, build_recusals
from riskwarn.draw.pool import pool_chunks
from tests.draw.builders import FROZEN_ON, SEED_ON, a_freeze, a_plan, a_town, an_info, some_officers


@pytest.mark.parametrize("rows", [1, 7, 64, 10_000])
def test_ranges_of_any_size_freeze_the_same_bytes_and_draw_the_same(tmp_path, rows):
    plan, town, staff = a_plan(tmp_path), a_town(200), some_officers()
    whole = a_freeze(plan, town, staff)
    scanned = replace(town, enterprises=town.enterprises.reverse().lazy())
    officers = build_officers(plan, staff, SEED_ON)
    recusals = build_recusals(plan, staff, SEED_ON)
    chunks = pool_chunks(plan, scanned, FROZEN_ON, rows)
    pieces = freeze_draw(plan, chunks, officers, recusals, an_info(), tmp_path / "pool.txt")
    assert (tmp_path / "pool.txt").read_bytes() == whole.pool.source
    assert pieces.header_bytes == whole.header_bytes
    assert draw_targets(pieces, b"s" * 32) == draw_targets(whole, b"s" * 32)


def test_an_empty_register_gives_an_empty_pool_of_one_range(tmp_path):
    town = a_town(5)
    none = replace(town, enterprises=town.enterprises.clear(), classes=town.classes.clear())
    assert [c.height for c in pool_chunks(a_plan(tmp_path), none, FROZEN_ON)] == [0]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 13, 64, 67])
def test_a_tree_that_forgets_whole_blocks_has_the_root_of_rfc_6962(monkeypatch, size):
    monkeypatch.setattr(canon, "BLOCK", 4)
    leaves = [str(n).encode() for n in range(size)]
    expected = tree_root([leaf_hash(leaf) for leaf in leaves])
    assert merkle_root(leaves, hasher("sha256")) == expected
    grown = canon.Tree(hasher("sha256"))
    for at in range(0, size, 3):
        grown.add(leaves[at : at + 3])
    assert (grown.root(), grown.count) == (expected, size)


@pytest.mark.parametrize("where", ["memory", "file"])
def test_every_line_is_found_and_nothing_else(tmp_path, where):
    keys = [f"K{n:04d}" for n in range(0, 400, 2)]
    raw = "".join(f"{key}\t{'x' * (n % 700)}\n" for n, key in enumerate(keys)).encode()
    path = tmp_path / "list.txt"
    path.write_bytes(raw)
    held = Lines(path if where == "file" else raw)
    for n, key in enumerate(keys):
        assert held.find(key) == [key, "x" * (n % 700)]
    for key in ("", "A", "K0001", "K0397", "K0399", "Z"):
        assert held.find(key) is None
    assert [line.split("\t")[0] for line in held] == keys


def test_blocks_hold_whole_lines_however_small_they_are(tmp_path, monkeypatch):
    raw = "".join(f"{n}\t{'汉' * n}\n" for n in range(60)).encode()
    path = tmp_path / "list.txt"
    path.write_bytes(raw)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 16)
    blocks = list(Lines(path).blocks(16))
    assert b"".join(blocks) == raw
    assert all(block.endswith(b"\n") for block in blocks)


def test_a_line_is_read_with_empty_fields_and_quotes_as_they_are():
    from riskwarn.draw.lottery import read_pool

    table = read_pool(b'A\t\t"x\tA\tD1=2\tA|!cap\ts\nB\tnull\t\t\t\tU\t0012\n')
    assert table.dtypes == [pl.String] * 7
    assert table.rows() == [
        ("A", "", '"x', "A", "D1=2", "A|!cap", "s"),
        ("B", "null", "", "", "", "U", "0012"),
    ]
