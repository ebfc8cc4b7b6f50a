"""Every quick look against the careful reader it spares: they must never tell two stories."""

import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_series_equal

from riskwarn.sources import identity, keyed
from riskwarn.sources.cells import Cells, cells_of, text_of
from riskwarn.sources.codes import convert_sets, sets_with_care
from riskwarn.sources.convert import Identity, _without_blanks, is_tidy, tidy
from riskwarn.sources.converted import Converted
from riskwarn.sources.findings import Gathered
from riskwarn.sources.headers import match_headers
from riskwarn.sources.identity import (
    convert_persons,
    convert_usccs,
    persons_with_care,
    usccs_with_care,
)
from riskwarn.sources.looks import ODD, WIDE, look_over
from riskwarn.sources.numbers import convert_scaled, scaled_with_care
from riskwarn.sources.rawfile import ROW
from riskwarn.sources.texts import FEW, take_text
from riskwarn.sources.typed import Plan, evidence_of, type_rows
from riskwarn.tables.catalogue import load_catalogue

KEY = bytes(range(32))
ODDITIES = (
    *("", " ", "a ", " a", "a b", "\ta", "a\n", "a\x00b", "\x7f", "\x1f字", "nul\x00", "null", "-"),
    *("\u3000字", "字\u3000", "字\u3000字", "\ufeffa", "a\u200bb", "\u00a0a", "a\u0085", "\u1680x"),
    *(
        "x\u2003",
        "x\u2028y",
        "x\u205f",
        "\u202fx",
        "ＡＢＣ",
        "（甲）",
        "〔2022〕1号",
        "“引”",
        "—",
        "——",
    ),
    *(
        "😀",
        "👩‍👩‍👧",
        "é",
        "e\u0301",
        "㐀",
        "豈",
        "龥",
        "鿿",
        "丂",
        "䷿",
        "㍿",
        "①",
        "\u3001字",
        "N/A",
    ),
    *("字" * 10_001, "a" * 10_001, "无", "不详", "None", "\\N", "é" * 30, " " * 20, "字" * 4 + " "),
)
CODES = ("91320583QQQUKG7A8Y", "92320583QQ0000004C", "92320583QQDY4U9J55")
NUMBERS = ("990101198510318324", "990101198607094515", "99010119851031832X", "99010119851031832x")


@pytest.fixture(autouse=True)
def short_columns_are_read_by_kernels_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "FEW_PERSONS", 0)


def columns_of(words: Sequence[str]) -> list[pl.Series]:
    """A column in many shapes: with nulls, sliced, in chunks, sorted, alone."""
    draw = random.Random(7)
    cells = [draw.choice([*words, None]) for _ in range(300)]
    whole = pl.Series("c", cells, dtype=pl.String)
    alone = [pl.Series("c", [word, None, word]) for word in words[:60]]
    chunked = pl.concat([whole[:50], whole[50:51], whole[200:]], rechunk=False)
    same = [pl.Series("c", [None, None], dtype=pl.String), pl.Series("c", [], dtype=pl.String)]
    return [whole, whole[37:155], chunked, whole.sort(), whole.drop_nulls(), *same, *alone]


def assert_same_reading(found: Converted, wanted: Converted) -> None:
    assert_series_equal(found.values, wanted.values, check_names=False)
    told = [(f.code, f.rows.to_list(), dict(f.hints)) for f in found.findings]
    assert sorted(told, key=repr) == sorted(
        ((f.code, f.rows.to_list(), dict(f.hints)) for f in wanted.findings), key=repr
    )


def texts_in(cells: Cells) -> list[str | None]:
    """The column out of the lent memory, by the format's own description."""
    found: list[str | None] = []
    for i, (size, _, buffer, place) in enumerate(cells.heads.tolist()):
        if cells.valid.size and not cells.valid[i]:
            found.append(None)
            continue
        inside = size <= 12
        begin = 16 * i + 4 if inside else int(cells.starts[buffer]) + place
        found.append(bytes((cells.letters if inside else cells.text)[begin:][:size]).decode())
    return found


