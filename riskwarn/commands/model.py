"""riskwarn model …: train, read the card, check, pin, and bench on public data."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.errors import Place, Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.records.features import FeatureSet
    from riskwarn.workspace import Workspace

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
Name = Annotated[str, typer.Argument(help="模型名：models/ 下的文件夹")]
Features = Annotated[
    list[Path] | None,
    typer.Option(
        "--features", help="特征文件，可重复；默认取训练文件旁的 features.yaml，否则 rules/ 的"
    ),
]
HERE = Path()


@app.command("train")
def train(
    config: Annotated[Path, typer.Argument(help="训练设置 model.yaml")],
    as_of: Annotated[
        datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="训练日：之后的事一概不用")
    ],
    workspace: Folder = HERE,
    features: Features = None,
    as_json: AsJson = False,
) -> None:
    """用工作区的检查结果训练、校准、评估一个模型，写入 models/名称/。

    例：riskwarn model train models/county.yaml --as-of 2025-12-01
    """
    from riskwarn.model.config import load_training
    from riskwarn.retrain import retrain
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    done = retrain(ws, load_training(config), _features(ws, config, features), as_of.date())
    shown = {"folder": str(done.folder), **done.card}
    _say(shown, as_json, f"模型已写入 {done.folder}\n\n{_figures(done.card)}")


@app.command("card")
def card(name: Name, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """打印模型卡：用什么训练、在哪些日子上评估、各组如何、有何局限。

    例：riskwarn model card county
    """
    from riskwarn.workspace import Workspace
    from riskwarn.yamlfile import load

    folder = _folder(Workspace.open(workspace), name)
    if as_json:
        typer.echo(json.dumps(load(folder / "card.yaml").plain(), ensure_ascii=False))
        return
    typer.echo((folder / "card.md").read_text("utf-8"))


@app.command("check")
def check(
    name: Name,
    workspace: Folder = HERE,
    config: Annotated[
        Path | None, typer.Option("--config", help="同时检查此训练设置在本工作区数据上的泄漏")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="配合 --config")
    ] = None,
    features: Features = None,
) -> None:
    """核对模型文件与锁定、在受限子进程中试算校验样本，并查找不该有的特征。

    例：riskwarn model check county
    """
    from riskwarn.model.config import load_training
    from riskwarn.model.leaks import check_columns, refuse_leaks
    from riskwarn.model.predict import admit, check_runs
    from riskwarn.retrain import check_training
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    folder = _folder(ws, name)
    lock = admit(folder, ws.settings)
    check_runs(lock, folder)
    problems = check_columns(lock, folder)
    if config is not None:
        if as_of is None:
            raise UsageError(Problem("U001", "--config 须同时写 --as-of"))
        declared = _features(ws, config, features)
        problems += check_training(ws, load_training(config), declared, as_of.date())
    refuse_leaks(problems)
    typer.echo(f"模型 {name} 与锁定一致，校验样本得分相符，未发现泄漏")


@app.command("pin")
def pin(name: Name, workspace: Folder = HERE) -> None:
    """重新锁定一个模型：表示您信任现在的文件。旧的锁定作废。

    例：riskwarn model pin county
    """
    from riskwarn.model.pin import pin_again
    from riskwarn.workspace import Workspace

    lock = pin_again(_folder(Workspace.open(workspace), name))
    typer.echo(f"已锁定 {name}：{lock.sha256}")


@app.command("compare")
def compare(
    champion: Annotated[str, typer.Argument(help="现用模型")],
    challenger: Annotated[str, typer.Argument(help="候选模型")],
    config: Annotated[Path, typer.Option("--config", help="训练设置：其标签与样本评判两者")],
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="评判日")],
    workspace: Folder = HERE,
    features: Features = None,
    as_json: AsJson = False,
) -> None:
    """在两个模型都没有学过的同一批样本上比较它们，并给出差值的区间。

    例：riskwarn model compare county county2 --config model.yaml --as-of 2026-06-01
    """
    from riskwarn.model.config import load_training
    from riskwarn.model.evaluate import flatten
    from riskwarn.retrain import compare_models
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    names = (champion, challenger)
    for name in names:
        _folder(ws, name)
    declared = _features(ws, config, features)
    done = compare_models(ws, names, load_training(config), declared, as_of.date())
    shown = {
        "champion": champion,
        "challenger": challenger,
        "rows": done.rows,
        "positives": done.positives,
        "first_on": done.first_on.isoformat(),
        "last_on": done.last_on.isoformat(),
        "of_champion": flatten(done.of_champion),
        "of_challenger": flatten(done.of_challenger),
        "gain": flatten(done.gain),
        "same_leads": round(done.same_leads, 4),
    }
    _say(shown, as_json, _compare_text(shown))


@app.command("bench")
def bench(
    config: Annotated[Path, typer.Argument(help="bench.yaml")],
    as_json: AsJson = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="保留工作区的文件夹（默认用完即删）")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="评测数据的目录，默认取 RISKWARN_EVAL_DATA")
    ] = None,
    train_dir: Annotated[Path | None, typer.Option("--train", help="学习用的目录")] = None,
    test_dir: Annotated[Path | None, typer.Option("--test", help="评判用的目录")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="学习用的标签文件")] = None,
    test_labels: Annotated[
        Path | None, typer.Option("--test-labels", help="评判用的标签文件")
    ] = None,
) -> None:
    """在公开数据上走完整条线：映射、导入、特征、训练、评估，打印数值。

    例：riskwarn model bench examples/chicago/bench.yaml --json
    """
    from riskwarn.commands.model_bench import run_bench
    from riskwarn.commands.model_panel import PanelPaths

    paths = PanelPaths(
        data=data, train=train_dir, test=test_dir, labels=labels, test_labels=test_labels
    )
    found = run_bench(config, keep, paths)
    _say(found, as_json, _bench_text(found))


def _features(ws: "Workspace", config: Path, files: list[Path] | None) -> "FeatureSet":
    from riskwarn.retrain import load_feature_files

    beside = config.parent / "features.yaml"
    chosen = files or [beside if beside.is_file() else ws.rules_dir / "features.yaml"]
    missing = [path for path in chosen if not path.is_file()]
    if missing:
        problem = Problem("U002", "没有特征文件", Place(str(missing[0])), "用 --features 指明")
        raise UsageError(problem)
    return load_feature_files(chosen)


def _folder(ws: "Workspace", name: str) -> Path:
    from riskwarn.errors import nearest

    there = sorted(p.name for p in ws.models_dir.glob("*") if p.is_dir())
    if name not in there:
        hint = nearest(name, there)
        wanted = "、".join(there) or "先用 riskwarn model train 训练一个"
        raise UsageError(Problem("U003", f"没有模型 {name}", Place("models"), wanted, hint))
    return ws.models_dir / name


def _say(found: dict[str, Any], as_json: bool, text: str) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else text)


def _figures(card: Any) -> str:
    from riskwarn.model.card import FIGURES

    lines = [
        f"{FIGURES.get(name, name)}：{value:.4g}（{low:.4g} 至 {high:.4g}）"
        for name, (value, low, high) in card["estimates"].items()
    ]
    return "\n".join(lines)


def _compare_text(shown: dict[str, Any]) -> str:
    from riskwarn.model.card import FIGURES

    span = f"{shown['first_on']} 至 {shown['last_on']}"
    lines = [f"{span}，样本 {shown['rows']} 条，有问题 {shown['positives']} 条", ""]
    for name, (gain, low, high) in shown["gain"].items():
        before, after = shown["of_champion"][name][0], shown["of_challenger"][name][0]
        sure = "" if low > 0 or high < 0 else "，区间含 0：看不出差别"
        lines.append(
            f"{FIGURES.get(name, name)}：{before:.4g} → {after:.4g}，"
            f"差 {gain:+.4f}（{low:+.4f} 至 {high:+.4f}）{sure}"
        )
    return "\n".join([*lines, f"容量内相同的线索：{shown['same_leads']:.1%}"])


def _bench_text(found: dict[str, Any]) -> str:
    lines = [f"{found['title']}：测试 {found['rows']} 条，有问题 {found['positives']} 条", ""]
    lines += [_figures(found)]
    for name, reached in found["reached"].items():
        lines.append(f"底线 {name} ≥ {found['floor'][name]}：{'达到' if reached else '未达到'}")
    if found.get("without"):
        other = found["without"]
        lines += ["", f"不用 {'、'.join(other['features'])}：", _figures(other)]
    if found.get("comparison"):
        other = found["comparison"]
        lines += ["", other["title"], _figures(other), f"已发表：{other['published']}"]
    if found["strictness"]:
        lines += ["", "检查人员的松紧（发现 / 预期）："]
    for row in found["strictness"]:
        value, low, high = row["ratio"]
        lines.append(f"  {row['officer']}：{value:.2f}（{low:.2f} 至 {high:.2f}）")
    return "\n".join(lines)
