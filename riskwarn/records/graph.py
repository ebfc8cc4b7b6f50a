"""The credit graph as others see it: edge types, the build report, pictures, control chains."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class NodeKind(StrEnum):
    """What a node of the graph is; numbered in this order, enterprises first."""

    ENTERPRISE = "enterprise"
    OUTSIDE = "outside"  # an enterprise known only by its code: not registered here
    PERSON = "person"
    ADDRESS = "address"
    PHONE = "phone"


# Edge type → the table it is read from. The order numbers the types and is part of no output.
EDGE_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "shareholding": "shareholding",  # holder → held
        "legal_rep": "enterprise",  # person → enterprise; person_link adds to it
        "director": "person_link",
        "supervisor": "person_link",
        "manager": "person_link",
        "executive": "person_link",  # relation kind executive joins enterprises by the same word
        "finance": "person_link",
        "contact": "person_link",
        "address": "enterprise",
        "phone": "enterprise",
        "branch": "relation",
        "guarantee": "relation",
        "shared_contact": "relation",
        "litigation": "relation",
        "supply": "relation",
        "loan": "relation",
        "lease": "relation",
        "creditor": "relation",
        "invest": "relation",
        "supervise": "relation",
        "stakeholder": "relation",
        "pledge": "equity_pledge",  # pledgor → company whose equity is pledged
    }
)
EDGE_TYPES: tuple[str, ...] = tuple(EDGE_TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """An address, phone or person with more enterprises than the limit; not propagated through."""

    kind: NodeKind
    key: str  # masked by the output gate
    enterprises: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphReport:
    """What the graph was built from and what was odd. Odd rows are flagged, never fatal.

    The tuples name at most `EXAMPLES` enterprises or hubs, the first in order; counts are whole.
    """

    nodes: Mapping[NodeKind, int]
    edges: Mapping[str, int]  # by edge type, after merging doubles
    missing: tuple[str, ...]  # edge types whose table is missing or stale: measures are unknown
    hub_limit: int
    hubs: int
    hub_examples: tuple[Hub, ...]  # largest first
    over_full: int  # enterprises whose holders sum to more than 100 %: scaled down to 100 %
    over_full_examples: tuple[str, ...]
    unknown_share: int  # shareholdings without a percentage that amounts could not mend
    self_holdings: int  # edges from an enterprise to itself: left out
    self_holding_examples: tuple[str, ...]
    to_nowhere: int  # rows that name no other end, or whose enterprise is not registered here
    ended: int  # rows ended by as_of
    not_begun: int  # rows that begin after as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """One node as shown: `label` never carries a person's identity; address and phone are raw."""

    id: int
    kind: NodeKind
    label: str
    hub: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """One edge as shown, from holder to held, person to enterprise, enterprise to address."""

    source: int
    target: int
    type: str
    share_bp: int | None = None  # of shareholdings; None: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPath:
    """The strongest path from an enterprise to a source of risk.

    `edges[i]` joins `nodes[i]` and `nodes[i + 1]`. `strength_bp` is the product of the edges'
    strengths in basis points; `hops` counts steps between enterprises.
    """

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    strength_bp: int
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EgoNetwork:
    """The surroundings of one enterprise, nearest first; `left_out` nodes did not fit."""

    centre: int
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStep:
    """One layer of a control chain: this holder holds `share_bp` of the layer below it."""

    holder: GraphNode
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BeneficialOwner:
    """An ultimate holder with its look-through share; up to `cut_bp` more may be hidden."""

    holder: GraphNode
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFaults:
    """What is wrong with the register of one enterprise's holders; flagged, never fatal."""

    enterprise: GraphNode
    total_bp: int  # sum of the known shares; more than 10,000 is scaled down to it
    over_full: bool  # beyond what rounding each percentage explains
    unknown: int  # holders without a percentage
    holds_itself: bool  # delivered as its own holder: left out
    in_ring: bool  # in a ring of shareholdings

    @property
    def any(self) -> bool:
        return self.over_full or self.unknown > 0 or self.holds_itself or self.in_ring


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChain:
    """Who controls an enterprise, layer by layer, and who holds it in the end.

    `controller` is None when no holder reaches the threshold or when it cannot be known;
    `unknown` tells the second. `in_ring`: the chain runs into a cross-holding ring.
    """

    enterprise: GraphNode
    steps: tuple[ControlStep, ...]
    controller: GraphNode | None
    unknown: bool
    in_ring: bool
    owners: tuple[BeneficialOwner, ...]  # 25 % or more, largest first
    cut_bp: int  # look-through mass that was not followed to its end or has no known holder
    faults: tuple[HoldingFaults, ...] = ()  # of the enterprise and the layers above, where any
