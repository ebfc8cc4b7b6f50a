"""Double random: store → plan → pool → freeze → seed → lottery → assign → publish → store.

One package, one line: each step of a draw is one function; the store is opened here only.
"""

from riskwarn.double_random.demo import demo_plan, run_demo_draw
from riskwarn.double_random.directory import read_directory
from riskwarn.double_random.drafting import draft_from_items
from riskwarn.double_random.line import (
    FrozenDraw,
    PublishedDraw,
    check_plan_file,
    freeze,
    offer_partial,
    run,
    void,
)
from riskwarn.double_random.opening import open_enterprise
from riskwarn.double_random.register import open_snapshot

__all__ = [
    "FrozenDraw",
    "PublishedDraw",
    "check_plan_file",
    "demo_plan",
    "draft_from_items",
    "freeze",
    "offer_partial",
    "open_enterprise",
    "open_snapshot",
    "read_directory",
    "run",
    "run_demo_draw",
    "void",
]
