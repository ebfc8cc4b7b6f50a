"""model.yaml: what to learn, from which rows, with which features, judged on which later days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskwarn.errors import ConfigError, Problem, nearest, raise_all
from riskwarn.features.conditions import read_conditions
from riskwarn.records.features import Condition
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.yamlfile import Node, load, read_model


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EventSettings(_Strict):
    """Rows of a table that make a label 1; `where` is written as in a feature."""

    table: str
    where: dict[str, Any] = Field(default_factory=dict)


class LabelSettings(_Strict):
    """What is foretold.

    `at: visit`: the outcome of the very inspection a row stands for (cohort `each_inspection`).
    `at: window`: any of the events in (as_of, as_of + window_days], by the day they happened, and
    known by the day of training. `rows: inspected` keeps only enterprises that somebody looked at
    in the window, because not inspected is not clean; `all` reads no event as 0; `recorded` keeps
    only enterprises with a row in one of the event tables, whatever it says: a list of outcomes.
    """

    title: str
    at: Literal["visit", "window"] = "window"
    events: list[EventSettings]
    window_days: int = Field(default=180, ge=1)
    settle_days: int = Field(default=0, ge=0)  # events become known so many days late
    rows: Literal["inspected", "all", "recorded"] = "inspected"


class CohortSettings(_Strict):
    """From which (enterprise, day) pairs a model learns.

    `each_inspection`: every row of the inspection table, as of the day before it.
    `dates`: every active enterprise on each of these days. `every_days` and `count`: so many days
    backwards from the training day, the last one a whole label window before it.
    """

    each_inspection: bool = False
    dates: list[date] = Field(default_factory=list)
    every_days: int = Field(default=180, ge=1)
    count: int = Field(default=5, ge=0)


class CategorySettings(_Strict):
    """A text column of the feature table that becomes one 0/1 column a frequent value."""

    field: str
    prefix: int = Field(default=0, ge=0)
    max_levels: int = Field(default=12, ge=1, le=50)
    title: str = ""


class SplitSettings(_Strict):
    """Later days judge earlier ones. Dates are of as_of; shares are of the cohort's days."""

    calibrate_from: date | None = None
    test_from: date | None = None
    test_until: date | None = None
    calibrate_share: float = Field(default=0.2, gt=0, lt=1)
    test_share: float = Field(default=0.2, gt=0, lt=1)
    embargo_days: int | None = Field(default=None, ge=0)  # default: the label window

    @model_validator(mode="after")
    def _ordered(self) -> "SplitSettings":
        days = [d for d in (self.calibrate_from, self.test_from, self.test_until) if d]
        if days != sorted(days) or len(set(days)) != len(days):
            raise ValueError("须满足 calibrate_from < test_from < test_until")
        if (self.calibrate_from is None) != (self.test_from is None):
            raise ValueError("calibrate_from 与 test_from 须同时写出或同时省略")
        return self


class BoostSettings(_Strict):
    """XGBoost. One thread by default: the order of its sums is then the same everywhere."""

    rounds: int = Field(default=150, ge=1, le=5000)
    max_depth: int = Field(default=4, ge=1, le=10)
    eta: float = Field(default=0.05, gt=0, le=1)
    subsample: float = Field(default=0.8, gt=0, le=1)
    colsample_bytree: float = Field(default=0.8, gt=0, le=1)
    min_child_weight: float = Field(default=5, ge=0)
    reg_lambda: float = Field(default=1, ge=0)
    reg_alpha: float = Field(default=0, ge=0)  # draws leaves of a few rows to the mean
    num_parallel_tree: int = Field(default=1, ge=1, le=50)
    max_bin: int = Field(default=256, ge=16, le=1024)
    seed: int = 1
    nthread: int = Field(default=1, ge=1, le=64)


class CalibrationSettings(_Strict):
    """Platt or isotonic, on rows later than those fitted.

    `on: random` uses randomly drawn inspections only and says so when there are too few.
    `refit`: after calibrating, fit again on train + calibration rows and keep the map.
    """

    method: Literal["platt", "isotonic"] = "isotonic"
    on: Literal["all", "random"] = "all"
    weights: Literal["none", "selection"] = "none"  # selection: 1/π, for all enterprises alike
    min_random: int = Field(default=200, ge=20)
    refit: bool = False


class JudgeSettings(_Strict):
    """How a model is judged on the test rows."""

    capacity_share: float = Field(default=0.05, gt=0, le=1)  # of the test rows can be visited
    bootstrap: int = Field(default=500, ge=0, le=5000)
    groups: list[str] = Field(default_factory=list)  # columns of the feature table
    schedule: bool = False  # days earlier, when the visits are handed out again by score


