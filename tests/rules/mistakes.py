"""Seeded mistakes: one slip at a time in a sound pack, with the line it stands on."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20260630
FIRST_RULE = "rules:\n"


@dataclass(frozen=True)
class Mistake:
    """A pack with one slip: where it stands (lines from 1) and what was done."""

    kind: str
    pack: str
    line: int
    text: str


def small_packs(folder: Path) -> Iterator[tuple[str, str]]:
    """Cut each pack into packs of one rule: (name, text); the head is kept."""
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if path.name == "features.yaml" or FIRST_RULE not in text:
            continue
        head, body = text.split(FIRST_RULE, 1)
        blocks = re.split(r"(?m)^(?=  - id: )", body)
        whole = [one for one in blocks if one.startswith("  - id: ") and "  template: " not in one]
        for block in whole:
            yield f"{path.stem}", head + FIRST_RULE + block


def _swap(pattern: str, to: str | Callable[[re.Match[str]], str]) -> Callable[[str], str | None]:
    """Make a slip of one line; None where the line has nothing to slip on."""

    def slip(line: str) -> str | None:
        made, count = re.subn(pattern, to, line, count=1)
        return made if count and made != line else None

    return slip


def _letters(found: re.Match[str]) -> str:
    """Swap two letters in the middle of a word."""
    word = found[2]
    middle = len(word) // 2
    if word[middle - 1] == word[middle]:
        return f"{found[1]}{word[:middle]}{word[middle + 1 :]}"
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return f"{found[1]}{swapped}"


_RULE_KEY = r"^(    )(severity|status|effective|message|title|basis|item|when|version|advice)"
KINDS: dict[str, Callable[[str], str | None]] = {
    "key misspelt": _swap(_RULE_KEY + r"(?=:)", _letters),
    "key with a full-width colon": _swap(_RULE_KEY + ": ", r"\1\2："),
    "tab for blanks": _swap(_RULE_KEY + "(?=:)", "\t\\2"),
    "feature misspelt": _swap(r"(feature: )(\w{6,})", _letters),
    "field misspelt": _swap(r"(\{field: )(\w{6,})", _letters),
    "parameter misspelt": _swap(r"(\$)(?!as_of)(\w{6,})", _letters),
    "parameter without its sign": _swap(r"([lg][te]: )\$(?!as_of)", r"\1"),
    "operator in other words": _swap(r", (ge|le|gt|lt): ", lambda m: f", {m[1]}q: "),
    "operator in Chinese": _swap(r", ge: ", ", 不少于: "),
    "a number instead of a parameter": _swap(r"([lg][te]: )\$(?!as_of)\w+", r"\g<1>17"),
    "severity unknown": _swap(r"(severity: )\w+", r"\1serious"),
    "severity in Chinese": _swap(r"(severity: )\w+", r"\1高"),
    "status unknown": _swap(r"(    status: )\w+", r"\1actve"),
    "item too short": _swap(r'(item: "?)(\w{13})\w', r"\1\2"),
    "item with a blank": _swap(r'(item: "?)(\w{7})(\w{7})', r"\1\2 \3"),
    "date with slashes": _swap(r"(from: )(\d{4})-(\d\d)-(\d\d)", r"\1\2/\3/\4"),
    "day that does not exist": _swap(r"(from: \d{4})-\d\d-\d\d", r"\1-02-30"),
    "example's day in Chinese": _swap(r"(as_of: )(\d{4})-(\d\d)-(\d\d)", r"\1\2年\3月\4日"),
    "outcome misspelt": _swap(r"(expect: )(hit|clear|unknown)", r"\1yes"),
    "outcome in Chinese": _swap(r"expect: hit", "expect: 命中"),
    "placeholder misspelt": _swap(r"(message: .*\{)(\w{6,})(?=\})", _letters),
    "full-width bracket": _swap(r"(basis: )\[", r"\1［"),
    "parameter type unknown": _swap(r"(type: )(int|days|fen|codes)\b", r"\1whole"),
    "region of three digits": _swap(r'region: "(\*|\d+)"', 'region: "331"'),
    "value with a unit": _swap(r"(from: [-0-9]+, value: )(\d+)", r"\g<1>\2个"),
    "value in full-width digits": _swap(r"(from: [-0-9]+, value: )(\d+)", r"\1３"),
    "boolean as yes": _swap(r"boundary: true", "boundary: yes"),
    "on_unknown unknown": _swap(r"(on_unknown: )\w+", r"\1skip"),
    "role unknown": _swap(r"(role: )\w+", r"\1scene"),
    "region code quoted wrong in an example": _swap(r'region: "\d{6}"', 'region: "33010"'),
    "version in words": _swap(r"(    version: )\d+", r"\1一"),
}


def mistakes(folder: Path, wanted: int) -> list[Mistake]:
    """Give `wanted` mistakes, spread over kinds and packs, the same ones every time."""
    dice = random.Random(SEED)
    packs = list(small_packs(folder))
    made: dict[tuple[str, str, int, str], Mistake] = {}
    kinds = list(KINDS.items())
    for turn in range(wanted * 40):
        if len(made) == wanted:
            break
        kind, slip = kinds[turn % len(kinds)]
        name, text = dice.choice(packs)
        lines = text.split("\n")
        places = [n for n, line in enumerate(lines) if slip(line) is not None]
        if not places:
            continue
        at = dice.choice(places)
        wrong = slip(lines[at])
        assert wrong is not None
        whole = "\n".join([*lines[:at], wrong, *lines[at + 1 :]])
        made[kind, name, at, wrong] = Mistake(kind=kind, pack=name, line=at + 1, text=whole)
    return list(made.values())
