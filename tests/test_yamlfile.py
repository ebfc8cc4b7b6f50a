"""YAML read strictly: positions, guards against hostile files, faults said to people."""

import re
import time
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from riskwarn.constants import YAML_MAX_BYTES
from riskwarn.errors import ConfigError
from riskwarn.yamlfile import check_keys, load, parse, read_model

BAD = Path(__file__).parent / "bad_yaml"


def fault(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def test_scalars_stay_the_text_that_was_written():
    plain = parse(
        "a: no\nb: 0330\nc: 110105194912310021\nd: 12:30:45\non: 1e3\ne: 2024-13-45\nf: .inf", "f"
    ).plain()
    assert plain == {
        "a": "no",
        "b": "0330",
        "c": "110105194912310021",
        "d": "12:30:45",
        "on": "1e3",
        "e": "2024-13-45",
        "f": ".inf",
    }


def test_only_unquoted_nothing_is_null():
    assert parse("a:\nb: ~\nc: null\nd: ''\ne: 'null'\nf: \"\"", "f").plain() == {
        **dict.fromkeys("abc"),
        "d": "",
        "e": "null",
        "f": "",
    }


def test_every_value_knows_its_line_and_column():
    root = parse("甲: 1\n乙:\n  - {丙: x}\n", "f.yaml")
    assert str(root.find(("乙", 0, "丙")).place) == "f.yaml:3:9"
    assert str(root.at("乙")) == "f.yaml:2:1"
    assert str(root.find(("乙", 0)).at("丙")) == "f.yaml:3:6"


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert parse(b"\xef\xbb\xbfa: 1", "f").plain() == {"a": "1"}


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="Y001 读不到文件"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[" * 30_000, "f.yaml:1:33: Y008 嵌套过深；应为：不超过 32 层"),
        ("{a: " * 40, "f.yaml:1:129: Y008 嵌套过深；应为：不超过 32 层"),
        ("- " * 40 + "a", "f.yaml:1:65: Y008 嵌套过深；应为：不超过 32 层"),
        ("x" * (YAML_MAX_BYTES + 1), "f.yaml: Y002 文件有 5000001 字节；应为：不超过 5000000 字节"),
        ("a: &x 1\nb: *x", "f.yaml:1:4: Y006"),
        ("a: {<<: *x}", "f.yaml:1:9: Y006"),
        ("a: !!python/object/apply:os.system [ls]", "f.yaml:1:4: Y007"),
        ("a: !!int x", "f.yaml:1:4: Y007"),
        ("a: !!float ''", "f.yaml:1:4: Y007"),
        ("a: !!timestamp x", "f.yaml:1:4: Y007"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: Y010 重复的键 a（第 1 行已有同名键）"),
        ("? [a]\n: 1", "f.yaml:1:3: Y004 键必须是文字"),
        ("a: '\ud800'", "f.yaml:1: Y003"),
        ("a: \x00", "f.yaml: Y004"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: Y004"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_hostile_and_doubtful_files_are_refused_with_their_place(text, wanted):
    assert fault(text).startswith(wanted)


def test_a_bomb_is_refused_quickly():
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(1000))
    begun = time.process_time()
    fault(bomb)
    fault("[" * 1_000_000)
    assert time.process_time() - begun < 1.0


def test_too_many_nodes_are_refused():
    assert "Y005 内容过多" in fault("[" + "1," * 500_000 + "1]")


def test_gbk_is_named_as_what_it_is():
    assert fault("名称: 食品\n".encode("gb18030")) == (
        "f.yaml:1: Y003 不是 UTF-8 编码，像是 GBK（GB18030）；应为：在编辑器里另存为 UTF-8"
    )


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: int = Field(ge=1)
    level: Literal["high", "low"] = "low"
    spoken: ClassVar[dict[str, str]] = {"高": "high", "数量": "count"}


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str = Field(pattern=r"^\d{3}$", description="三位数字")
    items: list[_Inner] = Field(default_factory=list)
    other: dict[str, int] = Field(default_factory=dict)


def model_faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_model(parse(text, "f.yaml"), _Outer)
    return [str(problem) for problem in caught.value.problems]


def test_all_faults_of_a_model_are_told_at_once_each_at_its_place():
    faults = model_faults(
        'code: "12"\nitems:\n  - {count: 0, level: 高}\n  - {数量: 3}\n  - {count: 二}\nohter: {}\n'
    )
    assert faults == [
        "f.yaml:1:7: Y020 code 的值 '12' 不对；应为：三位数字",
        "f.yaml:3:13: Y020 items.0.count 的值 '0' 不对；应为：不小于 1",
        "f.yaml:3:23: Y020 items.0.level 的值 '高' 不对；应为：high、low；是否想写：high",
        "f.yaml:4:5: Y022 缺少 count",
        "f.yaml:4:6: Y021 不认识的键 数量；应为：count、level；是否想写：count",
        "f.yaml:5:13: Y020 items.2.count 的值 '二' 不对；应为：整数",
        "f.yaml:6:1: Y021 不认识的键 ohter；应为：code、items、other；是否想写：other",
    ]


def test_text_where_parts_belong_is_told_from_a_full_width_colon():
    assert model_faults("code: '123'\nother: 甲：1") == [
        "f.yaml:2:8: Y020 other 应分项书写，却是一段文字 '甲：1'：疑为全角冒号“：”；"
        "应为：“键: 值”的映射"
    ]


def test_the_keys_of_one_mapping_can_be_checked_alone():
    found = check_keys(parse("cod: 1\nitems: nonsense", "f.yaml"), _Outer)
    assert [str(problem) for problem in found] == [
        "f.yaml:1:1: Y021 不认识的键 cod；应为：code、items、other；是否想写：code",
        "f.yaml:1:1: Y022 缺少 code",
    ]


def refusals(raw: str | bytes) -> list[str]:
    """Give what is said against a text; anything but a ConfigError fails the test."""
    try:
        parse(raw, "f.yaml").plain()
    except ConfigError as error:
        return [str(problem) for problem in error.problems] or ["refused without a word"]
    return []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="ab:-[]{}\"'，：【】、 \n\t#&*!|>%@\u3000\u200b1", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    assert all(re.match(r"f\.yaml(:\d+){0,2}: Y0", said) for said in refusals(text))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 1800), st.sampled_from("：，、“【［｛　\t-:{}[]'\"#&*!%@$0　"), st.booleans())
def test_a_pack_with_one_character_wrong_is_read_or_refused_with_a_place(at, char, insert):
    right = (BAD / "00_正确.yaml").read_text(encoding="utf-8")
    at = min(at, len(right) - 1)
    text = right[:at] + char + right[at + (0 if insert else 1) :]
    assert all(re.match(r"f\.yaml(:\d+){0,2}: Y0", said) for said in refusals(text))


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_bytes_are_read_or_refused(raw):
    assert all(re.match(r"f\.yaml(:\d+){0,2}: Y0", said) for said in refusals(raw))
