"""One rule by its id, or the nearest id there is."""

from typing import TYPE_CHECKING

from riskwarn.errors import Problem, UsageError, nearest

if TYPE_CHECKING:
    from riskwarn.records.rules import Pack


def pick_rule(packs: "list[Pack]", wanted: str) -> "list[Pack]":
    """Keep one rule, in its pack."""
    from dataclasses import replace

    kept = [replace(p, rules=tuple(r for r in p.rules if r.id == wanted)) for p in packs]
    found = [pack for pack in kept if pack.rules]
    if not found:
        hint = nearest(wanted, [rule.id for pack in packs for rule in pack.rules])
        raise UsageError(Problem("R002", f"没有规则 {wanted}", nearest=hint))
    return found
