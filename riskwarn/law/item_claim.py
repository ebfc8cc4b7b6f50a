"""An organ claims items of the catalogue: its implementation items, each hanging on its own."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from riskwarn.constants import USCC_LENGTH
from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.law.item_checks import tiers_of
from riskwarn.law.item_columns import TIERS
from riskwarn.law.item_exchange import LEVELS
from riskwarn.records.law import SupervisionItem

_USCC = re.compile(rf"[0-9A-HJ-NPQRTUWXY]{{{USCC_LENGTH}}}")
_EXCHANGED = re.compile(r"cd_|manage_detail_id$")  # says how the catalogue's row was exchanged
CLAIMED = "认领"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    """Who claims: credit code, name, level and division code of the organ that carries out."""

    uscc: str
    name: str
    tier: str
    region_code: str = ""

    def check(self) -> list[Problem]:
        """Gives: I108 for a credit code that is none, I116 for an unknown level."""
        problems = []
        if not _USCC.fullmatch(self.uscc):
            expected = f"{USCC_LENGTH} 位统一社会信用代码"
            problems.append(Problem("I108", f"实施机构代码 {self.uscc!r} 不对", None, expected))
        if self.tier not in TIERS:
            near = nearest(self.tier, TIERS)
            message = f"监管层级 {self.tier!r} 不认识"
            problems.append(Problem("I116", message, None, "、".join(TIERS), near))
        return problems


def claim_items(
    catalogue: Sequence[SupervisionItem],
    organ: Organ,
    on: date,
    codes: Collection[str] | None = None,
    held: Sequence[SupervisionItem] = (),
) -> list[SupervisionItem]:
    """Give the implementation items that an organ takes from the catalogue.

    Takes:  catalogue, its items; codes, those that are claimed (None: all that are meant for the
            organ's level and in effect on the day); held, the items the organ has already.
    Gives:  one item a claimed code, in the order of the catalogue: the code is the organ's credit
            code, the digit of its level and the catalogue's code; contents, basis and pins are
            the catalogue's; it takes effect on the day. What is held already is not claimed twice.
    Raises: ConfigError, all faults at once: those of the organ; I117 no such catalogue item; I123
            an item that is not meant for this level; I124 one that is not in effect on the day;
            I106 one that is held already.
    """
    problems = organ.check()
    if problems:
        raise ConfigError(*problems)
    known = {item.code: item for item in catalogue}
    taken = {item.catalogue_code for item in held if item.live(on)}
    for code in codes or ():
        item = known.get(code)
        if item is None:
            near = nearest(code, known)
            problems.append(Problem("I117", f"目录中没有事项 {code}", None, "目录中的编码", near))
        else:
            problems += _check_claim(item, organ, on, code in taken)
    if problems:
        raise ConfigError(*problems)
    if codes is None:
        chosen = [i for i in catalogue if not _check_claim(i, organ, on, i.code in taken)]
    else:
        chosen = [item for item in catalogue if item.code in codes]
    return [_claimed(item, organ, on) for item in chosen]


def _check_claim(item: SupervisionItem, organ: Organ, on: date, already: bool) -> list[Problem]:
    problems = []
    named = f"{item.code} {item.name}"
    levels = tiers_of(item)
    if levels and organ.tier not in levels:
        message = f"{named} 的监管层级是 {'、'.join(levels)}，不由{organ.tier}实施"
        problems.append(Problem("I123", message, None, "认领本级的事项"))
    if not item.live(on):
        problems.append(Problem("I124", f"{named} 在 {on} 不在有效期内", None, "认领现行的事项"))
    if already:
        message = f"{named} 已经认领"
        problems.append(Problem("I106", message, None, "一个目录事项只认领一次"))
    return problems


def _claimed(item: SupervisionItem, organ: Organ, on: date) -> SupervisionItem:
    digit = next(digit for digit, tier in LEVELS.items() if tier == organ.tier)
    return replace(
        item,
        code=f"{organ.uscc}{digit}{item.code}",
        catalogue_code=item.code,
        department=organ.name or item.department,
        tier=organ.tier,
        region_code=organ.region_code or item.region_code,
        source=CLAIMED,
        effective_on=on,
        line=0,
        extra=tuple(pair for pair in item.extra if not _EXCHANGED.match(pair[0])),
    )