def test_lent_memory_holds_the_cells_as_python_sees_them() -> None:
    for column in columns_of((*ODDITIES, *CODES, "0123456789ab", "0123456789abc")):
        with cells_of(column) as cells:
            assert (cells is None) == column.is_empty()
            if cells is not None:
                assert texts_in(cells) == column.to_list()


def test_memory_of_typed_columns_is_not_lent_as_text() -> None:
    with cells_of(pl.Series([1, 2])) as cells:
        assert cells is None


def test_text_is_made_of_rows_of_bytes() -> None:
    block = np.array([[0x61, 0xC3, 0xA9], [0x7A, 0x20, 0x31]], np.uint8)
    assert text_of(block).to_list() == ["aé", "z 1"]


@pytest.mark.parametrize("word", [*ODDITIES, *CODES, "x" * 12, "x" * 13, "字字字字", "字字字字字"])
def test_a_look_passes_over_nothing_that_tidying_or_nfkc_would_change(word: str) -> None:
    column = pl.Series([word, "abc", None])
    with cells_of(column) as cells:
        assert cells is not None
        found, shortest, longest = look_over(*cells.parts)
    assert (shortest, longest) == (min(len(word.encode()), 3), max(len(word.encode()), 3))
    if not found & ODD:
        assert is_tidy(column)
        assert_series_equal(tidy(column), tidy(column, clean=True))
    if not found:
        assert _careful_spelling(column).equals(column)


def test_every_character_that_a_blank_or_nfkc_concerns_is_seen() -> None:
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    texts = pl.Series(every)
    stripped = texts.str.strip_chars().str.strip_chars("\u3000\ufeff\u200b") != texts
    changed = _careful_spelling(texts) != texts
    control = texts.str.contains(r"[\x00-\x1F\x7F]")
    for character, blank, new in zip(every, stripped | control, changed, strict=True):
        if blank or new:
            with cells_of(pl.Series([character])) as cells:
                assert cells is not None
                found, _, _ = look_over(*cells.parts)
            assert not blank or found & ODD, hex(ord(character))
            assert not new or found & WIDE, hex(ord(character))


def _careful_spelling(raw: pl.Series) -> pl.Series:
    return raw.str.normalize("NFKC").str.replace_all(r"\s+", "")


def test_phones_and_addresses_are_spelt_as_without_a_look() -> None:
    for column in columns_of((*ODDITIES, "示例县白塘镇秋星路18号", "12718521396", "0512 8888")):
        assert_series_equal(_without_blanks(column), _careful_spelling(column))


@pytest.mark.parametrize("few", [True, False])
def test_a_column_is_tidied_the_same_whether_its_cells_are_few_or_many(few: bool) -> None:
    many = [] if few else [f"甲{n:05}号店铺的名称" for n in range(FEW + 5)]
    for column in columns_of(ODDITIES)[:5]:
        whole = pl.concat([column, pl.Series("c", many, dtype=pl.String)])
        text = take_text(whole)
        assert (text.places is not None) == few
        clean = is_tidy(whole)
        assert_series_equal(text.rows, tidy(whole, clean=clean), check_names=False)
        assert not text.clean or not whole.str.contains(r"[\x00-\x1F\x7F]").any()
        nulls = text.nulls()
        assert (nulls is None) == (text.rows.null_count() == 0)
        assert nulls is None or nulls.equals(text.rows.is_null())


def test_one_long_text_in_many_places_is_one_of_the_few() -> None:
    parts = [pl.Series([f"{'长' * 20}{n % 3}"]) for n in range(50)]
    text = take_text(pl.concat(parts))
    assert text.values.len() == 3
    assert text.rows.to_list() == pl.concat(parts).to_list()


def test_credit_codes_are_read_as_with_care() -> None:
    registered = pl.DataFrame({"reg_no": ["320583000000015"], "uscc": [CODES[0]]})
    wrong = ("91320583QQQUKG7A8X", "91320583QQQUKG7A8", "91320583QQQUKG7A8O", CODES[0].lower())
    wide = "".join(chr(ord(c) + 0xFEE0) for c in CODES[1])
    words = (*CODES, *wrong, wide, "320583000000015", "字" * 6, "a" * 18, "\x00" * 18)
    for column in columns_of(words) + columns_of(CODES):
        for old in (None, registered):
            assert_same_reading(convert_usccs(column, old), usccs_with_care(column, old))


