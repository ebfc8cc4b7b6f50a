"""公示: what the public is told, at the freeze and after the draw, as text and as data."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskwarn.draw.events import Event, seed_was_known, voids_of
from riskwarn.draw.freeze import Frozen
from riskwarn.draw.plan import say_stratum, show_bp
from riskwarn.draw.planfile import FEN_PER_WAN
from riskwarn.draw.publish import Outcome
from riskwarn.draw.seed import Seed
from riskwarn.records.draw import EXCLUSIONS

HASH_NAMES = {"sha256": "SHA-256", "sm3": "SM3"}


def freeze_notice(frozen: Frozen, events: Sequence[Event]) -> str:
    """The notice to be published on the day of the freeze, before the seed can be known."""
    head = frozen.header
    lines = [
        f"{head['title']}（第 {head['batch']} 批）双随机抽查冻结公告",
        "",
        f"发布机关：{head['issuer']}　　冻结日期：{head['frozen_on']}　　第 {head['attempt']} 次",
        f"冻结根哈希（{HASH_NAMES[head['hash']]}）：{frozen.root}",
        "检查对象名录、执法检查人员名录、回避关系、比例与规则均已固定于此哈希，此后任何改动都会被发现。",
        "",
        *_tasks(head),
        "",
        "种子来源（均在冻结之后产生）：",
        *[f"  {s['on']}　{s['name']}{_form(s['form'])}" for s in head["sources"]],
        *[f"  份额承诺　{s['name']}：{s['commitment']}" for s in head["shares"]],
        *_log_note(head),
        *_void_note(events),
    ]
    return "\n".join(lines) + "\n"


def draw_notice(frozen: Frozen, seed: Seed, outcome: Outcome, events: Sequence[Event]) -> str:
    """The notice after the draw; names nobody when the plan asks for unannounced checks."""
    head, result = frozen.header, outcome.result
    lines = [
        f"{head['title']}（第 {head['batch']} 批）双随机抽查结果公示",
        "",
        f"发布机关：{head['issuer']}　　抽取日期：{seed.drawn_on}　　公示日期：{events[-1]['on']}",
        f"冻结根哈希（{HASH_NAMES[head['hash']]}）：{frozen.root}",
        *[f"种子来源：{v.name}（{v.on}）= {v.value}" for v in seed.values],
        *[f"份额：{s.name} = {s.secret}" for s in seed.shares],
        f"种子：{seed.seed.hex()}",
        f"结果哈希：{outcome.result_hash}",
        "",
        *_tasks(head),
        "",
        "抽取户数：",
        *[_seats(row) for row in result["seats"]],
        f"合并后入企 {result['merged']} 次（逐项逐部门检查为 {result['apart']} 次，"
        f"减少 {result['apart'] - result['merged']} 次）。",
        "",
        *_names(head, outcome),
        *_void_note(events),
        "验证：python verify.py 本文件夹 --root 冻结公告所载哈希；或用浏览器打开 verify.html。",
    ]
    return "\n".join(lines) + "\n"


def _seats(row: Mapping[str, Any]) -> str:
    where = f"任务 {row['task']} {say_stratum(row['stratum'])}"
    return f"  {where}：{row['size']} 户中抽 {row['seats']} 户"


def _tasks(head: Mapping[str, Any]) -> list[str]:
    lines = []
    for task in head["tasks"]:
        kind = "定向" if task["directed"] else "不定向"
        given = task["ratios_bp"].items()
        ratios = "、".join(f"{say_stratum(name)} {show_bp(bp)}" for name, bp in given)
        lines.append(f"任务 {task['task']}：{task['title']}（{kind}抽查；比例 {ratios}）")
        if task["directed"]:
            lines.append(f"  条件：{_where(task['where'])}")
        lines += [
            f"  事项 {item['code']} {item['name']}　依据：{item['basis'] or '见清单'}"
            for item in task["items"]
        ]
        size = sum(stratum["size"] for stratum in task["strata"])
        lines.append(f"  可抽 {size} 户；未列入：{_excluded(task['excluded'])}")
    return lines


def _where(where: Mapping[str, Any]) -> str:
    names = {"kinds": "类型", "regions": "区划", "industries": "行业", "facilities": "经营项目"}
    said = [f"{title} {'、'.join(where[name])}" for name, title in names.items() if where[name]]
    for name, title, unit in (
        ("employees", "从业人数", 1),
        ("capital_fen", "注册资本（万元）", FEN_PER_WAN),
    ):
        least, most = where[name]
        said += [f"{title}不少于 {least // unit}"] if least is not None else []
        said += [f"{title}不多于 {most // unit}"] if most is not None else []
    return "；".join(said)


def _excluded(counts: Mapping[str, int]) -> str:
    shown = [f"{EXCLUSIONS.get(code, code)} {count} 户" for code, count in counts.items()]
    return "；".join(shown) or "无"


def _names(head: Mapping[str, Any], outcome: Outcome) -> list[str]:
    if head["embargo"]:
        return ["本批为不预先告知的检查：对象名单在各户检查完成后逐户公开。", ""]
    rows = [line.split("\t") for line in outcome.files["drawn.txt"].decode().splitlines()]
    return [
        "抽中对象（统一社会信用代码）：",
        *[f"  {r[0]}　{r[4]}" for r in rows if r[2] == "D"],
        "",
    ]


def void_notice(draw_id: str, events: Sequence[Event]) -> str:
    """The notice of a void freeze, to be published on its day, before anything is frozen again."""
    freeze, _ = voids_of(events)[-1]
    lines = [
        f"抽查 {draw_id} 第 {freeze['attempt']} 次冻结作废公告",
        "",
        f"被作废的冻结根哈希：{freeze['root']}（{freeze['on']} 冻结）",
        *_void_note(events)[-1:],
        "重新冻结的次数和上述理由都会随证据包公开，并由下一次冻结的根哈希固定。",
    ]
    return "\n".join(lines) + "\n"


def _form(form: str) -> str:
    return f"（写法 {form}：0 代表一位数字，# 代表整数，< 表示由小到大）" if form else ""


def _log_note(head: Mapping[str, Any]) -> list[str]:
    log = head["log"]
    if not log["size"]:
        return []
    return [f"冻结时工作日志共 {log['size']} 条，日志根哈希：{log['root']}"]


def _void_note(events: Sequence[Event]) -> list[str]:
    """Every void freeze with its reason; plainly where its outcome could be known by then."""
    lines = []
    for freeze, void in voids_of(events):
        late = "；作废时种子已经可知" if seed_was_known(freeze, void) else ""
        lines.append(
            f"第 {freeze['attempt']} 次冻结已于 {void['on']} 作废（经办 {void['by']}，"
            f"复核 {void['second']}{late}）：{void['reason']}"
        )
    return lines
