"""What is wrong with a text: gaps, doubles, lost marks, truncation; each named with its line."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from riskwarn.law.tree import DIVISIONS, Anomaly, Article, Kind, Node
from riskwarn.records.law import split_article

_COMMENCEMENT = re.compile(r"施行|[日月年]起(实施|执行|生效|试行)|同时废止|负责解释|为准。")
_FINISHED = re.compile(r"[。；：！？”）…》，、:;!?)]$")
_LIST_ENDS = re.compile(r"[；;]$")


class Note(Protocol):
    """Takes down one oddity."""

    def __call__(self, kind: str, line: int, message: str, severity: str = "warning") -> None: ...


def check_tree(root: Node, articles: dict[str, Article], file: str) -> tuple[list[Anomaly], str]:
    """Name every oddity of a parsed text and say whether it is whole.

    Takes:  the tree, its articles in the order of the text, the file's name.
    Gives:  anomalies, and complete | gapped | truncated. Only a complete version may be compared
            with another as if whole.
    """
    found: list[Anomaly] = []

    def note(kind: str, line: int, message: str, severity: str = "warning") -> None:
        found.append(Anomaly(kind=kind, file=file, line=line, message=message, severity=severity))

    keys = list(articles)
    gaps = _check_numbers(keys, articles, note)
    for article in articles.values():
        _check_article(article.node, note)
    _check_divisions(root, note)
    if not _is_court(root) and _check_end(keys, articles, note):
        return found, "truncated"
    return found, "gapped" if gaps else "complete"


def _is_court(root: Node) -> bool:
    """Interpretations of the courts often have no commencement article."""
    titles = (node.own_text.lstrip("# ") for node in root.of_kind(Kind.TITLE))
    return any(title.startswith("最高人民") for title in titles)


def _check_numbers(keys: Sequence[str], articles: dict[str, Article], note: Note) -> bool:
    """Name gaps and backward steps; a text may begin elsewhere than at 1 (a part of a code)."""
    gapped = False
    last: tuple[int, int] | None = None
    for key in keys:
        number, branch = split_article(key)
        line = articles[key].node.line
        if last is None:
            if (number, branch) != (1, 0):
                note("starts_elsewhere", line, f"条文从第{number}条开始", "info")
        elif (number, branch) not in ((last[0] + 1, 0), (last[0], last[1] + 1)):
            if (number, branch) < last:
                note("order", line, f"第{key}条排在第{_show(last)}条之后", "error")
            else:
                missing = _missing(last, (number, branch))
                note(
                    "gap",
                    line,
                    f"条号不连续：第{_show(last)}条之后是第{key}条，缺{missing}",
                    "error",
                )
            gapped = True
        last = max(last, (number, branch)) if last else (number, branch)
    return gapped


def _missing(last: tuple[int, int], now: tuple[int, int]) -> str:
    if now[1] and now[0] == last[0]:
        return f"第{last[0]}条之{last[1] + 1}"
    first, final = last[0] + 1, now[0] - (0 if now[1] else 1)
    return f"第{first}条" if first == final else f"第{first}条至第{final}条"


def _show(number: tuple[int, int]) -> str:
    return f"{number[0]}-{number[1]}" if number[1] else str(number[0])


def _check_article(article: Node, note: Note) -> None:
    if not article.text:
        note("empty_article", article.line, f"第{article.key}条没有内容", "error")
    for paragraph in article.of_kind(Kind.PARAGRAPH):
        items = paragraph.of_kind(Kind.ITEM)
        where = f"第{article.key}条第{paragraph.number}款"
        _check_run(items, where, "项", note)
        for item in items:
            _check_run(item.of_kind(Kind.SUBITEM), f"{where}第{item.number}项", "目", note)
        if items and not paragraph.own_text.endswith(("：", ":")):
            note("lead_without_colon", paragraph.line, f"{where}有项，引导语却不以冒号结尾", "info")
        stray = paragraph.own_text
        if stray and not _FINISHED.search(stray) and "\t" not in paragraph.own and "|" not in stray:
            note("unfinished_paragraph", paragraph.line, f"{where}没有写完：…{stray[-16:]}")
        if paragraph.closing:
            note("closing_clause", paragraph.line, f"{where}像是前面各项的尾款", "info")
    _check_lost_marks(article, note)


def _check_run(nodes: Sequence[Node], where: str, word: str, note: Note) -> None:
    expected = 1
    seen: set[int] = set()
    for node in nodes:
        if node.number in seen:
            note("duplicate_item", node.line, f"{where}的第{node.number}{word}重复", "error")
        elif node.number != expected:
            message = f"{where}的{word}不连续：应为第{expected}{word}，却是第{node.number}{word}"
            note("item_gap", node.line, message)
        seen.add(node.number)
        expected = node.number + 1


def _check_lost_marks(article: Node, note: Note) -> None:
    """A lead-in with a colon and then paragraphs that end in ；: the source lost （一）（二）."""
    paragraphs = article.of_kind(Kind.PARAGRAPH)
    for lead, following in pairwise(paragraphs):
        if lead.children or not lead.own_text.endswith(("：", ":")):
            continue
        if _LIST_ENDS.search(following.own_text):
            message = f"第{article.key}条第{lead.number}款之后疑似丢失（一）（二）等项号"
            note("lost_item_marks", lead.line, message)


def _check_divisions(root: Node, note: Note) -> None:
    """Chapters run through a text or through their 编; sections through their chapter."""
    last: dict[Kind, int] = {}

    def visit(node: Node) -> None:
        for child in node.children:
            if child.kind not in DIVISIONS:
                continue
            before = last.get(child.kind, 0)
            if child.number and child.number not in (before + 1, 1):
                word = child.kind.value
                message = f"{word}号不连续：第{before}{word}之后是第{child.number}{word}"
                note("division_gap", child.line, message)
            if child.number:
                last[child.kind] = child.number
            if child.kind is not Kind.SECTION:
                last[Kind.SECTION] = 0
            visit(child)

    visit(root)


def _check_end(keys: Sequence[str], articles: dict[str, Article], note: Note) -> bool:
    """A law ends with its commencement or in its 附则; an end elsewhere is a cut-off text."""
    if not keys:
        return False
    final = articles[keys[-1]]
    text = final.node.text
    if text and text[-1] not in "。”）)！":
        note("cut_off", final.node.line, f"末条没有写完：…{text[-12:]}", "error")
        return True
    closed = any(_COMMENCEMENT.search(articles[key].node.text) for key in keys[-3:])
    if closed or any(node.title == "附则" for node in final.divisions):
        return False
    message = f"末条（第{final.key}条）不是施行条款，文本疑似被截断"
    note("truncated", final.node.line, message, "error")
    return True
