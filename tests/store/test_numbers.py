"""The dictionary: texts numbered once, in parts that are only ever added, whatever stops it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from riskwarn.store import numbered as numbered_room
from riskwarn.store import numbers
from riskwarn.store.idtable import IdTable, hashes_of
from riskwarn.store.numbers import Dictionary, open_folder
from riskwarn.tables.catalogue import load_catalogue


def numbered(folder: Path, *texts: str | None) -> list[int]:
    dictionary = Dictionary(folder)
    found = dictionary.number(pl.Series(texts, dtype=pl.String)).tolist()
    dictionary.keep()
    return found


def test_texts_are_numbered_in_the_order_in_which_they_first_come(tmp_path: Path):
    assert numbered(tmp_path, "b", None, "a", "b", "c") == [0, -1, 1, 0, 2]
    assert numbered(tmp_path, "d", "c", "a") == [3, 2, 1]
    assert Dictionary(tmp_path).texts().to_list() == ["b", "a", "c", "d"]
    assert len(Dictionary(tmp_path).parts()) == 2


def test_numbers_equal_those_of_a_plain_dictionary_over_many_additions(tmp_path: Path):
    rng = np.random.default_rng(3)
    plain: dict[str, int] = {}
    for _ in range(5):
        texts = [f"键{n}" for n in rng.integers(0, 3_000, 2_000)]
        assert numbered(tmp_path, *texts) == [plain.setdefault(t, len(plain)) for t in texts]
    words = Dictionary(tmp_path).texts()
    assert words.to_list() == list(plain)
    assert words.gather(Dictionary(tmp_path).order()).to_list() == sorted(plain)


def test_keys_whose_first_hashes_collide_keep_numbers_of_their_own():
    table = IdTable()
    first = np.full(5_000, 77, np.uint64)  # every key falls on one slot
    second = np.arange(5_000, dtype=np.uint64)
    there = np.ones(5_000, bool)
    assert table.number(first, second, there).tolist() == list(range(5_000))
    assert table.number(first[::-1], second[::-1], there).tolist() == list(range(5_000))[::-1]


def test_a_table_read_back_finds_what_was_entered():
    texts = pl.Series([f"t{n}" for n in range(10_000)])
    table = IdTable()
    found = table.number(*hashes_of(texts))
    again = IdTable(table.first[: table.count], table.second[: table.count])
    assert (again.number(*hashes_of(texts)) == found).all()
    assert again.count == 10_000


def test_killed_before_a_part_is_whole_the_next_run_gives_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert numbered(tmp_path, "a", "b") == [0, 1]

    def die(frame: pl.DataFrame, path: Path) -> None:
        path.with_suffix(".tmp").write_bytes(b"half a par")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(numbers, "write_segment", die)
        with pytest.raises(KeyboardInterrupt):
            numbered(tmp_path, "b", "c", "d")
    assert numbered(tmp_path, "d", "c", "a") == [2, 3, 0]
    assert Dictionary(tmp_path).texts().to_list() == ["a", "b", "d", "c"]


def test_a_part_that_does_not_follow_on_counts_for_nothing(tmp_path: Path):
    numbered(tmp_path, "a", "b")
    numbered(tmp_path, "c")
    numbered(tmp_path, "d")
    Dictionary(tmp_path).parts()[1].unlink()
    assert Dictionary(tmp_path).texts().to_list() == ["a", "b"]


def test_numbers_made_by_other_hashes_are_made_anew(tmp_path: Path):
    folder = open_folder(tmp_path)
    numbered(folder / "code", "a")
    assert open_folder(tmp_path) == folder
    assert len(Dictionary(folder / "code")) == 1
    (folder / "about.json").write_text('{"format": 0}')
    assert len(Dictionary(open_folder(tmp_path) / "code")) == 0


ODD = [
    None,
    "",
    "无",
    "某路1号",
    "某市某路１号",
    "某市 某路1号",
    "某市Ａ座",
    "某市a座1号",
    "金\uf90a路12号楼",
    "é́́é́é́",
    "ﬁﬁﬁ",
    "某市某路1号\n",
    "一二三四五\n",
    "ｶﾞｶﾞｶﾞ",
    "㈠号楼三层",
]
NUMBERS = [
    None,
    "",
    "13900001111",
    "1390000１111",
    "8613900001111",
    "008613900001111",
    "0512-57551234",
    "11111111111",
    "13900001111\n",
    "139 0000 1111",
    "12345",
    "23900001111",
    "19999999999",
]


def test_texts_taken_for_clean_are_numbered_as_those_that_are_cleaned(tmp_path: Path):
    for column, texts in (("address", ODD), ("phone", NUMBERS)):
        spelled = numbered_room.id_columns(load_catalogue().table("enterprise"))[column][column]
        frame = pl.DataFrame({column: pl.Series(texts, dtype=pl.String)})
        dictionary = Dictionary(tmp_path / column)
        found = numbered_room._number_cleaned(frame, column, spelled, dictionary)
        dictionary.keep()
        words = dictionary.texts().to_list()
        given = [None if number < 0 else words[number] for number in found]
        assert given == frame.select(spelled)[column].to_list()
        assert len(set(words)) == len(words) > 3


def test_an_order_kept_before_new_texts_came_is_carried_on(tmp_path: Path):
    rng = np.random.default_rng(8)
    for part in range(6):
        numbered(
            tmp_path, *(f"{'某' * int(n % 3)}{n}" for n in rng.integers(0, 900, 1 + 40 * part))
        )
        dictionary = Dictionary(tmp_path)
        texts = dictionary.texts()
        assert texts.gather(dictionary.order()).to_list() == sorted(texts)
        assert len(list(tmp_path.glob("order-*"))) == 1