def test_persons_are_hashed_as_by_the_standard_library() -> None:
    words = [("aZ09" * 15)[:n] for n in range(1, 59)]  # 15 digits would be an old number
    column = pl.Series([*words, *NUMBERS * 9, None])
    wanted = [
        None if w is None else hmac.digest(KEY, w.upper().encode(), hashlib.sha256).hex()[:32]
        for w in column.to_list()
    ]
    assert convert_persons(column, KEY).values.to_list() == wanted


def test_persons_are_read_as_with_care() -> None:
    odd = ("990101851031832", "护照E1234567", "E12345678", "9901 0119851031832X", "Ａ１２３", "x-1")
    for column in columns_of((*NUMBERS, *odd, "9" * 15, "9" * 55, "9" * 56, "1" * 70, "x")):
        assert_same_reading(convert_persons(column, KEY), persons_with_care(column, KEY))


@pytest.mark.parametrize(
    "wrong_rows", [slice(None), slice(0, 1), slice(-1, None), slice(7, None, 16)]
)
def test_hashes_that_the_standard_library_does_not_vouch_for_are_made_by_it(
    monkeypatch: pytest.MonkeyPatch, wrong_rows: slice
) -> None:
    column = pl.Series([None, *(f"P{n:06}" for n in range(300)), "护照E1"])

    def misled(*parts: np.ndarray) -> int:
        others = keyed.hash_numbers(*parts)
        hashes, settled = parts[-3], parts[-2]
        rows = np.flatnonzero(settled)[wrong_rows]
        hashes[rows, 31] ^= 1  # one bit of the last digit, still UTF-8
        return others

    asked: list[int] = []

    def careful(raw: pl.Series, key: bytes) -> Converted:
        asked.append(raw.null_count())
        return persons_with_care(raw, key)

    wanted = persons_with_care(column, KEY)
    monkeypatch.setattr(identity, "persons_with_care", careful)
    assert_same_reading(convert_persons(column, KEY), wanted)
    assert asked == [301]  # the one odd cell alone
    monkeypatch.setattr(identity, "hash_numbers", misled)
    assert_same_reading(convert_persons(column, KEY), wanted)
    assert asked == [301, 1]  # now the whole column


def test_few_persons_are_hashed_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "FEW_PERSONS", 3)
    monkeypatch.setattr(identity, "hash_numbers", None)
    column = pl.Series([*NUMBERS[:2], None])
    assert_same_reading(convert_persons(column, KEY), persons_with_care(column, KEY))
    with pytest.raises(TypeError):
        convert_persons(pl.Series(NUMBERS), KEY)


def test_the_constants_of_sha256_are_those_of_the_standard() -> None:
    assert [hex(x) for x in keyed.START[:2]] == ["0x6a09e667", "0xbb67ae85"]
    assert [hex(x) for x in keyed.ROUNDS[[0, 63]]] == ["0x428a2f98", "0xc67178f2"]
    assert keyed.ROUNDS.size == 64


def test_a_key_longer_than_a_block_is_no_key_of_ours() -> None:
    with pytest.raises(ValueError, match="longer"):
        keyed.key_states(b"k" * 65)


def test_sets_without_a_code_list_are_read_as_with_care() -> None:
    words = (
        "1|2",
        "2|1",
        "1|1",
        "12|2",
        "2|12",
        "a",
        "|",
        "a|",
        "|a",
        "a||b",
        "a,b",
        "a;b",
        "甲|乙",
    )
    more = (
        "320583801483|320583801568",
        "320583801568|320583801483",
        "a b|c",
        "a |b",
        "ab|abc",
        "abc|ab",
    )
    for column in columns_of((*words, *more, *ODDITIES[3:])):
        assert_same_reading(convert_sets(column, None), sets_with_care(column, None))


