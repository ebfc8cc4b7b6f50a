"""A law file from anywhere: with our YAML header or without, BOM, CRLF, UTF-8 or GB18030."""

from dataclasses import dataclass
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, system_words

FENCE = "---"
_HEADER_MAX_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFile:
    """The header as text (without its fences) and the law text as promulgated.

    `char_offset` and `line_offset` say how much of the file stands before the text.
    """

    header: str
    text: str
    char_offset: int
    line_offset: int


def read_law_file(path: Path) -> LawFile:
    """Read a law file as it is; line ends and BOM are kept in the text.

    Raises: ConfigError L001 when it cannot be read, L002 when it is neither UTF-8 nor GB18030.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = Problem("L001", f"读不到法律文本：{system_words(error)}", Place(str(path)))
        raise ConfigError(problem) from error
    return split_header(decode(raw, str(path)))


def decode(raw: bytes, name: str) -> str:
    """Decode strictly: UTF-8, then GB18030; a BOM stays the first character."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError as error:
            line = raw[: fault.start].count(b"\n") + 1
            problem = Problem(
                "L002", "文本编码无法识别", Place(name, line), "UTF-8 或 GB18030 编码的文本"
            )
            raise ConfigError(problem) from error


def split_header(text: str) -> LawFile:
    """Cut the YAML front matter off, if there is one."""
    if not text.startswith(FENCE + "\n"):
        return LawFile(header="", text=text, char_offset=0, line_offset=0)
    position = len(FENCE) + 1
    for number in range(1, _HEADER_MAX_LINES):
        end = text.find("\n", position)
        if end < 0:
            break
        if text[position:end].rstrip() == FENCE:
            header = text[len(FENCE) + 1 : position]
            return LawFile(
                header=header, text=text[end + 1 :], char_offset=end + 1, line_offset=number + 1
            )
        position = end + 1
    return LawFile(header="", text=text, char_offset=0, line_offset=0)
