"""Where an enterprise stands among its peers: active enterprises of like industry and region."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.features.division import divided
from riskwarn.records.features import PeerFeature

if TYPE_CHECKING:
    import narwhals as nw

PEER_FIELDS = ("status", "industry", "region")  # enterprise columns that say who is a peer
_ACTIVE = "active"  # of code list entity_status
_BELOW, _PEERS = "_below", "_peers"


def peer_features(table: Any, specs: Sequence[PeerFeature]) -> Any:
    """Add peer measures to a table of all enterprises as of one day.

    Takes:  a lazy frame that narwhals knows: ent i32, PEER_FIELDS as text, and every column named
            in `of`; it must hold every enterprise, for each is a peer of others.
    Gives:  the same kind of frame with one Int32 column a spec. Only what the row's own day knows
            is used; equal values get equal ranks, in any order of rows.
    """
    import narwhals as nw

    frame = nw.from_native(table).lazy()
    alike = dict.fromkeys((s.of, s.industry_digits, s.region_digits) for s in specs)
    for number, (of, industry, region) in enumerate(alike):
        mine = [
            s for s in specs if (s.of, s.industry_digits, s.region_digits) == (of, industry, region)
        ]
        below, peers = f"{_BELOW}{number}", f"{_PEERS}{number}"
        stands = _standing(frame, of, industry, region).rename({_BELOW: below, _PEERS: peers})
        frame = frame.join(stands, on="ent", how="left")
        frame = frame.with_columns([_value(spec, below, peers) for spec in mine]).drop(below, peers)
    return frame.to_native()


def _standing(
    frame: "nw.LazyFrame[Any]", of: str, industry: int, region: int
) -> "nw.LazyFrame[Any]":
    """Count each enterprise's peers, and those of lower value: ent, _below i64, _peers i64."""
    import narwhals as nw

    known = ~nw.col(of).is_null() & (nw.col("status") == _ACTIVE)
    keys = {"_industry": _leading("industry", industry), "_region": _leading("region", region)}
    rows = frame.select("ent", nw.col(of).alias("_v"), known.alias("_in"), **keys)
    rows = rows.filter(nw.col("_in"), ~nw.col("_industry").is_null(), ~nw.col("_region").is_null())
    group = ["_industry", "_region"]
    counted = rows.group_by(*group, "_v").agg(nw.col("ent").count().cast(nw.Int64).alias("_n"))
    up_to = nw.col("_n").cum_sum().over(*group, order_by="_v").cast(nw.Int64)
    whole = nw.col("_n").sum().over(*group).cast(nw.Int64)
    counted = counted.with_columns((up_to - nw.col("_n")).alias(_BELOW), whole.alias(_PEERS))
    found = rows.join(counted, on=[*group, "_v"], how="inner")
    return found.select("ent", _BELOW, _PEERS)


def _leading(column: str, digits: int) -> "nw.Expr":
    """The first digits of a code, null where it has fewer; registers may write industry letters."""
    import narwhals as nw

    if digits == 0:
        return nw.lit("")
    code = nw.col(column)
    if column == "industry":
        code = code.str.replace_all("^[A-T]", "")
    return nw.when(code.str.len_chars() >= digits).then(code.str.slice(0, digits))


def _value(spec: PeerFeature, below: str, peers: str) -> "nw.Expr":
    import narwhals as nw

    if spec.measure == "count":
        return nw.col(peers).cast(nw.Int32).alias(spec.name)
    enough = nw.col(peers) >= spec.least
    others = nw.when(enough).then(nw.col(peers) - 1)
    return divided(nw.col(below) * FULL_SHARE_BP, others).cast(nw.Int32).alias(spec.name)
