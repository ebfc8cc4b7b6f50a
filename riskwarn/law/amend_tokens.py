"""The words of amending language: addresses, verbs, places, counts; quotes are one token each."""

import re
from dataclasses import dataclass

from riskwarn.law.amend_mask import FIRST_MARK, LAST_MARK
from riskwarn.law.cite_tokens import read_numbers
from riskwarn.records.law import article_key
from riskwarn.records.numerals import read_numeral

_D = r"[〇零一二三四五六七八九十百千两0-9０-９]"
_N = rf"{_D}+"
_S = r"[ \t\u3000\u00a0]*"
_LIST = rf"{_N}(?:{_S}(?:、|和|及|至|到){_S}{_N})*"
_ITEM_N = rf"(?:[（(]{_S}{_N}{_S}[）)]|{_N})"
_ITEMS = rf"{_ITEM_N}(?:{_S}(?:、|和|及|至|到)?{_S}{_ITEM_N})*"
ANNEX_NAME = rf"(?:所)?附(?:件|表|录|图){_S}(?:[（(]{_S}{_N}{_S}[）)]|之?{_N}(?![款项条]))?"
_LAW_WORD = "(?:法典|法|条例|办法|规定|细则|规则|规程|规范)"
_ORDER = (
    ("LAW", r"《(?:[^《》]|《[^《》]*》)+》(?:[（(][^（）()]*[）)])?"),
    ("Q", f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]"),
    ("ANNEX", ANNEX_NAME),
    (
        "DIV",
        rf"第{_S}{_N}{_S}(?:分编|编|章|节)(?![名])|第{_S}{_N}{_S}(?:分编|编|章|节)(?=[章节编]?名)",
    ),
    ("ART", rf"[第笫]{_S}{_LIST}{_S}条(?:{_S}之{_S}{_N}(?![款项]))?"),
    ("PARA", rf"第{_S}{_LIST}{_S}款"),
    ("ITEM", rf"第{_S}{_ITEMS}{_S}项|[（(]{_S}{_N}{_S}[）)]{_S}项?"),
    ("SUB", rf"第{_S}{_ITEMS}{_S}目"),
    ("COUNT", rf"{_N}{_S}个?{_S}(?:自然)?(?:条|款|项|目|章|节|句|段)(?:话|规定|内容)?"),
    (
        "BACK",
        r"(?:其中|该条|该款|该项|本条|本款|本项|此条|此款)(?=的|中|，|修|增|删|改|第|最|末|后|前|、|和|“|\ue000)?",
    ),
    ("LEADP", r"第一(?:个)?自然段|第一段|引导语"),
    ("SENT", r"(?:第[一二三四五六七八九]|最后一|末)句"),
    (
        "ALL",
        rf"本(?:实施)?{_LAW_WORD}(?:其他)?(?:各|有关|相关|的)?(?:条文|条款|条|章节)?|全文|全法|(?:各|有关|相关|其他|其余)(?:条文|条款|条)",
    ),
    (
        "NAME",
        r"的?(?:章名称|节名称|编名称|章名|节名|编名|规章名称|法规名称|条例名称|名称|标题|题目|题名)",
    ),
    (
        "SHIFT",
        r"(?:(?:其后|其他|其余|以下|后续|之后)(?:的)?)?(?:各)?(?:条款|条文|章节|条|款|项)?(?:的)?"
        r"(?:序号|顺序)(?:依次|作|做|予以|也)*(?:相应)?(?:的)?(?:作|做)?(?:相应)?(?:的)?(?:调整|顺延|变动)"
        r"|(?:依次|相应)*(?:顺延|后移|前移|递补|类推)(?!为)",
    ),
    (
        "DOES",
        r"(?:作|做|进行|予以)(?:出)?(?:如下|以下|下列)?(?:的)?(?:修改|修正|修订|调整|补充)(?!为)",
    ),
    ("INTO", r"(?:合)?并入|合并到"),
    ("PREAMBLE", r"引言|序言|前言|导语"),
    ("EXCEPT", r"除外"),
    ("EXCEPTION", r"除(?=[第（(])"),
    ("MERGE", r"(?:予以)?(?:合并|合为)(?:成|为)?"),
    ("MOVE", r"移至|移到|移作|移入|调整至|调整到|移动到|移动至"),
    ("SPLIT", r"(?:拆分|分拆|分解|拆|分)(?:成|为)"),
    ("REPL", r"(?:依次|相应)?顺延为|(?:修改|修订|修正|更改|更换|替换|变更|调整|改|修)(?:成|为)"),
    ("ADD", r"(?:增加|增写|新增|增设|增列|增补|补充|加入|添加|插入|加上)(?:规定|内容)?"),
    ("DEL", r"(?:予以)?(?:删去|删除|删掉|去掉|取消|废止)"),
    ("AS", r"作为|列为|成为|编为|列入"),
    ("EACH", r"分别|依次|相应"),
    ("AFTER", r"(?:之|的)?(?:后面|后)"),
    ("BEFORE", r"(?:之|的)?(?:前面|前)"),
    ("END", r"的?(?:最后|末尾|结尾|尾部|文末|句末|段末|末)处?"),
    ("START", r"的?(?:开头|句首|首部|段首|最前)处?"),
    ("ORIG", r"原(?=[第来“（(\ue000-\uf8ff])(?:来的)?"),
    ("RANGE", r"至|到"),
    ("AND", r"、|和|及|以及|与|并且|并将|并"),
    ("COMMA", r"[，,]"),
    ("STOP", r"[。；;]"),
    ("COLON", r"[：:]"),
    ("PREP", r"将|把|在|对|于|从|由|同时|另外?|此外"),
    ("OF", r"(?:的?规定)?(?:之)?中的?|里的?|内的?|的"),
    (
        "SKIP",
        rf"单(?:独)?列(?:为|成)?一条|单独(?:作为|成为)一条|统一|一并|均|都|也|再|{_S}所有|各处|一词|二字|字样|(?:的)?表述|词语|等内容|一句|等?文字"
        r"|[ \t\u3000\u00a0]+|为一条|单独|另行|其",
    ),
    ("BARELAW", rf"[\u4e00-\u9fff]{{1,24}}?{_LAW_WORD}(?=第{_S}{_N}{_S}条)"),
)
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _ORDER))
_UNIT = {"条": "article", "款": "paragraph", "项": "item", "目": "subitem", "句": "sentence"}
_UNIT |= {"章": "division", "节": "division", "段": "paragraph"}


