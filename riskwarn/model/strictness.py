"""How strict an officer is: an output of its own, never a feature of a lead.

A check's outcome is part the place, part the person who checks. Before the draw nobody knows who
will come, so no lead may use it; but once results are back, what an officer finds beyond what was
expected of his places can be told apart. Where officers are drawn at random the ratio is an
estimate of strictness; where they are assigned by district it mixes with the district, and the
table must be read so.
"""

from typing import TYPE_CHECKING

from riskwarn.records.model import Estimate, OfficerStrictness

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]

_PRIOR = 10.0  # expected findings of a ratio of 1: few visits say little


def officer_strictness(
    rows: "pl.DataFrame", chances: "Floats", times: int, seed: int
) -> tuple[OfficerStrictness, ...]:
    """Compare what officers found with what the model, which knows no officer, expected.

    Takes:  rows with label 0/1 and officers (text, set joined by "|", null: unknown), of days the
            model was not fitted on; chances f64; bootstrap times and seed.
    Gives:  one record an officer, by officer; a visit by two counts for both. Expectations are
            scaled so that all officers together have ratio 1.
    """
    import numpy as np
    import polars as pl

    labels = rows["label"].to_numpy().astype(np.float64)
    scale = float(labels.sum()) / max(float(chances.sum()), 1e-12)
    frame = (
        pl.DataFrame({"officer": rows["officers"], "label": labels, "expected": chances * scale})
        .drop_nulls("officer")
        .with_columns(pl.col("officer").cast(pl.String).str.split("|"))
        .explode("officer")
        .sort("officer")
    )
    found = []
    for place, ((officer,), part) in enumerate(frame.group_by("officer", maintain_order=True)):
        made = part["label"].to_numpy()
        expected = part["expected"].to_numpy()
        generator = np.random.Generator(np.random.PCG64([seed, place]))
        drawn = generator.integers(0, len(made), (times, len(made)))
        ratios = (made[drawn].sum(axis=1) + _PRIOR) / (expected[drawn].sum(axis=1) + _PRIOR)
        low, high = np.percentile(ratios, [2.5, 97.5]) if times else (float("nan"),) * 2
        value = (float(made.sum()) + _PRIOR) / (float(expected.sum()) + _PRIOR)
        found.append(
            OfficerStrictness(
                officer=str(officer),
                inspections=len(made),
                found=int(made.sum()),
                expected=float(expected.sum()),
                ratio=Estimate(value=value, low=float(low), high=float(high)),
            )
        )
    return tuple(found)
