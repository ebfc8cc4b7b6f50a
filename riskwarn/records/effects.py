"""What an instrument does to a clause: announced, applied, or confirmed by publication."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from riskwarn.records.law import ClauseRef


class EffectStatus(StrEnum):
    """How far an effect has come; `held` was announced and could not be applied."""

    ANNOUNCED, APPLIED, CONFIRMED = "announced", "applied", "confirmed"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect.

    `instrument` is the title of the amending or repealing text, `kind` that of the instruction
    (replace_words, add_article …) or repeal. `target` is the clause in the OLD numbering, None for
    one that is new; `becomes` its address afterwards, None when it is gone. `effective_on` None:
    the instrument does not tell.
    """

    instrument: str
    kind: str
    target: ClauseRef | None
    becomes: ClauseRef | None = None
    old_text: str = ""
    new_text: str = ""
    instrument_on: date | None = None
    effective_on: date | None = None
    status: EffectStatus = EffectStatus.ANNOUNCED
    note: str = ""
