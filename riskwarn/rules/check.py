"""The lint of rule packs: every fault of all packs at once, each at its line with its cure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from riskwarn.errors import Place, Problem, nearest
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Compare, Pack, Param, ParamRef, Rule, walk
from riskwarn.rules.pack import read_packs
from riskwarn.rules.rulefile import PLACEHOLDER

ClauseCheck = Callable[[str, date], Problem | None]
MIN_TESTS = 4
MAX_DEDUPE_KEYS = 2
_UNUSED = ("W106", "W108")
_ORDERED = ("lt", "le", "gt", "ge")


def check_folder(
    folder: Path,
    as_of: date,
    check_clause: ClauseCheck | None = None,
    items: Collection[str] | None = None,
) -> list[Problem]:
    """Read and check every pack of a folder.

    Takes:  as_of, the day on which the cited clauses must be in force; check_clause, from the law
            room (None: clauses are not checked); items, the known item codes (None: not checked).
    Gives:  every problem, in the order of file, line and column.
    Raises: nothing.
    """
    return check_read(read_packs(folder), as_of, check_clause, items)


def check_read(
    read: tuple[Sequence[Pack], FeatureSet, Sequence[Problem]],
    as_of: date,
    check_clause: ClauseCheck | None = None,
    items: Collection[str] | None = None,
) -> list[Problem]:
    """Check what `read_packs` gave; the same promises as `check_folder`."""
    packs, _, problems = read
    faulty = {p.place.file for p in problems if p.place}
    later = check_packs(packs, as_of, check_clause, items)
    # What no rule uses cannot be said of a file some of whose rules could not be read.
    later = [p for p in later if not (p.code in _UNUSED and p.place and p.place.file in faulty)]
    return sorted([*problems, *later], key=_position)


def _position(problem: Problem) -> tuple[str, int, int, str, str]:
    place = problem.place or Place("")
    return (place.file, place.line, place.column, problem.code, problem.message)


def check_packs(
    packs: Sequence[Pack],
    as_of: date,
    check_clause: ClauseCheck | None = None,
    items: Collection[str] | None = None,
) -> list[Problem]:
    """Check packs that could be read: what concerns rules, parameters and packs as a whole."""
    problems: list[Problem] = []
    problems += _doubles(packs)
    for pack in packs:
        problems += _unused(pack)
        for param in pack.params.values():
            problems += _check_param(param, pack, as_of, check_clause)
        for rule in pack.rules:
            problems += _check_rule(rule, packs, as_of, check_clause, items)
    problems += _restated(packs)
    return problems


def _doubles(packs: Sequence[Pack]) -> Iterator[Problem]:
    seen: dict[str, Rule] = {}
    ids: dict[str, Pack] = {}
    for pack in packs:
        if pack.id in ids:
            text = f"规则包 {pack.id} 在 {ids[pack.id].file} 中已有"
            yield Problem("E107", text, Place(pack.file, 1), "每个规则包的 id 不同")
        ids.setdefault(pack.id, pack)
        for rule in pack.rules:
            if rule.id in seen:
                first = seen[rule.id].place
                yield Problem(
                    "E108", f"规则 {rule.id} 在 {first} 已有", rule.place, "编号一经使用永不重复"
                )
            seen.setdefault(rule.id, rule)


def _unused(pack: Pack) -> Iterator[Problem]:
    params = {name for rule in pack.rules for name in rule.params}
    lists = {name for rule in pack.rules for name in rule.lists}
    for name, param in pack.params.items():
        if name not in params:
            yield _warn("W106", f"参数 {name} 没有规则使用", param.place)
    for name, listed in pack.lists.items():
        if name not in lists:
            yield _warn("W108", f"名单 {name} 没有规则使用", listed.place)


def _warn(code: str, message: str, place: Place | None, expected: str = "") -> Problem:
    return Problem(code, message, place, expected, severity="warning")


def _check_param(
    param: Param, pack: Pack, as_of: date, check_clause: ClauseCheck | None
) -> Iterator[Problem]:
    covered = [v.region for v in param.values]
    if not any(pack.region.startswith(region) for region in covered):
        expected = '区域为 "*" 或本包辖区的值'
        yield _warn("W109", f"参数 {param.name} 没有覆盖全部辖区", param.place, expected)
    for value in param.values:
        if not value.basis and not value.note:
            text = f"参数 {param.name} 的值没有依据（basis）也没有说明（note）"
            yield _warn("W103", text, value.place)
        for text, place in zip(value.basis, value.basis_places, strict=True):
            yield from _clause(text, place, as_of, check_clause)


def _clause(
    text: str, place: Place, as_of: date, check_clause: ClauseCheck | None
) -> Iterator[Problem]:
    problem = check_clause(text, as_of) if check_clause else None
    if problem is not None:
        yield replace(problem, place=place)


def _check_rule(
    rule: Rule,
    packs: Sequence[Pack],
    as_of: date,
    check_clause: ClauseCheck | None,
    items: Collection[str] | None,
) -> Iterator[Problem]:
    if rule.status != "deprecated":
        for text, place in zip(rule.basis, rule.basis_places, strict=True):
            yield from _clause(text, place, as_of, check_clause)
        yield from _check_tests(rule)
    if items is not None and rule.item not in items:
        hint = nearest(rule.item, items)
        yield Problem(
            "E119",
            f"事项目录中没有事项 {rule.item}",
            rule.at("item"),
            "14 位监管事项目录编码",
            hint,
        )
    yield from _check_replaces(rule, packs)
    if not rule.false_positives:
        yield _warn(
            "W101", f"规则 {rule.id} 没有写可能的误报", rule.place, "false_positives: [...]"
        )
    if not rule.advice:
        yield _warn("W102", f"规则 {rule.id} 没有写核查建议", rule.place, "advice: …")
    if len(rule.dedupe.by) > MAX_DEDUPE_KEYS:
        text = f"规则 {rule.id} 的去重键有 {len(rule.dedupe.by)} 个，线索会过碎"
        yield _warn("W104", text, rule.at("dedupe"), f"不超过 {MAX_DEDUPE_KEYS} 个")
    if rule.effective_to is not None and rule.effective_to < as_of:
        yield _warn("W110", f"规则 {rule.id} 已于 {rule.effective_to} 失效", rule.at("effective"))
    if not PLACEHOLDER.search(rule.message):
        yield _warn(
            "W111", f"规则 {rule.id} 的 message 没有带出任何数值", rule.at("message"), "{名称}"
        )


def _check_replaces(rule: Rule, packs: Sequence[Pack]) -> Iterator[Problem]:
    known = {other.id: other for pack in packs for other in pack.rules}
    for old in rule.replaces:
        if old == rule.id:
            yield Problem("E126", f"规则 {rule.id} 不能替代自己", rule.at("replaces"))
        elif old in known and known[old].status != "deprecated":
            text = f"规则 {old} 已被 {rule.id} 替代，却不是停用状态"
            yield _warn("W112", text, known[old].place, "status: deprecated 并写明 reason")


def _check_tests(rule: Rule) -> Iterator[Problem]:
    """An example of each outcome, one at the threshold, four at least."""
    outcomes = {test.expect for test in rule.tests}
    wanted: Mapping[str, tuple[str, str]] = {
        "hit": ("E120", "命中（hit）"),
        "clear": ("E121", "未命中（clear）"),
        "unknown": ("E122", "无法判断（unknown）"),
    }
    for outcome, (code, word) in wanted.items():
        if outcome == "unknown" and rule.on_unknown == "hit":
            continue  # such a rule never says unknown
        if outcome not in outcomes:
            yield Problem(code, f"规则 {rule.id} 缺少{word}的测试", rule.place)
    compares = [node for node in walk(rule.when) if isinstance(node, Compare)]
    ordered = any(node.op in _ORDERED for node in compares)
    if ordered and not any(test.boundary for test in rule.tests):
        expected = "至少一个 boundary: true 的测试，取值贴近阈值"
        yield Problem("E123", f"规则 {rule.id} 缺少边界测试", rule.place, expected)
    if len(rule.tests) < MIN_TESTS:
        text = f"规则 {rule.id} 只有 {len(rule.tests)} 个测试"
        yield _warn("W113", text, rule.place, f"至少 {MIN_TESTS} 个")


def _restated(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Two rules with one condition say the same thing twice."""
    seen: dict[str, Rule] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.status == "deprecated":
                continue
            meaning = repr(_meaning(rule))
            if meaning in seen:
                text = f"规则 {rule.id} 与 {seen[meaning].id} 的条件完全相同"
                yield _warn("W105", text, rule.at("when"), "合并，或写出差别")
            seen.setdefault(meaning, rule)


def _meaning(rule: Rule) -> list[tuple[str, ...]]:
    """Give what a rule's condition asks, without places and parameter names."""
    parts: list[tuple[str, ...]] = []
    for node in walk(rule.when):
        if isinstance(node, Compare):
            value = node.value
            if isinstance(value, ParamRef):
                held = sorted(rule.params[value.name].values, key=lambda v: (v.region, v.from_on))
                shown = repr([(v.region, v.from_on, v.to_on, v.value) for v in held])
            else:
                shown = repr(value)
            parts.append((node.input.name, node.op, shown))
        else:
            parts.append((type(node).__name__, getattr(node, "list", "")))
    return parts
