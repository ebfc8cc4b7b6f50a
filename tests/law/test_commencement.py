"""Parts of a law that begin on another day than the rest: read, shown, and asked for by day."""

from datetime import date

import pytest

from riskwarn.errors import ConfigError
from riskwarn.law.book import LawBook
from riskwarn.law.commencement import read_commencement
from riskwarn.law.header import read_version
from riskwarn.law.history import law_history
from riskwarn.law.parse import parse_law
from riskwarn.law.status import ClauseState, check_clause, clause_status
from riskwarn.records.law import ClauseRef
from tests.law.builders import HEAD, put

BODY = """## 第一章 总则

第一条 甲应当登记。

第二条 乙应当备案：

（一）名称；

（二）地址。

## 第二章 罚则

第三条 丙不登记的，责令改正。

丁不备案的，警告。

第四条 戊{}。

第五条 """
PROMULGATED = date(2025, 10, 31)


def a_text(ends, change="应当报告"):
    return HEAD.format(title="样品法") + BODY.format(change) + ends + "\n"


def begins(ends):
    found = read_commencement(parse_law(a_text(ends), "样品法.md"), PROMULGATED)
    parts = {p.ref.canonical.lstrip("#"): str(p.on) if p.on else None for p in found.parts}
    return str(found.day(PROMULGATED)), parts


@pytest.mark.parametrize(
    ("words", "day", "parts"),
    [
        ("本法自2026年1月1日起施行。", "2026-01-01", {}),
        ("本法自 2026 年 1 月 1 日起施行。", "2026-01-01", {}),
        ("本条例自一九九三年一月一日起施行。", "1993-01-01", {}),
        ("本办法自发布之日起30日后施行。", "2025-11-30", {}),
        ("本办法自公布之日起满六个月施行。", "2026-04-30", {}),
        ("本法自2026年1月1日起施行，其中第三条、第四条自2027年1月1日起施行。", "2026-01-01",
         {"3": "2027-01-01", "4": "2027-01-01"}),
        ("本法自2026年1月1日起施行。第三条第二款自公布之日起施行。", "2026-01-01",
         {"3.2": "2025-10-31"}),
        ("本规定第二条、三条自2026年3月1日起施行，其他条款自公布之日起施行。", "2025-10-31",
         {"2": "2026-03-01", "3": "2026-03-01"}),
        ("除第三条第二款自2027年1月1日起施行外，本法自2026年1月1日起施行。", "2026-01-01",
         {"3.2": "2027-01-01"}),
        ("除第二章的规定外，本办法自公布之日起三十日后施行。", "2025-11-30", {"2章": None}),
        ("除第二章外，本法自2026年1月1日起施行。第二章自2026年7月1日起施行。", "2026-01-01",
         {"2章": "2026-07-01"}),
        ("本办法自2026年1月1日起施行，但第二条第二项、第三条至第四条的规定除外。", "2026-01-01",
         {"2..2": None, "3": None, "4": None}),
        ("本法自2026年1月1日起施行。《别的法》第三条自2020年1月1日起执行的规定同时废止。",
         "2026-01-01", {}),
        ("本法自2026年1月1日起施行，第九条自2027年1月1日起施行。", "2026-01-01", {}),  # no 第九条
    ],
)  # fmt: skip
def test_a_commencement_is_read_with_its_exceptions(words, day, parts):
    assert begins(words) == (day, parts)


@pytest.fixture
def book(tmp_path):
    """样品法: of 2020, and of 2025 with its 第四条 reworded and begun a year after the rest."""
    put(tmp_path, a_text("本法自2020年1月1日起施行。"), title="样品法", promulgated="2019-11-01")
    late = "本法自2026年1月1日起施行，其中第四条自2027年1月1日起施行，第一条自公布之日起施行。"
    put(tmp_path, a_text(late, "应当书面报告"), title="样品法", promulgated="2025-10-31")
    return LawBook.open(tmp_path)


def found(book, place, on):
    resolution = book.resolve(f"《样品法》{place}", on)
    assert resolution.clause is not None
    return resolution.clause.ref.version_on.year, resolution.clause.text, resolution.reason


def test_an_article_that_begins_later_leaves_the_old_wording_in_force(book):
    version, text, reason = found(book, "第四条", date(2026, 6, 1))
    assert (version, text) == (2019, "戊应当报告。")
    assert "自 2027-01-01 起施行" in reason
    assert found(book, "第四条", date(2027, 1, 1))[:2] == (2025, "戊应当书面报告。")
    assert found(book, "第三条", date(2026, 6, 1))[0] == 2025


