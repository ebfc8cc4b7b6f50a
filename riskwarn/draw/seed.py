"""The seed: public values named before the freeze, and the observers' committed secrets."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskwarn.draw.canon import FORMAT, HashName, hasher, prefixed
from riskwarn.errors import InputRejectedError, Problem, raise_all


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicValue:
    """A value that came out on a day, as read from its public source."""

    name: str
    on: date
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An observer's secret, opened now."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """The seed with everything it was made from."""

    seed: bytes
    values: tuple[PublicValue, ...]
    shares: tuple[Share, ...]
    drawn_on: date


def clean_value(raw: str) -> str:
    """NFKC, and one blank between parts: `03  07 ` and `０３ 07` are the same value."""
    return " ".join(unicodedata.normalize("NFKC", raw).split())


def check_form(form: str, value: str) -> bool:
    """Whether a value is written as its source asks, so that it has one form only.

    Takes:  form, `0` one digit, `#` a whole number without leading zeros, `<` a blank between two
            numbers of which the second is larger, all else as it stands; "" asks nothing.
    """
    if not form:
        return True
    words = {"0": "[0-9]", "#": "(?:0|[1-9][0-9]*)", "<": " "}
    if not re.fullmatch("".join(words.get(char, re.escape(char)) for char in form), value):
        return False
    marks = re.findall("[0#]+|<", form)
    numbers = iter(re.findall("[0-9]+", value))
    read = [mark if mark == "<" else int(next(numbers)) for mark in marks]
    return all(int(read[at - 1]) < int(read[at + 1]) for at, mark in enumerate(read) if mark == "<")


def commit(name: str, secret: str, hash_name: HashName = "sha256") -> str:
    """Give what an observer hands over before the freeze; the secret is opened at the draw."""
    return str(hasher(hash_name)(prefixed(FORMAT, "share", name, secret)).hexdigest())


def make_seed(
    header: Mapping[str, Any],
    root: str,
    values: Sequence[str],
    shares: Mapping[str, str],
    drawn_on: date,
) -> Seed:
    """Make the seed of a frozen draw.

    Takes:  values, one for each source of the plan, in its order; shares, name → secret.
    Gives:  the seed: hash over root, attempt, every source with its day and value, every share.
    Raises: InputRejectedError D151 wrong number of values · D152 an empty value · D153 a share is
            missing, unknown or is not what was committed · D154 drawn before a source's day, or the
            freeze not before the first of them · D155 a value written otherwise than frozen.
    """
    sources = header["sources"]
    problems = _check_values(sources, values) + _check_shares(header, shares)
    frozen_on = date.fromisoformat(header["frozen_on"])
    for source in sources:
        on = date.fromisoformat(source["on"])
        if on <= frozen_on:
            message = f"冻结日 {frozen_on} 不早于种子来源“{source['name']}”的产生日 {on}"
            problems.append(Problem("D154", message, expected="先冻结公布，后产生种子"))
        if drawn_on < on:
            message = f"抽取日 {drawn_on} 早于种子来源“{source['name']}”的产生日 {on}"
            problems.append(Problem("D154", message, expected=f"{on} 或以后"))
    raise_all(InputRejectedError, problems)
    made = tuple(
        PublicValue(name=s["name"], on=date.fromisoformat(s["on"]), value=clean_value(value))
        for s, value in zip(sources, values, strict=True)
    )
    opened = tuple(Share(name=s["name"], secret=shares[s["name"]]) for s in header["shares"])
    parts = [FORMAT, "seed", root, str(header["attempt"])]
    for value in made:
        parts += [value.name, value.on.isoformat(), value.value]
    for share in opened:
        parts += [share.name, share.secret]
    digest = hasher(header["hash"])(prefixed(*parts)).digest()
    return Seed(seed=digest, values=made, shares=opened, drawn_on=drawn_on)


def _check_values(sources: Sequence[Mapping[str, Any]], values: Sequence[str]) -> list[Problem]:
    if len(sources) != len(values):
        names = "；".join(source["name"] for source in sources)
        message = f"给了 {len(values)} 个公开值，计划要 {len(sources)} 个"
        return [Problem("D151", message, expected=f"依次为：{names}")]
    problems = []
    for source, value in zip(sources, values, strict=True):
        if not clean_value(value):
            problems.append(Problem("D152", f"种子来源“{source['name']}”的值是空的"))
        elif not check_form(source["form"], clean_value(value)):
            message = f"种子来源“{source['name']}”的值 {clean_value(value)!r} 与冻结的写法不符"
            expected = f"{source['form']}（0 一位数字，# 整数，< 由小到大）"
            problems.append(Problem("D155", message, expected=expected))
    return problems


def _check_shares(header: Mapping[str, Any], shares: Mapping[str, str]) -> list[Problem]:
    wanted = {share["name"]: share["commitment"] for share in header["shares"]}
    problems = [
        Problem("D153", f"份额“{name}”不在计划中", expected="、".join(wanted))
        for name in sorted(set(shares) - set(wanted))
    ]
    for name, commitment in wanted.items():
        if name not in shares:
            problems.append(Problem("D153", f"缺少“{name}”的份额", expected="开封其承诺的秘密"))
        elif commit(name, shares[name], header["hash"]) != commitment:
            problems.append(Problem("D153", f"“{name}”开封的份额与事先的承诺不符"))
    return problems
