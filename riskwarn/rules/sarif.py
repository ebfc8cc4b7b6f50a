"""Problems as plain data and as SARIF 2.1.0: editors and code hosts show them at their line."""

from collections.abc import Sequence
from typing import Any

from riskwarn import __version__
from riskwarn.errors import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}


def to_plain(problem: Problem) -> dict[str, Any]:
    """Give one problem as plain data for JSON; line and column 0 where unknown."""
    place = problem.place
    return {
        "file": place.file if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "expected": problem.expected,
        "nearest": problem.nearest,
    }


def to_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Give one SARIF log with one run.

    Takes:  problems, in the order to be shown; places relative to the workspace.
    Gives:  plain data for JSON. Columns count characters, as ours do.
    """
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "riskwarn", "version": __version__, "rules": [{"id": c} for c in codes]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, codes) for problem in problems],
            }
        ],
    }


def _result(problem: Problem, codes: Sequence[str]) -> dict[str, Any]:
    text = problem.message
    if problem.expected:
        text += f"；应为：{problem.expected}"
    if problem.nearest:
        text += f"；是否想写：{problem.nearest}"
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": _LEVEL[problem.severity],
        "message": {"text": text},
    }
    if problem.place and problem.place.file:
        where: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.place.file)}}
        if problem.place.line:
            where["region"] = {"startLine": problem.place.line}
            if problem.place.column:
                where["region"]["startColumn"] = problem.place.column
        result["locations"] = [{"physicalLocation": where}]
    return result


def _uri(path: str) -> str:
    """Give a relative path as a URI: every byte beyond RFC 3986's unreserved as %XX."""
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in path.encode())
