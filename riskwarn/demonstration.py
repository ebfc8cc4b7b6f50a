"""The tour: two workspaces made, filled and run from end to end, one made up and one real."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from riskwarn.county.generate import make_county
from riskwarn.county.settings import load_settings
from riskwarn.double_random import read_directory, run_demo_draw
from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.founding import found_workspace
from riskwarn.importing import import_into
from riskwarn.model.bench import load_bench
from riskwarn.model.config import load_training
from riskwarn.nightly import scan
from riskwarn.results_back import write_work_lists
from riskwarn.retrain import load_feature_files, retrain
from riskwarn.workspace import SETTINGS_FILE, ModelSettings, Workspace, resource_dir

SEED = 1
EARLIER_DAYS = 91  # the night before the night: a quarter ago, so that leads have a past
CHICAGO_NIGHT = date(2014, 9, 2)  # the first day of the published test
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a demo leaves to look at."""

    title: str
    report: Path
    draw: Path | None


def show_county(root: Path, enterprises: int, tell: Tell) -> Shown:
    """Make a county of made-up enterprises over the real laws and items, and run everything.

    Takes:  root, an absent or empty folder; enterprises, 40 to 14,000,000.
    Gives:  where report and draw lie. The same number gives the same bytes.
    """
    settings = load_settings()
    tonight = settings.as_of
    ws = found_workspace(root, name="示例县（虚构数据）", region=settings.place.region)
    example = resource_dir("examples") / "county"
    shutil.copyfile(example / SETTINGS_FILE, root / SETTINGS_FILE)
    ws = Workspace.open(root)
    tell(f"生成 {enterprises} 户虚构主体的数据")
    make_county(root, enterprises, SEED, dirty=True)
    tell("导入")
    import_into(ws, [ws.inbox], delivered_on=tonight)
    earlier = tonight - timedelta(days=EARLIER_DAYS)
    tell(f"先扫描一个季度前的一晚 {earlier}（只用规则）")
    scan(_without_model(ws), earlier, _silent)
    tell("训练模型（用虚构数据，只许在虚构数据上使用）")
    features = load_feature_files([ws.rules_dir / "features.yaml"])
    training = load_training(example / "model.yaml")
    retrain(ws, training, features, tonight - timedelta(days=1))
    tell(f"夜间扫描 {tonight}")
    night = scan(ws, tonight, _silent)
    tell("双随机：冻结、抽取、公示、验证")
    drawn = run_demo_draw(ws, tonight)
    tell("检查清单，每名主检人员一份")
    write_work_lists(ws, drawn.draw_id, read_directory(ws, drawn.draw_id))
    return Shown(
        title="示例县（虚构数据）",
        report=night.folder / "report" / "index.html",
        draw=drawn.folder,
    )


def show_chicago(root: Path, tell: Tell) -> Shown:
    """Import the real Chicago inspections, train on what came before, scan as of 2014-09-02."""
    example = resource_dir("examples") / "chicago"
    found_workspace(root, name="芝加哥餐饮检查（真实数据）")
    for pack in (root / "rules").glob("*.yaml"):  # no law of the book stands behind a rule there
        pack.unlink()
    shutil.rmtree(root / "legal_clauses" / "items")
    (root / "legal_clauses" / "items").mkdir()
    shutil.copyfile(example / "items.csv", root / "legal_clauses" / "items" / "chicago.csv")
    shutil.copyfile(example / SETTINGS_FILE, root / SETTINGS_FILE)
    ws = Workspace.open(root)
    bench = load_bench(example / "bench.yaml")
    tell("导入 18,712 次真实检查")
    for delivery in bench.deliveries:
        mapping = example / delivery.mapping if delivery.mapping else None
        path = example / delivery.path
        import_into(ws, [path], mapping=mapping, delivered_on=delivery.delivered_on)
    tell("训练模型（只用此前的检查）")
    features = load_feature_files([example / name for name in bench.features])
    retrain(ws, load_training(example / bench.model), features, bench.as_of)
    tell(f"夜间扫描 {CHICAGO_NIGHT}")
    night = scan(ws, CHICAGO_NIGHT, _silent)
    report = night.folder / "report" / "index.html"
    return Shown(title="芝加哥餐饮检查（真实数据）", report=report, draw=None)


def prepare_folder(root: Path) -> None:
    """See that the demo's folder is free, or hold only an earlier demo, which goes.

    Raises: ConfigError W002 when something else lies there.
    """
    strangers = [path for path in root.glob("*") if path.name not in ("county", "chicago")]
    if strangers:
        problem = Problem(
            "W002", f"文件夹里有别的内容：{strangers[0].name}", Place(str(root)), "空的或新的文件夹"
        )
        raise ConfigError(problem)
    for name in ("county", "chicago"):
        if (root / name).exists():
            shutil.rmtree(root / name)


def _without_model(ws: Workspace) -> Workspace:
    return replace(ws, settings=ws.settings.model_copy(update={"model": ModelSettings()}))


def _silent(_title: str, _done: int, _of: int) -> None:
    """The demo tells its own steps."""
