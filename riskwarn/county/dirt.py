"""Faults as deliveries have them: some that reading mends, some that it must refuse.

Only tables that people type are soiled, never the register itself: one refused enterprise would
take all its rows with it. The refused rows stay below the import's limit in every file.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from riskwarn.county.block import Block, Int64s
from riskwarn.county.numbers import enterprise_codes
from riskwarn.county.shape import COMPANY
from riskwarn.tables.catalogue import Table

SOILED = ("complaint", "penalty", "inspection", "licence", "abnormal_listing", "sampling")
MENDED_AT_LEAST = 12  # rows of a file from which on one of each mendable kind is there
_CODE_OF = {
    "complaint": "kind",
    "penalty": "kind",
    "inspection": "form",
    "licence": "kind",
    "abnormal_listing": "reason_code",
    "sampling": "result",
}
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x5B)})
_CHECK = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def soil(frame: pl.DataFrame, table: Table, block: Block) -> pl.DataFrame:
    """Put faults into rows by the settings' shares; the other rows stay as they are.

    Takes:  frame with the catalogue's column names and uscc.
    Gives:  the frame with its business date as text (2024-02-30 is no date), doubled rows at
            its end; tables outside SOILED unchanged.
    """
    if table.name not in SOILED or frame.is_empty():
        return frame
    day, code = table.happened_on or "", _CODE_OF[table.name]
    rng, shares = block.stream(f"dirt {table.name}"), block.county.settings.dirt
    rows = len(frame)
    least = 4 if rows >= MENDED_AT_LEAST else 0
    mended = max(least, int(shares.repairable_share * rows))
    refused = int(shares.refused_share * rows)
    dangling = int(shares.dangling_share * rows)
    doubled = max(least // 4, int(shares.doubled_share * rows))
    chosen = rng.permutation(rows)[: mended + refused + dangling + doubled]
    cuts = np.cumsum([mended, refused, dangling])
    to_mend, to_refuse, to_dangle, to_double = np.split(chosen, cuts)
    uscc, days, codes = (frame[name].cast(pl.String) for name in ("uscc", day, code))
    uscc = _change(uscc, to_mend[0::4], lambda text: text.translate(_WIDE))
    uscc = _change(uscc, to_mend[1::4], str.lower)
    uscc = _change(uscc, to_mend[2::4], lambda text: f" {text}\u3000")
    days = _change(days, to_mend[3::4], _written_out)
    uscc = _change(uscc, to_refuse[0::4], _wrong_check)
    uscc = _change(uscc, to_refuse[1::4], lambda text: text[:17])
    days = _change(days, to_refuse[2::4], lambda text: "2024-02-30")
    codes = _change(codes, to_refuse[3::4], lambda text: "不在代码表内的词")
    nobody = block.county.shape.size + block.number * 1000 + np.arange(len(to_dangle))
    region = block.county.settings.place.region
    kind = np.full(len(nobody), COMPANY, np.uint8)
    uscc = uscc.scatter(to_dangle, enterprise_codes(nobody, kind, region))
    soiled = frame.with_columns(uscc.alias("uscc"), days.alias(day), codes.alias(code))
    return pl.concat([soiled, soiled[np.sort(to_double)]])


def _change(texts: pl.Series, rows: Int64s, change: Callable[[str], str]) -> pl.Series:
    found = texts.gather(rows).to_list()
    changed = [None if text is None else change(text) for text in found]
    return texts.scatter(rows, pl.Series(changed, dtype=pl.String)) if changed else texts


def _written_out(text: str) -> str:
    year, month, day = (int(part) for part in text.split("-"))
    return f"{year}年{month}月{day}日" if day % 2 else f"{year}/{month}/{day}"


def _wrong_check(text: str) -> str:
    return text[:17] + _CHECK[(_CHECK.index(text[17]) + 1) % 31]
