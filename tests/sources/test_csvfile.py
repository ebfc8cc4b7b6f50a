"""CSV as it arrives: encodings, quotes, uneven lines, truncation; csv of the standard library
is the reference."""

import csv
import io
import random

import polars as pl
import pytest

from riskwarn.errors import InputRejectedError
from riskwarn.sources import csvfile
from riskwarn.sources.csvfile import CsvFile
from riskwarn.sources.opening import open_raw
from riskwarn.sources.rawfile import ROW, check_side_file, distinct_headers, file_sha256


def opened(tmp_path, raw: bytes, name: str = "a.csv") -> CsvFile:
    path = tmp_path / name
    path.write_bytes(raw)
    return CsvFile.open(path, name)


def content(file: CsvFile) -> pl.DataFrame:
    return pl.concat(list(file.chunks()))


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
    ],
)
def test_chinese_text_comes_through_in_each_encoding(tmp_path, encoding, told):
    text = (
        "名称,地址\n王小吃,北京路１号\n𠮷祥㐂,龘㙓\n"
        if encoding != "gbk"
        else "名称,地址\n王小吃,北京路\n"
    )
    file = opened(tmp_path, text.encode(encoding))
    assert file.shape.encoding == told
    assert file.headers == ("名称", "地址")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert content(file).select("名称", "地址").rows() == [tuple(row) for row in rows]


def test_an_encoding_that_is_neither_is_refused_never_guessed(tmp_path):
    with pytest.raises(InputRejectedError, match="I103"):
        opened(tmp_path, "名称\n".encode("utf-16"))
    with pytest.raises(InputRejectedError, match="I103"):
        opened(tmp_path, b"a,b\n\xff\xff\xff,1\n")


def _random_csv(rng: random.Random) -> tuple[str, list[list[str]]]:
    width = rng.randrange(2, 5)
    cells = ["", "a", "x,y", 'say "hi"', "two\nlines", "中文", "  pad", "1"]
    rows = [[f"h{n}" for n in range(width)]]
    for _ in range(rng.randrange(1, 30)):
        uneven = rng.random() < 0.15
        height = rng.randrange(1, width + 3) if uneven else width
        rows.append([rng.choice(cells) for _ in range(height)])
    out = io.StringIO()
    ending = rng.choice(["\n", "\r\n"])
    csv.writer(out, lineterminator=ending).writerows(rows)
    return out.getvalue(), rows


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("block", [7, 64, 1 << 20])
def test_uneven_records_are_found_as_the_standard_library_reads_them(
    tmp_path, monkeypatch, seed, block
):
    monkeypatch.setattr(csvfile, "BLOCK", block)
    text, rows = _random_csv(random.Random(seed))
    file = opened(tmp_path, text.encode())
    read = list(csv.reader(io.StringIO(text)))
    width = len(rows[0])
    uneven = {n: len(row) for n, row in enumerate(read, 1) if len(row) != width and row and n > 1}
    assert file.shape.uneven == uneven
    assert file.shape.rows == len(read) - 1
    assert not file.shape.ends_quoted
    kept = content(file)
    expected = [(n, *row) for n, row in enumerate(read, 1) if n > 1 and len(row) == width]
    found = [
        (row[0], *(cell or "" for cell in row[1:]))
        for row in kept.rows()
        if any(cell is not None for cell in row[1:]) or (row[0], *[""] * width) in expected
    ]
    assert found == expected


def test_blank_lines_are_not_uneven(tmp_path):
    file = opened(tmp_path, b"a,b\n1,2\n\n3,4\r\n\r\n5,6\n")
    assert file.shape.uneven == {}
    assert content(file).drop_nulls()[ROW].to_list() == [2, 4, 6]


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    file = opened(tmp_path, b'a,b\n"x\ny",1\nz,2\n')
    assert content(file).rows() == [(2, "x\ny", "1"), (3, "z", "2")]


def test_control_characters_are_noticed(tmp_path):
    assert opened(tmp_path, b"a,b\n1,\x002\n").shape.has_control
    assert not opened(tmp_path, "a,b\n1,制表\t\r\n".encode()).shape.has_control


def test_tabs_may_separate(tmp_path):
    file = opened(tmp_path, b"a\tb\n1,5\t2\n")
    assert content(file).rows() == [(2, "1,5", "2")]


def test_an_empty_file_and_a_file_without_header_are_empty(tmp_path):
    for raw in (b"", b"\n\n", b" , ,\n1,2,3\n"):
        path = tmp_path / "a.csv"
        path.write_bytes(raw)
        with pytest.raises(InputRejectedError, match="I102"):
            open_raw(path, "a.csv")


def test_a_missing_file_and_a_foreign_suffix_are_said(tmp_path):
    with pytest.raises(InputRejectedError, match="I101"):
        open_raw(tmp_path / "none.csv", "none.csv")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputRejectedError, match=r"I104.*pdf"):
        open_raw(tmp_path / "a.pdf", "a.pdf")


def test_doubled_and_blank_headers_stay_apart():
    assert distinct_headers(["备注", "备注", " ", "a", "备注"]) == (
        "备注",
        "备注#2",
        "#3",
        "a",
        "备注#3",
    )


def test_the_producers_side_file_vouches_or_refuses(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n3,4")
    digest = file_sha256(path, "a.csv")
    side = tmp_path / "a.csv.ok"
    assert not check_side_file(path, "a.csv", digest, 2)
    for text in (
        f"rows=2\nsha256={digest}\n",
        f"2 {digest}",
        f"行数：2，SHA256：{digest.upper()}",
        "2",
    ):
        side.write_text(text)
        assert check_side_file(path, "a.csv", digest, 2), text
    side.write_text(f"rows=3 sha256={digest}")
    with pytest.raises(InputRejectedError, match=r"I110.*应有 3 行，实有 2 行"):
        check_side_file(path, "a.csv", digest, 2)
    side.write_text("rows=2 sha256=" + "0" * 64)
    with pytest.raises(InputRejectedError, match=r"I110.*SHA-256"):
        check_side_file(path, "a.csv", digest, 2)
