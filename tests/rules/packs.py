"""Small packs for tests, written as YAML into a folder."""

from pathlib import Path

HEAD = """\
riskwarn: 1
pack: {id: cn.demo, version: 1.0.0, title: 示例, owner: 食品处}
"""
FEATURES = """\
features:
  complaints: {title: 投诉, from: complaint, agg: count, window: 90d, unit: 件}
  fines_fen: {title: 罚款, from: penalty, agg: sum, of: fine_fen, window: 365d}
  last_kind: {title: 最近处罚种类, from: penalty, agg: last, of: kind}
  g_same: {title: 同址, graph: shared, edges: [address], unit: 家}
"""
PARAMS = """\
params:
  complaint_min:
    title: 投诉件数
    type: int
    range: [3, 100]
    values:
      - {region: "*", from: 2024-01-01, value: 10, note: 建议值}
      - {region: "33", from: 2025-01-01, value: 8, note: 建议值}
      - {region: "3301", from: 2026-01-01, to: 2026-12-31, value: 4, note: 试点}
"""


def rule(when: str, id_: str = "demo.a", **more: str) -> str:
    """Write one rule; `more` replaces or adds keys."""
    keys = {
        "version": "1",
        "status": "stable",
        "title": "示例规则",
        "item": "99009903100074",
        "basis": "[《消费者权益保护法》第三十二条第一款]",
        "effective": "{from: 2024-01-01}",
        "severity": "medium",
        "when": when,
        "message": '"投诉 {complaints}"',
        "false_positives": "[误报]",
        "advice": "核查",
        **more,
    }
    return f"  - id: {id_}\n" + "".join(f"    {key}: {text}\n" for key, text in keys.items())


def pack(*rules: str, params: str = PARAMS, features: str = FEATURES, lists: str = "") -> str:
    return HEAD + params + lists + features + "rules:\n" + "".join(rules)


def write(folder: Path, text: str, name: str = "demo.yaml") -> Path:
    """Write a pack into the folder `rules` of a temporary folder; give that folder."""
    rules = folder / "rules"
    (rules / "lists").mkdir(parents=True, exist_ok=True)
    (rules / name).write_text(text, encoding="utf-8")
    return rules
