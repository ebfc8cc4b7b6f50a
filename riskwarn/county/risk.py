"""The planted truth: what makes a finding likely, by a formula that anyone may read.

An inspection on day t finds a problem with probability 1 / (1 + e^-z), where z is the sum of

  BASE                                    about 6 % for an enterprise with nothing against it
  + the trade's log-odds                  trades.GROUPS, -0.2 to 0.45
  + W_SHELL       · is in a planted shell cluster
  + W_RING        · is in a cross-holding ring
  + W_CONTROLLER  · its controller (through holdings above half) is a bad one
  + W_NEAR        · share of bad ones among its neighbours (holding, guarantee, branch, same owner)
  + W_FAR         · the same, averaged over its neighbours (two hops, itself among them)
  + W_COMPLAINTS  · ln(1 + complaints in the 365 days before t)
  + W_EXPIRED     · a licence had run out on t, within a year and without a new one
  + W_PENALISED   · was penalised after a complaint in the 730 days before t
  + W_LISTED      · stood on the list of abnormal operations on t
  + W_FRAILTY     · a standard normal that no table shows: no model can know it

All of it is made up. Labels of the future come from the same formula at t = as_of.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskwarn.county.settings import CountySettings
from riskwarn.county.shape import Shape
from riskwarn.county.streams import stream
from riskwarn.county.ties import Holdings, Relations
from riskwarn.county.trades import group_of_trade, group_values

Floats = npt.NDArray[np.float32]
Int64s = npt.NDArray[np.int64]
BASE = -2.9
W_SHELL, W_RING, W_CONTROLLER = 1.0, 0.8, 0.9
W_NEAR, W_FAR = 1.2, 0.6
W_COMPLAINTS, W_EXPIRED, W_PENALISED, W_LISTED = 0.55, 0.9, 0.7, 0.6
W_FRAILTY = 0.7
GUESS_NOISE = 0.9  # spread of the county's own risk classes around the standing risk
BAD_PERSON_SHARE, BAD_SERIAL_SHARE, BAD_SHELL_SHARE = 0.02, 0.12, 0.5
MAJORITY_BP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What the formula needs of the whole county; one entry an enterprise."""

    controller: npt.NDArray[np.int32]  # person
    bad_controller: npt.NDArray[np.bool_]
    near: Floats
    far: Floats
    frailty: Floats
    standing: Floats  # all of z that does not depend on the day
    risk_class: npt.NDArray[np.uint8]  # 0–3 for A–D: the county's own guess, blind to frailty


def build_risk(
    shape: Shape, holdings: Holdings, relations: Relations, seed: int, settings: CountySettings
) -> Risk:
    """Work the standing part of the formula out for the whole county."""
    rng = stream(seed, "risk")
    controller = _controllers(shape, holdings)
    bad_person = _bad_persons(rng, shape)
    bad = bad_person[controller]
    shell, ring = shape.cluster >= 0, shape.ring >= 0
    near = _neighbour_mean(shape, holdings, relations, (bad | shell | ring).astype(np.float32))
    far = _neighbour_mean(shape, holdings, relations, near)
    frailty = rng.standard_normal(shape.size, np.float32)
    trade = group_values(2)[group_of_trade()[shape.trade]].astype(np.float32)
    seen = np.float32(BASE) + trade + W_SHELL * shell + W_RING * ring + W_CONTROLLER * bad
    seen = (seen + W_NEAR * near + W_FAR * far).astype(np.float32)
    guess = seen + rng.standard_normal(shape.size, np.float32) * np.float32(GUESS_NOISE)
    return Risk(
        controller=controller,
        bad_controller=bad,
        near=near,
        far=far,
        frailty=frailty,
        standing=(seen + np.float32(W_FRAILTY) * frailty).astype(np.float32),
        risk_class=_classes(guess, settings.random_arm.class_shares),
    )


def _bad_persons(rng: np.random.Generator, shape: Shape) -> npt.NDArray[np.bool_]:
    owned = np.bincount(shape.owner, minlength=shape.persons)
    chance = np.where(owned >= 4, BAD_SERIAL_SHARE, BAD_PERSON_SHARE)
    chance[shape.owner[shape.cluster >= 0]] = BAD_SHELL_SHARE
    return rng.random(shape.persons) < chance


def _controllers(shape: Shape, holdings: Holdings) -> npt.NDArray[np.int32]:
    """Follow holdings above one half upwards, at most 16 layers; the owner of the top controls."""
    parent = np.arange(shape.size, dtype=np.int32)
    rules = (holdings.enterprise >= 0) & (holdings.share_bp > MAJORITY_BP) & (holdings.ended == 0)
    parent[holdings.company[rules]] = holdings.enterprise[rules]
    for _ in range(4):
        parent = parent[parent]
    return shape.owner[parent]


def _neighbour_mean(
    shape: Shape, holdings: Holdings, relations: Relations, value: Floats
) -> Floats:
    """Average `value` over holdings between enterprises, guarantees, branches and one's owner."""
    n = shape.size
    corporate = (holdings.enterprise >= 0) & (holdings.ended == 0)
    tie = relations.kind <= 1
    one = np.concatenate([holdings.company[corporate], relations.enterprise[tie]])
    two = np.concatenate([holdings.enterprise[corporate], relations.other[tie]])
    total = np.bincount(one, value[two], n) + np.bincount(two, value[one], n)
    degree = np.bincount(one, minlength=n) + np.bincount(two, minlength=n)
    by_owner = np.bincount(shape.owner, value, shape.persons)[shape.owner] - value
    others = np.bincount(shape.owner, minlength=shape.persons)[shape.owner] - 1
    mean: Floats = ((total + by_owner) / np.maximum(degree + others, 1)).astype(np.float32)
    return mean


def _classes(guess: Floats, shares: list[float]) -> npt.NDArray[np.uint8]:
    ranks = (np.cumsum(shares)[:3] * len(guess)).astype(np.int64)
    cuts = np.sort(guess)[np.minimum(ranks, len(guess) - 1)]
    return np.searchsorted(cuts, guess, side="right").astype(np.uint8)


def chance(
    standing: Floats,
    complaints: Int64s,
    expired: npt.NDArray[np.bool_],
    penalised: npt.NDArray[np.bool_],
    listed: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Give the probability of a finding, one entry an inspection (or an enterprise at as_of)."""
    z = standing + W_COMPLAINTS * np.log1p(complaints) + W_EXPIRED * expired
    z = z + W_PENALISED * penalised + W_LISTED * listed
    found: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-z.astype(np.float64)))
    return found
