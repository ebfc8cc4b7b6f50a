"""The card of a model, generated from its run: card.yaml for machines, card.md for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from riskwarn.model.config import TrainingSettings
from riskwarn.model.evaluate import flatten
from riskwarn.records.model import DrawnJudgement, Judgement, ModelLock, OfficerStrictness

FIGURES = {
    "auc": "AUC",
    "average_precision": "平均精度",
    "precision_at_capacity": "容量内命中率",
    "lift_at_capacity": "容量内提升倍数",
    "brier": "Brier 分",
    "base_rate": "基础问题率",
    "mean_probability": "平均概率",
    "recall_at_capacity": "容量内找到的问题占比",
    "days_earlier": "问题平均提前天数",
    "found_in_first_half": "前半程发现的问题占比",
    "found_in_first_half_really": "原日程前半程发现的问题占比",
}
_GROUP_HEADS = {
    "group": "组",
    "rows": "样本",
    "observed": "实际问题率",
    "expected": "平均概率",
    "selected": "被选中",
    "confirmed": "选中者命中",
    "found": "问题找到",
    "lift": "提升倍数",
}
_SYSTEMS = {"rules": "只用规则", "model": "只用模型", "both": "规则加模型"}


def card_data(
    settings: TrainingSettings,
    lock: ModelLock,
    judgement: Judgement,
    rows: Mapping[str, int],
    *,
    calibrated_on: str,
    strictness: Sequence[OfficerStrictness] = (),
    group_titles: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Gather what a reader must know of a model; only measured figures."""
    return {
        "model": lock.name,
        "title": settings.title or lock.name,
        "foretells": settings.label.title,
        "trained_on": lock.trained_on,
        "model_sha256": lock.sha256,
        "training_data_sha256": lock.training_data_sha256,
        "xgboost": lock.xgboost,
        "rows": dict(rows),
        "calibrated_on": calibrated_on,
        "test": {
            "first_on": judgement.first_on.isoformat(),
            "last_on": judgement.last_on.isoformat(),
            "rows": judgement.rows,
            "positives": judgement.positives,
            "capacity_share": settings.judge.capacity_share,
            "bootstrap": settings.judge.bootstrap,
        },
        "estimates": flatten(judgement.estimates),
        "calibration": [_rounded(row) for row in judgement.calibration],
        "group_titles": dict(group_titles or {}),
        "groups": {
            name: [_rounded(row) for row in rows] for name, rows in judgement.groups.items()
        },
        "drawn": _drawn_data(judgement.drawn),
        "systems": {name: flatten(one) for name, one in judgement.systems.items()},
        "systems_drawn": {name: flatten(one) for name, one in judgement.systems_drawn.items()},
        "strictness": [
            {
                "officer": s.officer,
                "inspections": s.inspections,
                "found": s.found,
                "expected": round(s.expected, 1),
                "ratio": [round(x, 3) for x in (s.ratio.value, s.ratio.low, s.ratio.high)],
            }
            for s in strictness
        ],
        "features": [{"name": column.name, "title": column.title} for column in lock.columns],
        "settings": settings.model_dump(mode="json", exclude={"features", "categories"}),
        "notes": list(notes),
    }


def _drawn_data(drawn: DrawnJudgement | str) -> dict[str, Any]:
    if isinstance(drawn, str):
        return {"why_not": drawn}
    return {
        "rows": drawn.rows,
        "positives": drawn.positives,
        "stands_for": round(drawn.stands_for, 1),
        "estimates": flatten(drawn.estimates),
        "calibration": [_rounded(row) for row in drawn.calibration],
    }


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write card.yaml and card.md into the model's folder."""
    text = yaml.safe_dump(dict(card), allow_unicode=True, sort_keys=False, width=100)
    (folder / "card.yaml").write_text(text, "utf-8")
    (folder / "card.md").write_text(card_text(card), "utf-8")


