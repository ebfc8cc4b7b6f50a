"""The truth that is never imported: what was planted, and what an inspection now would find."""

import numpy as np
import polars as pl

from riskwarn.county.block import Block, dates
from riskwarn.county.events import Conduct
from riskwarn.county.numbers import person_numbers


def truth(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make one row an enterprise.

    Gives:  uscc; cluster, ring, pyramid i32 (null: none), depth u8; controller_id, the identity
            number of the person in control; bad_controller; near, far, frailty, standing f32, the
            terms of risk.py; risk_class A–D; problem_chance f64, the probability that an
            inspection on as_of finds something, would_find bool, one draw from it; ended_on.
    """
    county, low, high = block.county, block.low, block.high
    risk, shape = county.risk, block.shape
    drawn = block.stream("truth").random(block.size) < conduct.chance_now
    frame = pl.DataFrame(
        {
            "uscc": block.uscc,
            "cluster": shape.cluster,
            "ring": shape.ring,
            "pyramid": shape.pyramid,
            "depth": shape.depth,
            "controller_id": person_numbers(risk.controller[low:high].astype(np.int64)),
            "bad_controller": risk.bad_controller[low:high],
            "near": risk.near[low:high],
            "far": risk.far[low:high],
            "frailty": risk.frailty[low:high],
            "standing": risk.standing[low:high],
            "risk_class": pl.Series(list("ABCD")).gather(block.risk_class),
            "problem_chance": conduct.chance_now,
            "would_find": drawn,
            "ended_on": dates(block.ended),
        }
    )
    planted = ["cluster", "ring", "pyramid"]
    return frame.with_columns(
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name) for name in planted
    )
