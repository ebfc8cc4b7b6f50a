"""Special equipment: each device as registered, then an update for every periodic inspection.

A delivery that held only today's state would tell yesterday what happened since; so the state
moves by updates, each known some days after its inspection.
"""

import numpy as np
import polars as pl

from riskwarn.county.block import NEVER, Block, Int64s, dates, pick, weighted, words

KINDS = ("elevator", "boiler", "vessel", "pipeline", "crane", "ride", "vehicle")
_WEIGHTS = [45, 8, 15, 3, 12, 1, 16]
_PERIOD_DAYS = np.array([365, 365, 1095, 1095, 730, 365, 365])


def equipment(block: Block) -> pl.DataFrame:
    """Make devices and their inspections; shady users let some run over the date."""
    rng = block.stream("equipment")
    mean = np.where(block.in_groups("factory"), 1.0, 0.04)
    mean = np.where(block.in_groups("realty", "leisure"), 1.2, mean)
    local = np.repeat(np.arange(block.size), rng.poisson(mean))
    local = local[block.shape.established[local] < block.stop[local] - 2]
    size = len(local)
    kind = weighted(rng, _WEIGHTS, size)
    established = block.shape.established[local].astype(np.int64)
    room = block.stop[local] - established - 1
    registered = established + (rng.random(size) * room).astype(np.int64)
    device, inspected = _inspections(block, rng, local, kind, registered)
    stopped = np.where((rng.random(size) < 0.07)[device], 1, 0)
    last = np.maximum(inspected, registered[device])
    known = np.maximum(last, block.county.since) + 1 + rng.integers(0, 10, len(device))
    result = np.where(inspected > 0, weighted(rng, [95, 2, 3], len(device)), -1)
    first = np.append(True, device[1:] != device[:-1])[: len(device)]
    numbers = block.serials("TS", registered)
    moved = pl.DataFrame(
        {
            "uscc": block.uscc.gather(local[device]),
            "equipment_no": numbers.gather(device),
            "kind": words("equipment_kind", list(KINDS), kind[device]),
            "status": words("equipment_status", ["in_use", "stopped"], stopped),
            "registered_on": dates(registered[device]),
            "last_inspected_on": dates(inspected),
            "next_due_on": dates(last + _PERIOD_DAYS[kind[device]]),
            "last_result": words("equipment_result", ["pass", "fail", "reinspect"], result),
            "known_on": dates(known),
            "cd_operation": pick(["u", "i"], first.astype(np.int64)),
        }
    )
    return pl.concat([moved, _stopped(block, rng, moved, local[device])])


def _stopped(
    block: Block, rng: np.random.Generator, moved: pl.DataFrame, owner: Int64s
) -> pl.DataFrame:
    """Report most devices of ended enterprises as out of use, with their last known state."""
    last = np.append(moved["equipment_no"][1:] != moved["equipment_no"][:-1], True)[: len(moved)]
    gone = last & (block.ended[owner] > 0) & (rng.random(len(owner)) < 0.85)
    told = np.maximum(block.stop[owner], block.county.since) + rng.integers(11, 40, len(owner))
    return moved.with_columns(
        words("equipment_status", ["stopped"], np.zeros(len(owner), np.int64)).alias("status"),
        dates(told).alias("known_on"),
        pl.lit("u").alias("cd_operation"),
    ).filter(pl.Series(gone))


def _inspections(
    block: Block, rng: np.random.Generator, local: Int64s, kind: Int64s, registered: Int64s
) -> tuple[Int64s, Int64s]:
    """Follow each device from the start of the history on.

    Gives:  (device, inspected on or NEVER), sorted; the first row of a device is its
            state at registration or at the start of the history.
    """
    since, as_of = block.county.since, block.county.as_of
    period = _PERIOD_DAYS[kind]
    before = np.maximum(since - registered, 0) // period * period
    last = registered + before
    device = np.arange(len(local))
    rows = [np.stack([device, np.where(before > 0, last, NEVER)])]
    late_share = 0.04 * np.exp(0.5 * block.shady[local])
    while len(device):
        late = rng.random(len(device)) < late_share[device]
        off = np.where(late, rng.integers(20, 300, len(device)), -rng.integers(0, 30, len(device)))
        following = last[device] + period[device] + off
        going = following <= np.minimum(as_of, block.stop[local[device]])
        device, following = device[going], following[going]
        last[device] = following
        rows.append(np.stack([device, following]))
    found = np.concatenate(rows, axis=1)
    found = found[:, np.lexsort((found[1], found[0]))]
    return found[0], found[1]
