import random
from datetime import date, timedelta

import pytest
from markupsafe import Markup

from riskwarn.outputs import gate
from riskwarn.outputs.gate import clean, leaks, mask_field, mask_name, mask_text, show_hidden
from riskwarn.terms import PersonalData, Severity
from tests.builders import a_uscc

# The example number of GB 11643-1999's own kind: 110105 1949-12-31 002 X has a right check.
ID = "11010519491231002X"


def an_id(rng, valid=True):
    """An identity number after GB 11643, its check character by the standard's own table."""
    birth = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    first17 = f"{rng.choice(['110105', '330106', '440305'])}{birth:%Y%m%d}{rng.randrange(1000):03d}"
    total = sum(int(c) * (2 ** (17 - n) % 11) for n, c in enumerate(first17))
    right = "10X98765432"[total % 11]
    return first17 + (right if valid else "7" if right != "7" else "8")


def test_the_examples_of_the_threat_list():
    assert mask_text(f"身份证{ID}，") == "身份证110105********002X，"
    assert mask_text("电话13800138000。") == "电话138****8000。"
    assert mask_field("张三丰", PersonalData.NAME) == "张*"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("138-0013-8000", "138****8000"),
        ("138 0013 8000", "138****8000"),
        ("+86 13800138000", "+86 138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("0571-88886666", "0571-8888****"),
        ("zhang.san@example.com", "z***@example.com"),
        ("110105491231002", "110105******002"),
        ("110105１９４９1231002x", "110105********002x"),
    ],
)
def test_other_spellings_are_masked_too(raw, shown):
    assert mask_text(raw) == shown


def test_a_thousand_persons_leave_no_number_in_any_text():
    rng = random.Random(11)
    for _ in range(1000):
        number = an_id(rng, valid=rng.random() < 0.9)
        phone = f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
        text = clean(f"联系人电话{phone}，证件号码：{number}；备注{number}/{phone}")
        assert number not in text
        assert phone not in text
        assert leaks(text) == []


def test_enterprise_codes_item_codes_dates_hashes_and_amounts_are_left_alone():
    rng = random.Random(3)
    for n in range(500):
        assert mask_text(a_uscc(n)) == a_uscc(n)
        assert mask_text(f"{rng.getrandbits(256):064x}") != ""
    for text in ("99009900100001", "2026-06-30", "1,234,567.89 元", "330106", "第13800138号"):
        assert mask_text(text) == text


def test_hashes_are_never_cut_up():
    rng = random.Random(5)
    for _ in range(5000):
        digest = f"{rng.getrandbits(256):064x}"
        assert mask_text(digest) == digest


def test_an_all_digit_enterprise_code_is_not_taken_for_a_person():
    from riskwarn.records.enterprise import check_character

    found = 0
    for n in range(20_000):
        first17 = f"91110119{n:05d}{n % 10000:04d}"  # its middle can look like a birthday
        code = first17 + check_character(first17)
        if code.isdigit():
            found += 1
            assert mask_text(code) == code
    assert found > 1000


@pytest.mark.parametrize("point", [0x202E, 0x200B, 0x2066, 0xFEFF, 0x7, 0x85, 0x2028, 0xE0041])
def test_hidden_characters_become_visible(point):
    assert show_hidden(f"甲{chr(point)}乙") == f"甲⟦U+{point:04X}⟧乙"


def test_rare_han_characters_newlines_and_tabs_stay():
    text = "䶮𠮷\n\t（甲）·ㄅ"
    assert clean(text) == text


def test_a_lone_surrogate_can_be_written():
    assert clean("甲\ud800乙").encode("utf-8") == "甲⟦U+D800⟧乙".encode()


@pytest.mark.parametrize(
    ("value", "personal", "shown"),
    [
        ("欧阳锋", PersonalData.NAME, "欧*"),
        ("88886666", PersonalData.PHONE, "888****6666"),
        ("666", PersonalData.PHONE, "****"),
        ("G12345678", PersonalData.ID_NUMBER, "****"),
        ("文三路100号2幢301室", PersonalData.ADDRESS, "文三路100号2幢**室"),
        ("", PersonalData.NAME, ""),
        (None, PersonalData.PHONE, ""),
        ("文三路", PersonalData.NONE, "文三路"),
    ],
)
def test_a_column_is_masked_by_its_class(value, personal, shown):
    assert mask_field(value, personal) == shown


def test_a_name_is_never_shown_beyond_its_first_character():
    assert mask_name(" 王 小明 ") == "王*"
    assert mask_name("") == ""


def test_nothing_hidden_is_printable_so_that_printable_text_may_skip_the_search() -> None:
    for number in range(0x110000):
        if chr(number).isprintable():
            assert show_hidden(chr(number)) == chr(number)


@pytest.mark.parametrize("seed", range(4))
def test_the_quick_look_lets_through_nothing_that_a_pattern_would_mask(seed: int) -> None:
    dice = random.Random(seed)
    seeds = (
        "110101199003072316",
        "1390 1234-567",
        "+86-138",
        "010-6552",
        "a@b.cn",
        "３２０１",
        "９",
    )
    signs = "0123456789１０@＠ -+Xx.张a\xa0"
    masked = 0
    for _ in range(20_000):
        parts = [
            dice.choice(seeds) if dice.random() < 0.3 else dice.choice(signs) for _ in range(14)
        ]
        text = "".join(parts)
        folded = text.translate(gate._HALF_WIDTH)
        every = gate._mask_ascii(folded)  # all patterns, nothing skipped
        assert mask_text(text) == (text if every == folded else every)
        masked += every != folded
    assert masked > 1_000


def test_a_text_that_was_cleaned_before_is_cleaned_the_same_again() -> None:
    for text in (
        "电话13912345678",
        "行一\r\n行二\u202e",
        "第三十四条",
        Severity.LOW,
        Markup("<b>1</b>"),
    ):
        first = clean(text)
        assert clean(text) == first
        assert type(first) is str
    assert clean("电话13912345678") == "电话139****5678"
