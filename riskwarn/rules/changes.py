"""What a change of packs does to the list: which enterprises enter, which leave, by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from riskwarn.records.rules import Rule, Status

if TYPE_CHECKING:
    import polars as pl

Fate = Literal["added", "removed", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One rule under the old and the new packs, counted over the same enterprises."""

    rule: str
    fate: Fate
    old_hit: int
    new_hit: int
    entered: int
    left: int
    old_unknown: int
    new_unknown: int

    @property
    def same(self) -> bool:
        counts = (self.entered, self.left, self.new_unknown - self.old_unknown)
        return self.fate == "both" and not any(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """An enterprise that enters or leaves the list, and the rules that made it so."""

    uscc: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """The list under the old and the new packs."""

    old_listed: int
    new_listed: int
    entered: tuple[Mover, ...]
    left: tuple[Mover, ...]
    rules: tuple[RuleChange, ...]


def listing_rules(rules: Sequence[Rule], statuses: Sequence[Status]) -> list[Rule]:
    """Give the scenario rules of some statuses: those that put an enterprise on the list."""
    return [rule for rule in rules if rule.role == "scenario" and rule.status in statuses]


def compare_lists(old: "pl.DataFrame", new: "pl.DataFrame") -> ListChange:
    """Compare what two sets of rules say about the same enterprises.

    Takes:  two frames of equal rows in equal order: uscc, a nullable boolean column a rule.
    Gives:  the movers sorted by uscc, the rules by id. A rule that moves from hit to unknown
            leaves the list as well; its unknowns are counted beside.
    """
    import polars as pl

    if not old["uscc"].equals(new["uscc"]):
        raise ValueError("the two frames are not of the same enterprises")
    was, now = _hits(old), _hits(new)
    listed_was = was.select(pl.any_horizontal(pl.all())).to_series() if was.width else None
    listed_now = now.select(pl.any_horizontal(pl.all())).to_series() if now.width else None
    nobody = pl.Series([False] * old.height, dtype=pl.Boolean)
    before = nobody if listed_was is None else listed_was
    after = nobody if listed_now is None else listed_now
    return ListChange(
        old_listed=int(before.sum()),
        new_listed=int(after.sum()),
        entered=_movers(new["uscc"], now, after & ~before),
        left=_movers(old["uscc"], was, before & ~after),
        rules=tuple(_change(name, old, new) for name in sorted({*was.columns, *now.columns})),
    )


def _hits(frame: "pl.DataFrame") -> "pl.DataFrame":
    return frame.drop("uscc").fill_null(value=False)


def _movers(uscc: "pl.Series", hits: "pl.DataFrame", moved: "pl.Series") -> tuple[Mover, ...]:
    names = hits.columns
    rows = hits.filter(moved).rows()
    return tuple(
        Mover(uscc=one, rules=tuple(n for n, hit in zip(names, row, strict=True) if hit))
        for one, row in sorted(zip(uscc.filter(moved).to_list(), rows, strict=True))
    )


def _change(name: str, old: "pl.DataFrame", new: "pl.DataFrame") -> RuleChange:
    was = old[name] if name in old.columns else None
    now = new[name] if name in new.columns else None
    fate: Fate = "added" if was is None else "removed" if now is None else "both"
    hit_was = _count(was)
    hit_now = _count(now)
    stayed = 0
    if was is not None and now is not None:
        stayed = int((was.fill_null(value=False) & now.fill_null(value=False)).sum())
    return RuleChange(
        rule=name,
        fate=fate,
        old_hit=hit_was,
        new_hit=hit_now,
        entered=hit_now - stayed,
        left=hit_was - stayed,
        old_unknown=0 if was is None else was.null_count(),
        new_unknown=0 if now is None else now.null_count(),
    )


def _count(column: "pl.Series | None") -> int:
    return 0 if column is None else int(column.sum())
