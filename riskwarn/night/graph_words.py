"""What was odd about the night's graph, in words: for the report's limits and its data page."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.outputs.gate import mask_field
from riskwarn.records.features import FeatureSet
from riskwarn.records.graph import GraphReport, Hub, NodeKind
from riskwarn.records.report import GraphFault
from riskwarn.terms import PersonalData

SHOWN = 5  # examples a fault
_KIND = {NodeKind.ADDRESS: "住所", NodeKind.PHONE: "电话", NodeKind.PERSON: "自然人"}
_MASK = {NodeKind.ADDRESS: PersonalData.ADDRESS, NodeKind.PHONE: PersonalData.PHONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShare:
    """Look-through ownership that was not followed to a named holder, over all enterprises."""

    enterprises: int  # with any of it cut
    units_bp: int  # in enterprises · 10,000
    held: int  # enterprises with a holder of known share


def read_cut(table: Path, features: FeatureSet) -> CutShare | None:
    """Add up the night's column of cut shares; None when no feature measures it."""
    import polars as pl

    names = [feature.name for feature in features.graphs if feature.measure == "control_cut"]
    if not names:
        return None
    cut = pl.read_parquet(table, columns=names[:1]).to_series()
    return CutShare(
        enterprises=int((cut > 0).sum()), units_bp=int(cut.sum() or 0), held=int(cut.count())
    )


def graph_limits(report: GraphReport) -> list[str]:
    """Say what the graph could not know or had to leave out, for the list of known limits."""
    said = []
    if report.missing:
        said.append(f"{len(report.missing)} 类关系没有可信的数据，依赖它们的图谱指标为未知")
    said += [f"{one.title} {one.count:,}，{one.treatment}" for one in graph_faults(report, None)]
    return said


def graph_faults(report: GraphReport, cut: CutShare | None) -> tuple[GraphFault, ...]:
    """List what was odd, the treatment it got, and the first few of each kind."""
    hubs = f"连着超过 {report.hub_limit} 户的住所、电话或人员"
    counted: Iterable[tuple[str, int, str, tuple[str, ...]]] = (
        (hubs, report.hubs, "计数但不用于传播风险", _hubs(report.hub_examples)),
        ("持股合计超过 100% 的主体", report.over_full, "按比例折算", report.over_full_examples),
        ("没有持股比例的出资记录", report.unknown_share, "控制关系中按不详处理", ()),
        (
            *("把自己登记为股东的主体", report.self_holdings, "该条不采用"),
            report.self_holding_examples,
        ),
        ("指不到另一端的关系记录", report.to_nowhere, "未采用", ()),
    )
    found = [
        GraphFault(title=title, count=count, treatment=treatment, examples=examples[:SHOWN])
        for title, count, treatment, examples in counted
        if count
    ]
    if cut is not None and cut.units_bp:
        units = f"{cut.units_bp / FULL_SHARE_BP:,.1f}"
        share = f"{cut.units_bp / max(1, cut.held) / FULL_SHARE_BP:.2%}"
        found.append(
            GraphFault(
                title="穿透持股未能追溯到底的主体",
                count=cut.enterprises,
                treatment=f"合计 {units} 户的股权（占有股东的主体 {share}），作为误差区间给出",
            )
        )
    return tuple(found)


def _hubs(hubs: tuple[Hub, ...]) -> tuple[str, ...]:
    """The largest first; a person by kind alone, an address or phone masked."""
    return tuple(
        f"{_KIND.get(hub.kind, '')}"
        f"{'' if hub.kind is NodeKind.PERSON else ' ' + mask_field(hub.key, _MASK[hub.kind])}"
        f"（{hub.enterprises:,} 户）"
        for hub in hubs
    )
