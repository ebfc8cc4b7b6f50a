"""Text → tree of 编/分编/章/节/条(之N)/款/项/目, everything else set aside, nothing lost.

Headings are the easy part: an article is a line that *opens* with its number (a citation is not a
heading). 款 bear no number, 目录 repeats headings, sources break lines and drop marks; what is odd
becomes an anomaly with its line.
"""

from pathlib import Path

from riskwarn.law.build import Builder
from riskwarn.law.checks import check_tree
from riskwarn.law.lawfile import read_law_file
from riskwarn.law.lines import split_lines
from riskwarn.law.tree import DIVISIONS, Anomaly, Article, Kind, LawText, Node


def parse_law(text: str, file: str = "", line_offset: int = 0) -> LawText:
    """Parse a law text.

    Takes:  text as decoded, BOM and CRLF and all; file, the name used in messages; line_offset,
            lines that stand before the text in the file (our YAML header).
    Gives:  the tree, the articles by number, the anomalies. Never raises: an odd text gives
            anomalies.
    """
    builder = Builder(split_lines(text), file, line_offset)
    root = builder.build().freeze(line_offset)
    articles, doubled = _index_articles(root, file)
    anomalies = [*builder.anomalies, *doubled]
    found, completeness = check_tree(root, articles, file)
    anomalies = sorted([*anomalies, *found], key=lambda a: (a.line, a.kind, a.message))
    return LawText(
        root=root,
        file=file,
        articles=articles,
        anomalies=tuple(anomalies),
        completeness=completeness,
        line_offset=line_offset,
        order=tuple(articles),
    )


def parse_file(path: Path, shown_as: str = "") -> LawText:
    """Parse a law file, with or without our header.

    Raises: ConfigError L001–L003 when it cannot be read or decoded.
    """
    source = read_law_file(path)
    return parse_law(source.text, shown_as or path.name, source.line_offset)


def _index_articles(root: Node, file: str) -> tuple[dict[str, Article], list[Anomaly]]:
    articles: dict[str, Article] = {}
    anomalies: list[Anomaly] = []

    def visit(node: Node, above: tuple[Node, ...]) -> None:
        for child in node.children:
            if child.kind is Kind.ARTICLE:
                if child.key in articles:
                    first = articles[child.key].node.line
                    message = f"第{child.key}条重复（第 {first} 行已有）"
                    anomalies.append(_fault("duplicate_article", file, child.line, message))
                else:
                    articles[child.key] = Article(node=child, divisions=above)
            elif child.kind in DIVISIONS:
                visit(child, (*above, child))

    visit(root, ())
    return articles, anomalies


def _fault(kind: str, file: str, line: int, message: str) -> Anomaly:
    return Anomaly(kind=kind, file=file, line=line, message=message, severity="error")
