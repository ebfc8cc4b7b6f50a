"""A bench on a panel: import the folders, compute features as of the day, learn, judge."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import NothingToDoError, Problem, UsageError

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.model.bench import BenchSettings
    from riskwarn.model.config import Training
    from riskwarn.model.panel import PanelSettings
    from riskwarn.model.splits import Split
    from riskwarn.records.features import FeatureSet

DATA = "RISKWARN_EVAL_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPaths:
    """What a person names on the command line instead of what bench.yaml says."""

    data: Path | None = None
    train: Path | None = None
    test: Path | None = None
    labels: Path | None = None
    test_labels: Path | None = None

    @property
    def named(self) -> bool:
        return any((self.train, self.test, self.labels, self.test_labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One folder of a panel and the file of its outcomes."""

    folder: Path
    labels: Path | None


def run_panel(bench: "BenchSettings", here: Path, root: Path, paths: PanelPaths) -> dict[str, Any]:
    """Run a bench of one observation day.

    Takes:  here, the folder of bench.yaml; root, an empty folder for the workspaces.
    Gives:  plain values for JSON: estimates [value, low, high], each split's figures, reached.
    Raises: NothingToDoError M118 when the data are not there; UsageError M119 for paths that the
            bench does not know; whatever import and training raise.
    """
    from riskwarn.model.bench import reached
    from riskwarn.model.cohort import words_of
    from riskwarn.model.config import load_training, name_features
    from riskwarn.model.evaluate import flatten
    from riskwarn.model.leaks import check_declared, check_values, refuse_leaks
    from riskwarn.model.matrix import choose_columns
    from riskwarn.model.panel import judge_splits
    from riskwarn.retrain import load_feature_files
    from riskwarn.tables.catalogue import load_catalogue

    panel = bench.panel
    assert panel is not None
    sides = _sides(panel, here, paths)
    features = load_feature_files([here / name for name in bench.features])
    training = name_features(load_training(here / bench.model), features.features)
    settings = training.settings
    refuse_leaks(check_declared(settings, features.features, load_catalogue()))
    frames = [
        _rows(bench, side, here, root / str(number), training, features)
        for number, side in enumerate(sides)
    ]
    rows, splits, dropped = _part(panel, here, frames, sides, training)
    learned = rows.filter(splits[0].train | splits[0].calibrate)
    columns = choose_columns(learned, settings.features, settings.categories, words_of(features))
    refuse_leaks(check_values(learned, columns, features.features))
    estimates, each, told = judge_splits(rows, splits, settings, words_of(features))
    less = [name for name in settings.features if name not in panel.doubtful]
    doubtful = settings.model_copy(update={"features": less})
    return {
        "bench": bench.bench,
        "title": bench.title or bench.bench,
        "rows": int(sum(split.test.sum() for split in splits)),
        "positives": int(sum(rows.filter(split.test)["label"].sum() for split in splits)),
        "training": {
            "train": int(splits[0].train.sum()),
            "calibrate": int(splits[0].calibrate.sum()),
            "dropped_overlap": dropped,
        },
        "features": len(columns),
        "splits": [{name: round(v, 4) for name, v in figures.items()} for figures in each],
        "tuned": [list(one) for one in told],
        "estimates": flatten(estimates),
        "without": {
            "features": list(panel.doubtful),
            "estimates": flatten(judge_splits(rows, splits, doubtful, words_of(features))[0]),
        }
        if panel.doubtful
        else None,
        "floor": dict(bench.floor),
        "reached": reached(bench.floor, estimates),
        "strictness": [],
    }


def _sides(panel: "PanelSettings", here: Path, paths: PanelPaths) -> list[Side]:
    """Find the folders: named ones as they are, the others below the evaluation data."""
    wrong = []
    if paths.test and panel.test is None:
        wrong.append("--test")
    if (paths.labels or paths.test_labels) and panel.labels is None:
        wrong.append("--labels、--test-labels")
    if wrong:
        raise UsageError(Problem("M119", f"这个评测不用 {'、'.join(wrong)}"))
    root = paths.data or (Path(os.environ[DATA]) if os.environ.get(DATA) else None)
    home = None if root is None else root / panel.data
    folders = [paths.train or (home and home / panel.train)]
    labels = [paths.labels]
    if panel.test is not None:
        folders.append(paths.test or (home and home / panel.test))
        labels.append(paths.test_labels)
    elif paths.test_labels:
        folders.append(folders[0])
        labels.append(paths.test_labels)
    sides = []
    for folder, named in zip(folders, labels, strict=True):
        if folder is None:
            expected = f"--data 目录，或环境变量 {DATA} 指向含 {panel.data} 的目录"
            raise NothingToDoError(Problem("M118", f"没有评测数据 {panel.data}", None, expected))
        own = named or (find_file(folder, panel.labels) if panel.labels else None)
        sides.append(Side(folder=folder, labels=own))
    wanted = [find_file(side.folder, name) for side in sides for name in panel.files]
    wanted += [side.labels for side in sides if side.labels]
    absent = sorted({str(path) for path in wanted if not path.is_file()})
    if absent:
        raise NothingToDoError(
            *(
                Problem("M118", f"没有评测数据文件 {name}", None, "见 docs/model.md")
                for name in absent
            )
        )
    return sides