def card_text(card: Mapping[str, Any]) -> str:
    """Give the card as Markdown in Chinese."""
    test, rows = card["test"], card["rows"]
    data = "生成数据（不得用于真实线索）" if card["trained_on"] == "generated" else "真实数据"
    lines = [
        f"# 模型卡：{card['title']}",
        "",
        f"- 预测：{card['foretells']}",
        f"- 训练数据：{data}；训练 {rows['train']} 条、校准 {rows['calibrate']} 条、"
        f"测试 {rows['test']} 条，"
        f"隔离期舍去 {rows['embargo']} 条",
        f"- 测试期（观察日）：{test['first_on']} 至 {test['last_on']}，"
        f"{test['rows']} 条，有问题 {test['positives']} 条",
        f"- 校准：{card['calibrated_on']}",
        f"- 模型散列 `{card['model_sha256'][:16]}`，"
        f"训练数据散列 `{card['training_data_sha256'][:16]}`，"
        f"xgboost {card['xgboost']}",
        "",
        f"## 测试结果（方括号内为 95% 自助法区间，{test['bootstrap']} 次）",
        "",
        *_estimates(card["estimates"]),
        "",
        f"容量按测试样本的 {100 * test['capacity_share']:g}% 计。"
        "只有被检查过的主体才有标签：未检查不等于没有问题。",
        "",
        "## 校准表（按概率由低到高等分）",
        "",
        *_calibration(card["calibration"]),
    ]
    lines += _drawn(card["drawn"])
    lines += _systems(card["systems"], "全部测试样本，不加权")
    lines += _systems(card["systems_drawn"], "只看双随机抽中的，按 1/抽中概率加权")
    if card["groups"]:
        lines += ["", "## 公平：各组被选中、被证实、被找到的比例"]
    for name, groups in card["groups"].items():
        lines += [
            "",
            f"### 按{card['group_titles'].get(name, name)}",
            "",
            *_table(list(_GROUP_HEADS.values()), [_cells(g) for g in groups]),
        ]
    lines += _strictness(card["strictness"])
    lines += [
        "",
        "## 特征",
        "",
        *_table(["列", "含义"], [[f"`{f['name']}`", f["title"]] for f in card["features"]]),
    ]
    if card["notes"]:
        lines += ["", "## 说明", "", *(f"- {note}" for note in card["notes"])]
    return "\n".join(lines) + "\n"


def _estimates(estimates: Mapping[str, Sequence[float]]) -> list[str]:
    return _table(
        ["指标", "数值", "区间"],
        [
            [FIGURES.get(name, name), f"{v:.4g}", f"[{low:.4g}, {high:.4g}]"]
            for name, (v, low, high) in estimates.items()
        ],
    )


def _calibration(rows: Sequence[Mapping[str, float]]) -> list[str]:
    return _table(
        ["样本", "预测概率", "实际问题率"],
        [[f"{r['rows']:g}", f"{r['expected']:.3f}", f"{r['observed']:.3f}"] for r in rows],
    )


def _drawn(drawn: Mapping[str, Any]) -> list[str]:
    head = ["", "## 只看双随机抽中的检查（每条按 1/抽中概率加权）", ""]
    if "why_not" in drawn:
        return [*head, f"{drawn['why_not']}。"]
    said = (
        f"测试期抽中 {drawn['rows']} 条，有问题 {drawn['positives']} 条，"
        f"代表 {drawn['stands_for']:g} 户。"
        "别的检查是挑着去的；只有抽签决定的检查能说明对全体主体的概率准不准。"
    )
    tables = [*_estimates(drawn["estimates"]), "", *_calibration(drawn["calibration"])]
    return [*head, said, "", *tables]


def _systems(systems: Mapping[str, Mapping[str, Sequence[float]]], over: str) -> list[str]:
    if not systems:
        return []
    names = list(next(iter(systems.values())))
    rows = [
        [_SYSTEMS.get(system, system)]
        + [f"{v:.3g} [{low:.3g}, {high:.3g}]" for v, low, high in (one[n] for n in names)]
        for system, one in systems.items()
    ]
    heads = ["", *(FIGURES.get(name, name) for name in names)]
    return ["", f"## 规则、模型、两者一起（{over}）", "", *_table(heads, rows)]


def _strictness(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    cells = [
        [
            row["officer"],
            str(row["inspections"]),
            str(row["found"]),
            f"{row['expected']:.1f}",
            f"{row['ratio'][0]:.2f}",
            f"[{row['ratio'][1]:.2f}, {row['ratio'][2]:.2f}]",
        ]
        for row in rows
    ]
    return [
        "",
        "## 检查人员的松紧（单独的产出，绝不是线索的特征）",
        "",
        "发现数与模型（不知道谁去检查）预期之比；1 为平均，已向 1 收缩。"
        "人员不是随机指派时，此比含辖区差异。",
        "",
        *_table(["人员", "检查", "发现", "预期", "比", "区间"], cells),
    ]


def _cells(group: Mapping[str, Any]) -> list[str]:
    return [
        f"{group[k]:.3g}" if isinstance(group[k], float) else str(group[k]) for k in _GROUP_HEADS
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return lines + [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    ]


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