def test_an_article_that_begins_earlier_binds_before_its_version_does(book):
    assert found(book, "第一条", date(2025, 11, 1))[0] == 2025
    assert found(book, "第三条", date(2025, 11, 1))[0] == 2019
    assert found(book, "第一条", date(2025, 10, 30))[0] == 2019


def test_the_time_of_a_clause_is_told_by_its_own_day(book):
    clause = book.resolve("《样品法》第四条", date(2027, 6, 1)).clause
    assert clause.effective_on == date(2027, 1, 1)
    kept = book.resolve("《样品法》第四条", date(2026, 6, 1)).clause
    assert kept.repealed_on == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("ref", "on", "state"),
    [
        ("《样品法》第四条", date(2026, 6, 1), ClauseState.LIVE),  # in its old wording
        ("样品法@2025-10-31#4", date(2026, 6, 1), ClauseState.NOT_IN_FORCE),
        ("样品法@2025-10-31#4", date(2027, 6, 1), ClauseState.LIVE),
        ("样品法@2025-10-31#3", date(2025, 12, 1), ClauseState.NOT_IN_FORCE),
        ("样品法@2019-11-01#3", date(2026, 6, 1), ClauseState.LIVE),  # the same words go on
        ("样品法@2019-11-01#4", date(2027, 6, 1), ClauseState.TEXT_CHANGED),
        ("《样品法》第九条", date(2026, 6, 1), ClauseState.UNRESOLVED),
        ("《没有法》第一条", date(2026, 6, 1), ClauseState.UNRESOLVED),
    ],
)
def test_a_citation_s_state_follows_the_day_of_its_own_article(book, ref, on, state):
    assert clause_status(book, ref, on).state is state


def test_a_new_law_s_later_part_is_not_in_force_and_says_from_when_it_will_be(tmp_path):
    late = "本法自2026年1月1日起施行，第二章自2026年7月1日起施行，第二条第一项的施行日期除外。"
    put(tmp_path, a_text(late), title="样品法", promulgated="2025-10-31")
    book = LawBook.open(tmp_path)
    problem = check_clause(book, "《样品法》第三条第二款", date(2026, 3, 1))
    assert problem.code == "L112"
    assert "2026-07-01" in problem.message
    state = clause_status(book, "《样品法》第三条", date(2026, 3, 1)).state
    assert state is ClauseState.NOT_IN_FORCE
    assert check_clause(book, "《样品法》第一条", date(2026, 3, 1)) is None
    assert check_clause(book, "《样品法》第三条", date(2026, 7, 1)) is None


def test_a_header_may_date_a_part_that_the_amended_text_does_not(tmp_path):
    path = put(
        tmp_path,
        a_text("本法自2020年1月1日起施行。"),
        title="样品法",
        promulgated="2025-10-31",
        effective="2026-01-01",
        parts=[{"place": "第四条", "on": "2026-09-01"}, {"place": "第二章", "on": ""}],
    )
    kept = read_version(path).parts
    assert [(p.ref, p.on) for p in kept] == [
        (ClauseRef(law="", article="4"), date(2026, 9, 1)),
        (ClauseRef(law="", chapter=2), None),
    ]
    book = LawBook.open(tmp_path)
    assert check_clause(book, "《样品法》第四条", date(2026, 3, 1)).code == "L112"
    assert check_clause(book, "《样品法》第四条", date(2026, 9, 1)) is None
    unknown = check_clause(book, "《样品法》第三条", date(2027, 1, 1))
    assert (unknown.code, unknown.severity) == ("L116", "warning")
    assert "另行规定" in unknown.message
    assert law_history(book, "样品法")[0]["parts"].startswith("第四条自 2026-09-01 起施行")


def test_a_place_in_a_header_that_names_no_clause_is_refused_with_its_line(tmp_path):
    path = put(tmp_path, a_text("本法自公布之日起施行。"), title="样品法", promulgated="2025-10-31")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sha256:", "parts:\n  - place: 第四款\n    on:\nsha256:"))
    with pytest.raises(ConfigError) as refused:
        read_version(path)
    assert "看不懂的位置" in str(refused.value)
    assert f"{path}:" in str(refused.value)


def test_who_asks_for_a_doubtful_version_is_told_what_is_wrong_with_it(tmp_path):
    ends = "本法自公布之日起施行。"
    put(tmp_path, a_text(ends), title="样品法", promulgated="2020-01-01", effective="2019-01-01")
    put(tmp_path, a_text(ends, "改了"), title="中华人民共和国样品法", promulgated="2020-01-01")
    found = LawBook.open(tmp_path).resolve("《样品法》第一条", date(2021, 1, 1))
    assert not found.certain
    assert "同一公布日期有两个文件" in found.reason
