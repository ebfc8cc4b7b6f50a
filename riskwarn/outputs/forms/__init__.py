"""检查通知书, 现场检查记录表 and 审批表 of one visit, as PDF with a QR code.

The layout (`form.typ`) reads JSON and shows it: nothing in the data is run. Needs the extra
`forms` (typst); the QR code holds draw, enterprise, officers' numbers and the hash of the freeze,
so that an enterprise can check who stands at its door (扫码入企).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from riskwarn.errors import Problem, UsageError
from riskwarn.outputs.gate import clean

LAYOUT = Path(__file__).resolve().parent / "form.typ"
TITLES = {"notice": "行政检查通知书", "record": "现场检查记录表", "approval": "行政检查审批表"}
RIGHTS = (
    "检查人员不少于两人，应当主动出示执法证；未出示的，可以拒绝检查。",
    "与检查人员有利害关系的，有权申请其回避；有权陈述和申辩。",
    "检查对象与检查人员均由公开种子随机抽取，可凭冻结根哈希自行验证。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the forms of one visit say."""

    draw_id: str
    issuer: str
    uscc: str
    name: str
    tasks: tuple[str, ...]
    basis: tuple[str, ...]
    officers: tuple[str, ...]
    drawn_on: date
    root: str


def write_form(kind: str, visit: Visit, path: Path) -> None:
    """Write one form; the same visit gives the same bytes.

    Raises: UsageError D195 when the extra is not installed.
    """
    try:
        import typst
    except ImportError as error:
        expected = "pip install riskwarn[forms]"
        raise UsageError(Problem("D195", "没有安装文书组件", expected=expected)) from error
    data = json.dumps(_content(kind, visit), ensure_ascii=False)
    epoch = (visit.drawn_on - date(1970, 1, 1)).days * 86_400
    raw = typst.compile(
        str(LAYOUT),
        root=str(LAYOUT.parent),
        format="pdf",
        sys_inputs={"data": data},
        timestamp=epoch,
    )
    path.write_bytes(raw)
    path.chmod(0o600)


def _content(kind: str, visit: Visit) -> Mapping[str, Any]:
    code = f"riskwarn:{visit.draw_id}:{visit.uscc}:{','.join(visit.officers)}:{visit.root}"
    rows = [
        ("检查机关", visit.issuer),
        ("检查对象", visit.name or "（名称未采集）"),
        ("统一社会信用代码", visit.uscc),
        ("检查事项", "；".join(visit.tasks)),
        ("检查依据", "；".join(visit.basis) or "见已公布的检查事项清单"),
        ("检查人员（执法证号，首位主检）", "、".join(visit.officers)),
        ("抽取日期", visit.drawn_on.isoformat()),
        ("冻结根哈希", " ".join(visit.root[at : at + 8] for at in range(0, len(visit.root), 8))),
    ]
    lines: Sequence[str] = RIGHTS
    signatures = ["检查机关（盖章）：", "签收人：　　　　　　日期："]
    if kind == "record":
        rows += [("检查日期和地点", ""), ("检查情况", "\n\n\n\n\n"), ("检查结果代码", "")]
        lines = ()
        signatures = ["检查人员签名：", "被检查单位签名：　　　　　　日期："]
    elif kind == "approval":
        rows += [("检查时间安排", ""), ("承办部门意见", "\n\n"), ("负责人意见", "\n\n")]
        lines = ()
        signatures = ["承办人：", "批准人：　　　　　　日期："]
    return {
        "title": TITLES[kind],
        "number": clean(visit.draw_id),
        "rows": [[name, clean(text)] for name, text in rows],
        "lines": list(lines),
        "signatures": signatures,
        "qr": _qr(code),
        "code": clean(visit.draw_id),
    }


def _qr(text: str) -> str:
    import segno

    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, scale=4)
    return out.getvalue().decode()
