"""What a Chinese author probably mistyped where YAML stumbled: the cure beside the fault."""

import re
import unicodedata
from collections.abc import Iterator

import yaml

from riskwarn.errors import ConfigError, Place, Problem

_LOOK_BACK = 3  # YAML often stumbles some lines below the slip
_KEY = r"[A-Za-z_][A-Za-z0-9_.]*"
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_HALF = {"：": ":", "，": ",", "、": ",", "［": "[", "］": "]", "｛": "{", "｝": "}"}
_HALF |= {"【": "[", "】": "]", "（": "(", "“": '"', "”": '"', "‘": "'", "’": "'", "－": "-"}
_DASHES = "－—–•·"
_SPACES = {"\u3000": "全角空格", "\u00a0": "不换行空格", "\u200b": "零宽空格", "\ufeff": "零宽字符"}
# What libyaml says → what a person should look for.
_SAID = {
    "mapping values are not allowed": "此处不该再有“: ”：多半是缩进不齐，或文字里有“: ”而未加引号",
    "could not find expected ':'": "缺少冒号：键和值之间写“: ”（半角冒号加空格）",
    "found unexpected end of stream": "引号没有闭合",
    "found character that cannot start any token": "值不能以 @ ` % 或制表符开头：请加引号",
    "found character '%' that cannot start": "值不能以 % 开头：请加引号",
    "did not find expected '-' indicator": "缩进不齐：同一层的键或“- ”应上下对齐",
    "expected whitespace or line break": "值不能以 ! 开头：请加引号",
    "did not find expected key": "缩进不齐，或上一行的括号、引号没有闭合",
    "did not find expected ',' or ']'": "方括号没有闭合，或各项之间缺少半角逗号",
    "did not find expected ',' or '}'": "花括号没有闭合，或各项之间缺少半角逗号",
    "did not find expected node content": "此处缺少内容：多了一个逗号或括号",
    "block sequence entries are not allowed": "“- ”不能写在这里：应另起一行并缩进",
    "found unknown escape character": "双引号里的 \\ 要写成 \\\\，或改用单引号",
    "did not find expected <document start>": "一个文件只能有一份内容：前面多了或少了缩进",
    "control characters are not allowed": "含有不可见的控制字符",
}


def syntax_error(text: str, name: str, error: yaml.YAMLError) -> ConfigError:
    """Turn a syntax error into a problem at the slip that caused it."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return ConfigError(Problem("Y004", "不是合法的 YAML", Place(name), "合法的 YAML"))
    lines = text.splitlines() or [""]
    last = min(mark.line, len(lines) - 1)
    for number in range(last, max(last - _LOOK_BACK, -1), -1):
        for column, message, cure in find_slips(lines[number]):
            place = Place(name, number + 1, column + 1)
            return ConfigError(Problem("Y009", message, place, cure))
    for number in range(last, -1, -1):
        column = _bare(lines[number]).find('"')
        if column >= 0:
            place = Place(name, number + 1, column + 1)
            return ConfigError(Problem("Y009", "引号没有闭合", place, '成对的半角 "'))
    said = str(getattr(error, "problem", "") or error)
    message = next(
        (cure for word, cure in _SAID.items() if word in said), f"YAML 写法有误（{said}）"
    )
    return ConfigError(Problem("Y004", message, Place(name, mark.line + 1, mark.column + 1)))


def find_slips(line: str) -> Iterator[tuple[int, str, str]]:
    """Give (column, what stands there, what should) for each likely slip of a line, from 0.

    Quoted text and comments are left alone: full-width punctuation is right there.
    """
    bare = _bare(line)
    indent = re.match(r"\s*", bare)
    for column, char in enumerate(indent[0] if indent else ""):
        if char == "\t":
            yield column, "缩进里有制表符", "两个空格"
            return
        if char in _SPACES:
            yield column, f"缩进里有{_SPACES[char]}", "半角空格"
            return
    found = re.match(rf"\s*(?:- )?\s*{_KEY}\s*(：)", bare)
    if found:
        yield found.start(1), "这里是全角“：”", "半角“:”加空格"
    found = re.match(rf"\s*([{_DASHES}])\s*(?:\{{|{_KEY}\s*[:：])", bare)
    if found:
        yield found.start(1), f"列表项以“{found[1]}”开头", "半角“- ”"
    found = re.match(rf"\s*(-)(?={_KEY}\s*:)", bare)
    if found:
        yield found.start(1), "“-”后缺少空格", "“- ”"
    found = re.match(rf"\s*(?:- )?\s*{_KEY}(:)[^\s:/]", bare)
    if found:
        yield found.start(1), "冒号后缺少空格", "“: ”"
    yield from _full_width(bare)


def _full_width(bare: str) -> Iterator[tuple[int, str, str]]:
    """Marks of the Chinese keyboard where YAML wants its own; then a brace that opens a text."""
    for found in re.finditer(r"[［］｛｝【】]", bare):
        yield found.start(), f"这里是全角“{found[0]}”", f"半角“{_HALF[found[0]]}”"
    for found in re.finditer(r"(?<=[:\[,] )[“‘]|(?<=[\[{])[“‘]", bare):
        yield found.start(), f"这里是中文引号 {found[0]}", f"半角引号 {_HALF[found[0]]}"
    if "[" in bare or "{" in bare:
        for found in re.finditer(r"[，、：]", bare):
            yield found.start(), f"这里是全角“{found[0]}”", f"半角“{_HALF[found[0]]}”"
    brace = re.search(r":\s+(\{)[^{}]*\}\s*[^\s,}\]#]", bare)
    if brace:
        yield brace.start(1), "文字以 { 开头", "给整段文字加引号"


def _bare(line: str) -> str:
    """Blank out quoted text and comments; columns stay."""
    return _COMMENT.sub(_blank, _QUOTED.sub(_blank, line))


def _blank(found: "re.Match[str]") -> str:
    return " " * len(found[0])


def plain_word(text: str) -> str:
    """Give a word as it was meant: half-width, without Chinese quotes, marks and blanks."""
    word = unicodedata.normalize("NFKC", text)
    word = "".join(char for char in word if char not in _SPACES and char not in "“”‘’\"'")
    return word.strip().strip(":;,.。；，、").strip()


def half_width(text: str) -> tuple[str, str]:
    """Give the first full-width mark in a word and what should stand for it, or two blanks."""
    return next(((char, _HALF[char]) for char in text if char in _HALF), ("", ""))


def odd_characters(text: str) -> str:
    """Name what is invisible in a word, or give nothing."""
    for char in text:
        if char in _SPACES or unicodedata.category(char) in ("Cf", "Cc"):
            return _SPACES.get(char, "不可见字符")
    return ""


def list_slip(text: str) -> tuple[str, str]:
    """Say what is wrong with text that stands where a list should: (what, cure), or two blanks."""
    if text[:1] in "［【" and text:
        return f"疑为全角方括号“{text[0]}”", "半角 [ 和 ]"
    for char in "，、；":
        if char in text:
            parts = [part.strip() for part in text.strip("[]［］【】").split(char)]
            return f"疑为用“{char}”分隔", f"[{', '.join(parts)}]"
    return "", ""