@dataclass(frozen=True, slots=True)
class Term:
    """One word: its kind, its text, where it stands; `numbers` are ranges (first, last)."""

    kind: str
    text: str
    start: int
    end: int
    numbers: tuple[tuple[int, int], ...] = ()
    branch: int = 0
    unit: str = ""
    quote: int = -1


def read_terms(masked: str) -> list[Term]:
    """Cut one masked line into words; what is no word of the language becomes kind X."""
    terms: list[Term] = []
    position = 0
    while position < len(masked):
        found = _TOKEN.match(masked, position)
        if not found:
            if terms and terms[-1].kind == "X":
                last = terms[-1]
                terms[-1] = Term("X", last.text + masked[position], last.start, position + 1)
            else:
                terms.append(Term("X", masked[position], position, position + 1))
            position += 1
            continue
        if found.end() == position:
            position += 1
            continue
        term = _term(str(found.lastgroup), found)
        if term.kind != "SKIP":
            terms.append(term)
        position = found.end()
    return terms


def _term(kind: str, found: re.Match[str]) -> Term:
    text, start, end = found[0], found.start(), found.end()
    if kind == "Q":
        return Term(kind, text, start, end, quote=ord(text) - FIRST_MARK)
    if kind == "COUNT":
        number = re.match(_N, text)
        count = read_numeral(number[0]) if number else None
        unit = next((_UNIT[char] for char in text if char in _UNIT), "")
        return Term(kind, text, start, end, ((count or 0, count or 0),), unit=unit)
    if kind in ("ART", "PARA", "ITEM", "SUB"):
        body, _, branch = text.partition("条")
        numbers = read_numbers(body.lstrip("第笫"))
        inserted = read_numeral(branch.strip(" \u3000\u00a0之")) if branch else None
        return Term(kind, text, start, end, numbers, inserted or 0)
    if kind == "DIV":
        return Term(kind, "".join(text.split()), start, end)
    return Term(kind, text, start, end)


def keys_between(first: str, last: str, order: tuple[str, ...]) -> list[str]:
    """All articles of a range, inserted ones (之一) too where the law is known."""
    if first in order and last in order:
        begin, end = order.index(first), order.index(last)
        if begin <= end:
            return list(order[begin : end + 1])
    if "-" in first and "-" in last and first.split("-")[0] == last.split("-")[0]:
        base = int(first.split("-")[0])
        numbers = range(int(first.split("-")[1]), int(last.split("-")[1]) + 1)
        return [article_key(base, number) for number in numbers]
    begin, end = int(first.split("-")[0]), int(last.split("-")[0])
    return [str(number) for number in range(begin, end + 1)] if begin <= end else [first, last]