class TuneSettings(_Strict):
    """Other settings of the trees to be tried on folds inside the training rows.

    The folds roll through the days; a panel has one day, so there enterprises are dealt into them.
    """

    boost: list[dict[str, Any]] = Field(min_length=1, max_length=50)  # each changes some of `boost`
    folds: int = Field(default=3, ge=1, le=20)  # windows as long as the label's, one after another
    by: Literal["auc", "average_precision"] = "average_precision"

    @model_validator(mode="after")
    def _known(self) -> "TuneSettings":
        for changes in self.boost:
            BoostSettings.model_validate(changes)
        return self


class TrainingSettings(_Strict):
    """One training configuration file."""

    model: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")
    title: str = ""
    label: LabelSettings
    cohort: CohortSettings = Field(default_factory=CohortSettings)
    features: list[str]  # names of the feature files; * and ? stand for several
    categories: list[CategorySettings] = Field(default_factory=list)
    when_empty: Literal["refuse", "drop"] = "refuse"  # a feature without a value in training rows
    monotone: dict[str, Literal["increasing", "decreasing"]] = Field(default_factory=dict)
    weights: Literal["none", "selection"] = "none"  # selection: 1/π for randomly drawn rows
    max_weight: float = Field(default=20, ge=1)
    split: SplitSettings = Field(default_factory=SplitSettings)
    boost: BoostSettings = Field(default_factory=BoostSettings)
    tune: TuneSettings | None = None
    calibration: CalibrationSettings = Field(default_factory=CalibrationSettings)
    judge: JudgeSettings = Field(default_factory=JudgeSettings)

    @model_validator(mode="after")
    def _sensible(self) -> "TrainingSettings":
        if not self.features and not self.categories:
            raise ValueError("至少写一个特征")
        doubled = sorted({name for name in self.features if self.features.count(name) > 1})
        if doubled:
            raise ValueError(f"特征重复：{'、'.join(doubled)}")
        foreign = sorted(
            name
            for name in self.monotone
            if not any(fnmatchcase(name, pattern) for pattern in self.features)
        )
        if foreign:
            raise ValueError(f"monotone 中有未列入 features 的名称：{'、'.join(foreign)}")
        if (self.label.at == "visit") != self.cohort.each_inspection:
            raise ValueError("label.at: visit 须与 cohort.each_inspection: true 同时使用")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Rows of a table, by typed conditions, that make a label 1."""

    table: str
    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One model.yaml: its settings and the events of its label."""

    settings: TrainingSettings
    events: tuple[Event, ...]


def name_features(training: Training, declared: Iterable[str]) -> Training:
    """Write out `features: [lawsuits_*]` with the names that are declared.

    Takes:  declared, names in the order of their files.
    Gives:  the same training without patterns; a name without * or ? stays as it is.
    Raises: ConfigError M104 for a pattern that fits nothing.
    """
    found: dict[str, None] = {}
    problems = []
    names = list(declared)
    for pattern in training.settings.features:
        hits = [pattern]
        if "*" in pattern or "?" in pattern:
            hits = [name for name in names if fnmatchcase(name, pattern)]
        if not hits:
            hint = nearest(pattern, names)
            problems.append(Problem("M104", f"没有名为 {pattern} 的特征", nearest=hint))
        found.update(dict.fromkeys(hits))
    raise_all(ConfigError, problems)
    settings = training.settings.model_copy(update={"features": list(found)})
    return replace(training, settings=settings)


def load_training(path: Path, shown_as: str = "") -> Training:
    """Read model.yaml; every fault of the file at once.

    Raises: ConfigError Y0xx for its YAML, M101–M103 and F13x for wrong values, with
            file:line:column.
    """
    root = load(path, shown_as)
    settings = read_model(root, TrainingSettings, "M101")
    listed = root.find(("label", "events"))
    events: list[Event] = []
    problems: list[Problem] = []
    for node in listed.value if isinstance(listed.value, list) else []:
        try:
            events.append(_event(node))
        except ConfigError as error:
            problems += error.problems
    if not listed.value:
        problems.append(Problem("M103", "label.events 不得为空", listed.place, "- {table: …}"))
    if settings.label.at == "visit" and [e.table for e in events] not in ([], ["inspection"]):
        problems.append(
            Problem("M103", "label.at: visit 只用 inspection 表的一个事件", listed.place)
        )
    raise_all(ConfigError, problems)
    return Training(settings=settings, events=tuple(events))


def _event(node: Node) -> Event:
    catalogue = load_catalogue()
    name = str(node.find(("table",)).value)
    if name not in catalogue.tables:
        hint = nearest(name, catalogue.tables)
        place = node.find(("table",)).place
        raise ConfigError(Problem("M102", f"没有表 {name}", place, nearest=hint))
    table = catalogue.table(name)
    if "uscc" not in table.columns or table.happened_on is None:
        place = node.find(("table",)).place
        raise ConfigError(Problem("M102", f"表 {name} 没有主体或日期，不能作标签", place))
    where = node.find(("where",))
    conditions = read_conditions(where, table) if where is not node else ()
    return Event(table=name, where=conditions)
