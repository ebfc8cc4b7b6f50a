"""Small made-up laws for the tests of the law room."""

from pathlib import Path

from riskwarn.law.book import LawBook
from riskwarn.law.header import LawHeader, write_header

HEAD = "# 中华人民共和国{title}\n\n<!-- INFO END -->\n\n"


def a_law(title: str, *articles: str, ends: str = "本法自公布之日起施行。") -> str:
    """Print a law whose articles are numbered from one; the last says when it commences."""
    numerals = "一二三四五六七八九十"
    body = [f"第{numerals[at]}条 {text}" for at, text in enumerate([*articles, ends])]
    return HEAD.format(title=title) + "\n\n".join(body) + "\n"


def put(folder: Path, text: str, **header: object) -> Path:
    """Write a law file with our header."""
    full = LawHeader.model_validate(header)
    on = full.promulgated.isoformat() if full.promulgated else "日期不详"
    path = folder / f"{full.title}({on}).md"
    path.write_text(write_header(full) + text, encoding="utf-8", newline="")
    return path


def a_book(folder: Path) -> LawBook:
    """样品法 of 2010 and 2020 (its first article moved to two), repealed 旧品法, 新品法 undated."""
    sha = "0" * 64
    old = a_law("样品法", "甲应当登记。", "乙应当备案：\n\n（一）名称；\n\n（二）地址。", "丙。")
    new = a_law("样品法", "新增的一条。", "甲应当登记。", "丙改了。")
    put(
        folder,
        old,
        title="样品法",
        promulgated="2010-01-01",
        effective="2010-06-01",
        superseded_by="2020-01-01",
        sha256=sha,
    )
    put(
        folder,
        new,
        title="样品法",
        promulgated="2020-01-01",
        effective="2020-07-01",
        repeals=[{"title": "旧品法", "on": "2020-07-01"}, {"title": "无文法", "on": "2020-07-01"}],
        sha256=sha,
    )
    put(
        folder,
        a_law("旧品法", "旧。"),
        title="旧品法",
        promulgated="1999-01-01",
        effective="1999-01-01",
        sha256=sha,
    )
    put(folder, a_law("新品法", "新。"), title="新品法", promulgated="2021-01-01", sha256=sha)
    return LawBook.open(folder)
