"""Founding a workspace: the folders of one regulator, with the shipped rules, laws and items."""

import shutil
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.workspace import SETTINGS_FILE, Workspace, resource_dir

SHIPPED = ("rules", "legal_clauses", "models")
SETTINGS_TEXT = """\
# 本地设置。改完后运行 riskwarn check 检查。
riskwarn: 1
name: {name}
region: "{region}"            # 本地行政区划代码前缀（2、4 或 6 位），参数按最长前缀取值
generated_data: false     # 数据由生成器造出时才写 true
import:
  identity: uscc          # uscc：统一社会信用代码；local：境外或演示数据的自有编号
  max_reject_share: 0.01  # 一次导入中被拒行超过此比例则整批不入库
leads:
  capacity_per_department: 50   # 每个部门每晚最多派发的线索数
  cooldown_days: 30             # 办结后多少天内同一线索不再提出
classes: {{b_from: 20, c_from: 50, d_from: 100}}   # 信用风险分类分界（本地设定，非官方分值）
model: {{}}                 # 例如 {{name: county}}；不写则只用规则
"""
GUIDE_TEXT = """\
{name}：riskwarn 工作区

inbox/          把当天的数据放在这里，然后 riskwarn import inbox
rules/          规则包（YAML）；改后 riskwarn check 与 riskwarn rule test
legal_clauses/  法律文本与监管事项
models/         模型（可不用）
out/日期/       每晚的报告与线索：report/index.html、leads.xlsx
store/          数据与审计日志，请勿手工改动

每晚：riskwarn import inbox && riskwarn scan
"""


def found_workspace(root: Path, *, name: str = "", region: str = "") -> Workspace:
    """Make a workspace folder with everything a first night needs.

    Takes:   root, an absent or empty folder; name shown in reports; region code prefix.
    Gives:   the opened workspace.
    Raises:  ConfigError W002 when the folder already holds a workspace or other files.
    """
    if root.exists() and any(root.iterdir()):
        raise ConfigError(
            Problem("W002", "文件夹不是空的，未作改动", Place(str(root)), "一个空的或新的文件夹")
        )
    root.mkdir(parents=True, exist_ok=True)
    for folder in SHIPPED:
        shutil.copytree(resource_dir(folder), root / folder, ignore=_not_for_users)
    (root / "inbox").mkdir()
    shown = name or root.resolve().name
    (root / "说明.txt").write_text(GUIDE_TEXT.format(name=shown), encoding="utf-8")
    settings = SETTINGS_TEXT.format(name=_quoted(shown), region=region)
    (root / SETTINGS_FILE).write_text(settings, encoding="utf-8")
    return Workspace.open(root)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _not_for_users(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.startswith((".", "__pycache__"))}
