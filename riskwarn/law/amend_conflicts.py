"""Instructions of one decision that cannot both be carried out."""

from collections import defaultdict

from riskwarn.law.amend_terms import ADDS, DELETES, REPLACES, AmendKind, Instruction, Target

_REWRITES = frozenset((*REPLACES.values(), *DELETES.values()))


def find_conflicts(instructions: list[Instruction]) -> list[tuple[int, str]]:
    """Find instructions in conflict.

    Gives:  (index, reason) of every instruction that takes part in one: a place rewritten or
            deleted twice, one word replaced by two different ones, one article given two numbers,
            two articles one number.
    """
    found: dict[int, str] = {}
    rewritten: dict[Target, list[int]] = defaultdict(list)
    words: dict[tuple[Target, str], list[int]] = defaultdict(list)
    for index, made in enumerate(instructions):
        for target in made.targets:
            if made.kind in _REWRITES:
                rewritten[target].append(index)
            elif made.kind in (AmendKind.REPLACE_WORDS, AmendKind.DELETE_WORDS):
                words[target, made.old_words].append(index)
    for target, indexes in rewritten.items():
        _mark(found, indexes, f"{target.label}被改写或者删去了不止一次")
    for (target, old), indexes in words.items():
        if len({instructions[i].new_words for i in indexes}) > 1:
            _mark(found, indexes, f"{target.label}中的“{old[:30]}”改成了不同的词语")
    _numbers(instructions, found)
    _whole_and_part(instructions, found)
    return sorted(found.items())


def _numbers(instructions: list[Instruction], found: dict[int, str]) -> None:
    numbers: dict[Target, list[int]] = defaultdict(list)
    taken: dict[str, list[int]] = defaultdict(list)
    for index, made in enumerate(instructions):
        if made.kind is AmendKind.RENUMBER:
            for target in made.targets:
                numbers[target].append(index)
        for key in dict.fromkeys(new.article for new in made.news if new.level == "article"):
            taken[key].append(index)
    for target, indexes in numbers.items():
        if len({instructions[i].news for i in indexes}) > 1:
            _mark(found, indexes, f"{target.label}改成了不同的序号")
    for key, indexes in taken.items():
        _mark(found, indexes, f"不止一处要作为{Target(article=key).label}")


def _mark(found: dict[int, str], indexes: list[int], reason: str) -> None:
    if len(indexes) > 1:
        for index in indexes:
            found.setdefault(index, reason)


def _whole_and_part(instructions: list[Instruction], found: dict[int, str]) -> None:
    """An article deleted or rewritten as a whole, and a part of it changed besides."""
    whole: dict[str, int] = {}
    for index, made in enumerate(instructions):
        if made.kind in (AmendKind.DELETE_ARTICLE, AmendKind.REPLACE_ARTICLE):
            whole.update(dict.fromkeys(made.articles, index))
    for index, made in enumerate(instructions):
        for key in made.articles:
            first = whole.get(key, index)
            if first == index:
                continue
            deleted = instructions[first].kind is AmendKind.DELETE_ARTICLE
            if deleted or made.kind in _REWRITES or made.kind in ADDS.values():
                done = "删去" if deleted else "整条改写"
                _mark(found, [first, index], f"{Target(article=key).label}既被{done}又被修改")