@pytest.mark.parametrize("scale", [0, 1, 2, 6, 10])
@pytest.mark.parametrize("dtype", [pl.Int64(), pl.Int32()])
def test_decimals_are_read_as_with_care(scale: int, dtype: pl.DataType) -> None:
    words = (
        "0",
        "-0",
        "+5",
        "5.",
        ".5",
        "5.1",
        "-5.12",
        "5.123",
        "5.125",
        "1e3",
        "1.2.3",
        "--1",
        "-",
    )
    more = (
        "21474836",
        "21474837",
        "214748364",
        "2147483647",
        "999999999999",
        "9" * 19,
        "1,000",
        "５",
        "无",
    )
    near = (
        "214746.47",
        "214748.35",
        "922337202",
        "922337203",
        "99999999.99",
        "0.000001",
        "12 元",
        "00012",
    )
    for column in columns_of((*words, *more, *near)):
        text = column.set(column == "", None)
        assert_same_reading(
            convert_scaled(text, scale, dtype), scaled_with_care(text, scale, dtype)
        )


@pytest.mark.parametrize("rows", [[2], [2, 3, 9, 10, 11], [9, 99, 100, 5000], [10, 9], [3, 3], []])
def test_evidence_names_file_and_row(rows: list[int]) -> None:
    series = pl.Series(rows, dtype=pl.UInt32)
    assert evidence_of("年报-1.csv", series).to_list() == [f"年报-1.csv:{row}" for row in rows]


def test_evidence_of_a_long_file_names_every_row() -> None:
    rows = pl.int_range(2, 180_002, dtype=pl.UInt32, eager=True)
    assert evidence_of("a", rows).to_list() == [f"a:{row}" for row in rows]


def test_rows_are_typed_the_same_with_and_without_quick_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = _typed()
    from riskwarn.sources import codes, convert, numbers, texts

    def nothing_lent(column: pl.Series) -> "_Nothing":
        return _Nothing()

    for room in (codes, convert, identity, numbers, texts):
        monkeypatch.setattr(room, "cells_of", nothing_lent)
    careful = _typed()
    assert quick[0].equals(careful[0])
    assert quick[1:] == careful[1:]
    assert quick[0].height
    assert quick[2]


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _typed() -> tuple[pl.DataFrame, int, int, list[object], dict[str, int]]:
    """A chunk of inspections with every kind of fault, and the same rows without."""
    draw = random.Random(3)
    rows = 600
    table = load_catalogue().table("inspection")
    words: dict[str, Sequence[str]] = {
        "uscc": (*CODES, CODES[0].lower(), "X", " " + CODES[1]),
        "inspection_no": [f"J{n:013}" for n in range(rows)] + [""],
        "inspected_on": ("2024-01-05", "2024-2", "2023", "昨天", "2024-02-30"),
        "officers": ("1|2", "2|1", "7", "1 | 2", "甲"),
        "results": ("未发现问题", "没有这个结果", "\x00"),
        "found_problem": ("是", "否", "或许"),
        "cd_operation": ("i", "U", "删除", "？"),
        "cd_batch": ("1", "2", "b" * 70),
        "cd_time": ("2024-05-06 07:08:09", "2024-05", "早上"),
        "known_on": ("2024-06-01", "2024-13-01"),
    }
    chunk = pl.DataFrame(
        {name: [draw.choice([*seq, None]) for _ in range(rows)] for name, seq in words.items()},
        schema=dict.fromkeys(words, pl.String),
    ).with_row_index(ROW, offset=2)
    blank = chunk.head(2).with_columns(pl.lit(None, pl.String).alias(n) for n in words)
    match = match_headers(list(words), table)
    plan = Plan(
        table=table,
        columns=match.columns,
        system=match.system,
        file="检查.csv",
        delivered_on=date(2024, 7, 1),
        identity=Identity(prefix=None, person_key=KEY),
        catalogue=load_catalogue(),
    )
    gathered = Gathered("检查.csv")
    frame, seen, bad = type_rows(pl.concat([chunk, blank]), plan, gathered)
    local = replace(plan, identity=replace(plan.identity, prefix="X-"))
    other, _, _ = type_rows(chunk, local, gathered)
    told: list[object] = [f.to_dicts() for f in (*gathered.rejects, *gathered.notes, other)]
    told.append(sorted(gathered.counts.items()))
    return frame, seen, bad, told, gathered.faults
