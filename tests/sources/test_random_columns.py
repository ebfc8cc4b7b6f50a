"""Columns as nobody would write them, in every shape memory can have: one story by every way."""

import ctypes
import io
import random
from collections.abc import Callable

import polars as pl
import pytest

from riskwarn.sources import cells, identity
from riskwarn.sources.cells import cells_of
from riskwarn.sources.codes import convert_sets, sets_with_care
from riskwarn.sources.convert import EMPTY_WORDS, _without_blanks, is_tidy, tidy
from riskwarn.sources.converted import Converted
from riskwarn.sources.numbers import convert_scaled, scaled_with_care
from riskwarn.sources.texts import FEW, take_text
from tests.sources.test_looks import KEY, assert_same_reading, texts_in

BLANKS = [chr(c) for c in (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B))]
BLANKS += ["\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]
UNSEEN = list("\u200b\ufeff\u200e\u202e\u2066\u00ad\u061c\u2060\x00\x1f\x7f\x80")
LETTERS = [*"abzAZ019.,;|-+%_元￥｜；，、０９Ａ字丂龥鿿㐀豈𠀀😀é①ﬁ", "e\u0301", "\u4dff", "\ua000"]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
Draw = random.Random
Word = Callable[[Draw], str]


def any_word(draw: Draw) -> str:
    ends = [*BLANKS, *UNSEEN, "", "", ""]
    middle = "".join(
        draw.choice(draw.choice([LETTERS, LETTERS, BLANKS, UNSEEN]))
        for _ in range(draw.choice([0, 1, 3, 4, 12, 13, 30]))
    )
    word = draw.choice(ends) + middle + draw.choice(ends)
    return draw.choice([word] * 6 + ["null", "—", "字" * 4] * 2 + ["长" * draw.choice([9, 21_846])])


def code(draw: Draw) -> str:
    first = "".join(draw.choices(ALPHABET, k=17))
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first))
    whole = first + ALPHABET[-total % 31]
    place = draw.randrange(18)
    spoilt = whole[:place] + draw.choice(["I", "é", "字", "\x00", " "]) + whole[place + 1 :]
    return draw.choice([whole] * 6 + [whole.lower(), spoilt, whole[:place], first + "0"])


def person(draw: Draw) -> str:
    number = "".join(draw.choices("0123456789", k=17)) + draw.choice("0123456789Xx")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    return draw.choice(
        [number] * 5 + [number[:15], wide, number * 3, number * 4, number + "\u2003"]
    )


def number(draw: Draw) -> str:
    digits = "".join(draw.choices("0123456789", k=draw.choice([1, 3, 8, 9, 12, 19, 24])))
    after = "".join(draw.choices("0123456789", k=draw.choice([0, 1, 2, 3, 9])))
    odd = ["+1", "-0", "1e5", "１２", "1,234.5", ".5", "5.", "+.", "٣", "²", "nan", "无", "0x1"]
    edge = str(draw.choice([2**31, 2**63]) + draw.randrange(-2, 3))
    sign = draw.choice(["", "-", "+"])
    words = [
        sign + digits,
        f"{sign}{digits}.{after}",
        sign + edge,
        f"{sign}{edge[:-2]}.{edge[-2:]}",
    ]
    return draw.choice([*words, *words, draw.choice(odd), any_word(draw)[:40]])


def a_set(draw: Draw) -> str:
    words = ["a", "ab", "abc", "é", " ", "", "~", "\x7f", *(str(n) for n in range(20))]
    parts = draw.choices(words, k=draw.randrange(1, 5))
    mark = draw.choice("||||||,;，、\n")
    return mark.join(sorted(set(parts)) if draw.random() < 0.6 else parts)


