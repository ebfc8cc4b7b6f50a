"""An amending decision as read: its items, its quoted texts, its repeal list, its dates."""

import re
from dataclasses import dataclass, field
from datetime import date

from riskwarn.law.amend_mask import FIRST_MARK, LAST_MARK, Quote


@dataclass(slots=True)
class Item:
    """One numbered item: `lines` are its paragraphs with quotes masked, with their line numbers."""

    no: str
    law: str
    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)
    leads: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repealed:
    """One title of a repeal list, with what stands in brackets behind it."""

    title: str
    history: str
    no: str
    line: int


@dataclass(slots=True, kw_only=True)
class Decision:
    """What was read: title, dates, items, repeal list; `reorders`: 条文顺序作相应调整."""

    title: str = ""
    dated_on: date | None = None
    effective_on: date | None = None
    items: list[Item] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    repealed: list[Repealed] = field(default_factory=list)
    laws: list[str] = field(default_factory=list)
    reorders: bool = False
    rewords: tuple[int, str] | None = None
    odd: list[tuple[int, str]] = field(default_factory=list)

    def shown(self, masked: str) -> str:
        """Give masked words as they were printed, long quotes cut short."""

        def unmask(found: re.Match[str]) -> str:
            words = self.quotes[ord(found[0]) - FIRST_MARK].words
            return f"“{words if len(words) <= 60 else words[:40] + '……'}”"

        return re.sub(f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]", unmask, masked)
