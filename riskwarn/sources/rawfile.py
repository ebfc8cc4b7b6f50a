"""A delivered file as text: header, chunks of rows, and what is wrong with its shape."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from riskwarn.errors import InputRejectedError, Place, Problem, system_words
from riskwarn.sources.faults import KINDS

if TYPE_CHECKING:
    import polars as pl

ROW = "__row"  # row number as a person sees it: the header is row 1
CHUNK_ROWS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a look at the bytes says before any cell is read."""

    encoding: str
    separator: str = ","
    rows: int = 0  # records after the header
    uneven: dict[int, int] = field(default_factory=dict)  # row → fields it has
    has_control: bool = False  # some byte is a control character
    ends_open: bool = False  # no line end after the last record
    ends_quoted: bool = False  # the file ends inside quotation marks


class RawFile(Protocol):
    """An opened delivery. `chunks` gives frames of text columns named as `headers`, plus ROW."""

    @property
    def headers(self) -> tuple[str, ...]: ...

    @property
    def shape(self) -> Shape: ...

    @property
    def note_codes(self) -> tuple[str, ...]: ...

    def chunks(self) -> "Iterator[pl.DataFrame]": ...


def file_fault(
    code: str, file: str, more: str = "", line: int = 0, *, cure: str = ""
) -> InputRejectedError:
    """Make the error that refuses a whole file; `cure` where the usual one does not help."""
    kind = KINDS[code]
    expected = cure or kind.cure
    return InputRejectedError(Problem(code, kind.meaning + more, Place(file, line), expected))


def torn_parquet(shown: str) -> InputRejectedError:
    """Make the error that refuses a damaged Parquet file: no part of it can be read."""
    return file_fault("I109", shown, "：Parquet 文件不完整", cure="重新传送")


def file_sha256(path: Path, shown: str) -> str:
    """SHA-256 of the bytes, hex; InputRejectedError I101 when they cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise file_fault("I101", shown, f"：{system_words(error)}") from error


def check_side_file(path: Path, shown: str, sha256: str, rows: int) -> bool:
    """Compare with the producer's `<file>.ok`: a row count and a SHA-256, in any order.

    Gives:  whether there is such a file.
    Raises: InputRejectedError I110 when it says otherwise.
    """
    side = path.with_name(path.name + ".ok")
    if not side.is_file():
        return False
    text = side.read_text(encoding="utf-8", errors="replace")[:1000].lower()
    digest = re.search(r"\b[0-9a-f]{64}\b", text)
    if digest and digest.group() != sha256:
        raise file_fault("I110", shown, "：SHA-256 不同")
    rest = re.sub(r"[0-9a-f]{64}|sha-?256", "", text)
    named = re.search(r"(?:rows|count|行数)\D{0,3}(\d{1,12})", rest)
    count = named or re.fullmatch(r"\D*(\d{1,12})\D*", rest)
    if count and int(count.group(1)) != rows:
        raise file_fault("I110", shown, f"：应有 {count.group(1)} 行，实有 {rows} 行")
    return bool(digest or count)


def distinct_headers(headers: Sequence[str]) -> tuple[str, ...]:
    """Make headers distinct: a second `备注` becomes `备注#2`, a blank one `#5` after its place."""
    seen: dict[str, int] = {}
    out = []
    for place, header in enumerate(headers, 1):
        name = header.strip()
        seen[name] = seen.get(name, 0) + 1
        first = bool(name) and seen[name] == 1
        out.append(name if first else f"{name}#{seen[name] if name else place}")
    return tuple(out)