def through_parquet(draw: Draw, column: pl.Series) -> pl.Series:
    buffer = io.BytesIO()
    column.to_frame().write_parquet(buffer, row_group_size=max(1, len(column) // 3))
    buffer.seek(0)
    return pl.read_parquet(buffer)["c"].slice(draw.randrange(9))


def in_some_shape(draw: Draw, column: pl.Series) -> pl.Series:
    size = len(column)
    at = draw.randrange(size + 1)
    some = pl.Series([draw.random() < 0.3 for _ in range(size)], dtype=pl.Boolean)
    shapes: list[Callable[[], pl.Series]] = [
        lambda: column.slice(at, draw.randrange(size + 1)),
        lambda: pl.concat([column[:at], column[at:], column[at:]], rechunk=False).slice(3),
        lambda: pl.concat([column[n : n + 1] for n in range(min(size, 40))] or [column]),
        lambda: through_parquet(draw, column),
        lambda: column.gather([draw.randrange(size) for _ in range(size)]),
        lambda: column.filter(some),
        lambda: column.set(some, None),
        lambda: column.cast(pl.Categorical).cast(pl.String),
        lambda: column.cast(pl.Binary).cast(pl.String).slice(draw.randrange(9)),
        lambda: pl.concat([column, column[at:]]).rechunk().slice(draw.randrange(9)),
    ]
    return draw.choice(shapes)()


def random_columns(word: Word, count: int) -> "list[pl.Series]":
    draw = random.Random(word.__name__)
    columns = []
    for n in range(count):
        size = (
            4_200
            if n == 0 and word is not any_word
            else draw.choice([0, 1, 2, 7, 8, 9, 31, 64, 65, 200])
        )
        words = [word(draw) for _ in range(draw.choice([1, 5, size + 1]) if n else size)]
        empty = draw.choice([0, 0, 0.1, 0.5, 1]) if n else 0
        drawn = [None if draw.random() < empty else draw.choice(words) for _ in range(size)]
        columns.append(in_some_shape(draw, pl.Series("c", drawn, dtype=pl.String)))
    return columns


@pytest.fixture(autouse=True)
def short_columns_are_read_by_kernels_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "FEW_PERSONS", 0)


@pytest.mark.parametrize("word", [any_word, code, number, a_set])
def test_what_is_lent_and_tidied_is_what_is_there(word: Word) -> None:
    for column in random_columns(word, 60):
        with cells_of(column) as lent:
            assert (lent is None) == column.is_empty()
            assert lent is None or texts_in(lent) == column.to_list()
        wanted = tidy(column, clean=is_tidy(column))
        for codes in (False, True):
            text = take_text(column, codes=codes)
            assert text.rows.to_list() == wanted.to_list()
            assert not text.clean or not column.str.contains(r"[\x00-\x1F\x7F]").any()
        spelt = column.str.normalize("NFKC").str.replace_all(r"\s+", "")
        assert _without_blanks(column).to_list() == spelt.to_list()


@pytest.mark.parametrize("nothing", EMPTY_WORDS)
def test_each_word_for_nothing_is_nothing_among_many_cells_too(nothing: str) -> None:
    column = pl.Series("c", [nothing, *(f"第{n:05}号" for n in range(FEW + 1))])
    text = take_text(column)
    assert text.places is None
    assert text.rows.to_list() == [None, *column.to_list()[1:]]


Reader = Callable[[pl.Series], Converted]
READERS: list[tuple[Word, Reader, Reader]] = [
    (code, identity.convert_usccs, identity.usccs_with_care),
    (
        person,
        lambda raw: identity.convert_persons(raw, KEY),
        lambda raw: identity.persons_with_care(raw, KEY),
    ),
    (a_set, lambda raw: convert_sets(raw, None), lambda raw: sets_with_care(raw, None)),
    *(
        (
            number,
            lambda raw, s=scale, d=dtype: convert_scaled(raw, s, d),
            lambda raw, s=scale, d=dtype: scaled_with_care(raw, s, d),
        )
        for scale, dtype in ((0, pl.Int64()), (2, pl.Int64()), (2, pl.Int32()), (10, pl.Int64()))
    ),
]


@pytest.mark.parametrize("reader", READERS, ids=range(len(READERS)))
def test_quick_and_careful_readers_tell_one_story(reader: tuple[Word, Reader, Reader]) -> None:
    word, quick, careful = reader
    for column in [*random_columns(word, 40), *random_columns(any_word, 6)]:
        assert_same_reading(quick(column), careful(column))


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit machines")
def test_records_are_as_large_as_the_arrow_c_interface_says() -> None:
    sizes = [ctypes.sizeof(record) for record in (cells._Schema, cells._Array, cells._Stream)]
    assert sizes == [72, 80, 40]


def test_lent_memory_outlives_its_series_and_is_given_back_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[cells._Array] = []
    fetch = cells._fetch

    def watched(capsule: object, array: cells._Array) -> bool:
        taken.append(array)
        return fetch(capsule, array)

    monkeypatch.setattr(cells, "_fetch", watched)
    with cells_of(pl.Series(["y" * 40] * 1000)) as lent:
        others = [pl.Series(["z" * 40] * 1000) for _ in range(5)]
        assert lent is not None
        assert set(texts_in(lent)) == {"y" * 40}
        assert taken[-1].release
    assert not taken[-1].release
    with pytest.raises(ZeroDivisionError), cells_of(others[0]):
        raise ZeroDivisionError
    assert not taken[-1].release
    with cells_of(pl.Series([1, 2])) as nothing:
        assert nothing is None
        assert taken[-1].release
    assert not taken[-1].release


@pytest.mark.parametrize(
    "dtype",
    [
        *(pl.Categorical(), pl.Enum(["a"]), pl.Binary(), pl.List(pl.String), pl.Null()),
        *(pl.Boolean(), pl.Date(), pl.Decimal(10, 2), pl.Struct({"a": pl.String})),
    ],
)
def test_columns_that_are_not_text_are_not_lent(dtype: pl.DataType) -> None:
    with cells_of(pl.Series([None, None], dtype=dtype)) as lent:
        assert lent is None