def find_file(folder: Path, name: str) -> Path:
    """Give a panel's file: by its name, else by the same name in another format we read."""
    others = [folder / Path(name).with_suffix(suffix) for suffix in (".parquet", ".csv", ".xlsx")]
    return next((p for p in (folder / name, *others) if p.is_file()), folder / name)


def _rows(
    bench: "BenchSettings",
    side: Side,
    here: Path,
    root: Path,
    training: "Training",
    features: "FeatureSet",
) -> "pl.DataFrame":
    """Import one folder into a workspace of its own and gather its labelled rows."""
    from riskwarn.importing import import_into
    from riskwarn.retrain import gather_rows
    from riskwarn.workspace import SETTINGS_FILE, Workspace

    panel = bench.panel
    assert panel is not None
    root.mkdir(parents=True)
    shutil.copyfile(here / bench.settings, root / SETTINGS_FILE)
    ws = Workspace.open(root)
    files = _tables(panel, side, root)
    import_into(ws, files, mapping=here / panel.mapping, delivered_on=panel.delivered_on)
    return gather_rows(ws, training, features, bench.as_of)


def _tables(panel: "PanelSettings", side: Side, root: Path) -> list[Path]:
    """Name the files to import; archives of arrays are unpacked first, outcomes come last."""
    from riskwarn.model.arrays import unpack_arrays

    named = [find_file(side.folder, name) for name in panel.files]
    if side.labels is not None:
        assert panel.labels is not None
        # under the name that the mapping knows, whatever the person's file is called
        target = root / Path(panel.labels).with_suffix(side.labels.suffix)
        shutil.copyfile(side.labels, target)
        named.append(target)
    files = []
    for path in named:
        if path.suffix == ".npz":
            folder = root / "arrays"
            folder.mkdir(exist_ok=True)
            masks = panel.folds.masks if panel.folds else None
            apart = {masks.train, masks.calibrate, masks.test} if masks else set()
            files += [one for one in unpack_arrays(path, folder) if one.name not in apart]
        else:
            files.append(path)
    return files


def _part(
    panel: "PanelSettings",
    here: Path,
    frames: list["pl.DataFrame"],
    sides: list[Side],
    training: "Training",
) -> tuple["pl.DataFrame", list["Split"], int]:
    """Put the folders' rows together and say which learn and which judge.

    Enterprises of the judging folder are left out of the learning one: they were seen there.
    """
    import numpy as np
    import polars as pl

    from riskwarn.model.panel import fold_splits, mask_splits, side_split

    seed, first = training.settings.boost.seed, frames[0]
    day = training.settings.cohort.dates[0]
    if len(frames) == 1:
        ids = first["uscc"].to_list()
        assert panel.folds is not None
        if panel.folds.count is not None:
            return first, fold_splits(ids, panel.folds.count, seed, day), 0
        masks = panel.folds.masks
        assert masks is not None
        return (
            first,
            mask_splits(ids, _masks(panel, sides[0]), masks.id, _prefix(here / panel.mapping), day),
            0,
        )
    kept = first.filter(~pl.col("uscc").is_in(frames[1]["uscc"].implode()))
    rows = pl.concat([kept, frames[1]], how="vertical_relaxed")
    judged = np.arange(rows.height) >= kept.height
    ids = rows["uscc"].to_list()
    splits = side_split(ids, judged, panel.calibrate_share, seed, day)
    return rows, splits, first.height - kept.height


def _masks(panel: "PanelSettings", side: Side) -> dict[str, "pl.DataFrame"]:
    import tempfile

    from riskwarn.model.arrays import unpack_arrays

    masks = panel.folds.masks if panel.folds else None
    assert masks is not None
    with tempfile.TemporaryDirectory(prefix="riskwarn-masks-") as scratch:
        for name in panel.files:
            if name.endswith(".npz"):
                unpack_arrays(side.folder / name, Path(scratch))
        named = {"train": masks.train, "calibrate": masks.calibrate, "test": masks.test}
        return {part: _read(name, side.folder, Path(scratch)) for part, name in named.items()}


def _read(name: str, folder: Path, scratch: Path) -> "pl.DataFrame":
    import polars as pl

    path = scratch / name
    return pl.read_parquet(path if path.is_file() else folder / name)


def _prefix(mapping: Path) -> str:
    """The text that a mapping's local identity puts before every id."""
    from riskwarn.sources.mapping import load_mapping
    from riskwarn.tables.catalogue import load_catalogue

    identity = load_mapping(mapping, load_catalogue())[0].identity
    return identity.prefix if identity is not None else ""
