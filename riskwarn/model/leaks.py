"""What a model must not know: who it is, what came later, who came to look."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.errors import ConfigError, Problem, raise_all
from riskwarn.model.config import TrainingSettings
from riskwarn.model.declared import model_features
from riskwarn.model.matrix import sources
from riskwarn.records.features import Feature, FieldFeature, WindowFeature
from riskwarn.records.model import ModelColumn, ModelLock
from riskwarn.tables.catalogue import Catalogue, load_catalogue

if TYPE_CHECKING:
    import polars as pl

_IDENTIFYING = {"enterprise_id", "person_id", "person_name", "name", "address", "phone"}
_IDENTIFIERS = {"reg_no", "uscc", "ent", "row", "licence_no", "inspection_no", "document_no"}
_OFFICER_COLUMNS = {"officers", "officer", "task_no", "plan_no", "inspector"}
_OUTCOME_COLUMNS = {"label", "inverse_chance", "random", "visit_day", "as_of"}
_QUANTITIES = {"fen", "bp", "date"}
_UNIQUE_SHARE = 0.9  # distinct values among enterprises from which a column is nearly a name
_MANY = 50  # below so many enterprises uniqueness says nothing
_GIVEAWAY_AUC = 0.995  # one column that all but gives the label


def check_declared(
    settings: TrainingSettings, features: Mapping[str, Feature], catalogue: Catalogue
) -> list[Problem]:
    """Find identifiers, officers and outcomes among the declared features and categories.

    Gives: problems M160 (identifier), M161 (officer), M162 (outcome); by name and by what a
    feature is computed of, whatever it is called.
    """
    names = [*settings.features, *(c.field for c in settings.categories)]
    return _check_names(names, features, catalogue)


def _check_names(
    names: Iterable[str], features: Mapping[str, Feature], catalogue: Catalogue
) -> list[Problem]:
    problems = []
    fields = catalogue.table("enterprise").columns
    for name in names:
        feature = features.get(name)
        used = _columns_of(feature) if feature is not None else {name}
        kinds = {fields[c].type for c in used if c in fields}
        if isinstance(feature, WindowFeature):
            columns = catalogue.table(feature.table).columns
            kinds = {columns[c].type for c in used if c in columns}
            if feature.agg in ("count", "nunique", "exists", "burst", "days_since", "trend"):
                kinds -= _IDENTIFYING  # how many different, not which
                used = used - _IDENTIFIERS
        if kinds & _IDENTIFYING or used & _IDENTIFIERS or name in _IDENTIFIERS:
            problems.append(Problem("M160", f"{name} 是身份标识，不得作特征"))
        if used & _OFFICER_COLUMNS or name in _OFFICER_COLUMNS:
            problems.append(
                Problem("M161", f"{name} 取决于由谁检查，派发线索时尚不知道，不得作特征")
            )
        if name in _OUTCOME_COLUMNS:
            problems.append(Problem("M162", f"{name} 是结果或日程，不得作特征"))
    return problems


def check_values(
    rows: "pl.DataFrame",
    columns: Sequence[ModelColumn],
    features: Mapping[str, Feature] | None = None,
) -> list[Problem]:
    """Find columns that name an enterprise, or give the label away, by their values alone.

    Takes:  rows with ent and label; the model's columns; declared features, where known: amounts
            of money, shares and spans of days may differ from firm to firm without naming it.
    Gives:  M163: whole numbers nearly unique to enterprises and constant within them, as serial
            numbers and their prefixes are; M164: one column ranks the label all but perfectly, as a
            fact known only afterwards does; M166: a prefix of the enterprise's own code.
    """
    problems = []
    for name in sources(columns):
        series = rows[name]
        if not _measures(name, features or {}) and _names_enterprises(rows, name):
            problems.append(Problem("M163", f"特征 {name} 几乎逐户不同且从不改变，等同于编号"))
        if series.dtype.is_numeric() and _giveaway(rows, name) > _GIVEAWAY_AUC:
            message = f"单凭特征 {name} 几乎就能排出标签，疑为事后才知道"
            problems.append(Problem("M164", message))
        if _is_code_prefix(rows, name):
            problems.append(Problem("M166", f"特征 {name} 的值取自主体自身代码的前几位"))
    return problems


def check_columns(lock: ModelLock, folder: Path) -> list[Problem]:
    """Find identifiers and officers among the columns of a pinned model; problems M160–M162."""
    declared = model_features(folder).features
    return _check_names(sources(lock.columns), declared, load_catalogue())


def check_known_by(
    table: "pl.DataFrame", later: "pl.DataFrame", names: Iterable[str]
) -> list[Problem]:
    """Find features whose value as of a past day depends on facts that became known afterwards.

    Takes:  two tables of the same rows (row or ent), as of the same day: `table` computed from
            deliveries known by that day, `later` from everything known today.
    Gives:  M165 for each feature that differs; such a feature looks ahead.
    """
    key = "row" if "row" in table.columns else "ent"
    both = table.join(later, on=key, how="inner", suffix="__later")
    problems = []
    for name in names:
        differs = both.filter(~both[name].eq_missing(both[f"{name}__later"])).height
        if differs:
            problems.append(
                Problem("M165", f"特征 {name} 有 {differs} 行的值取决于观察日之后才知道的事实")
            )
    return problems


def refuse_leaks(problems: Sequence[Problem]) -> None:
    """Raise ConfigError with every leak that was found; do nothing when there is none."""
    raise_all(ConfigError, problems)


def _columns_of(feature: Feature) -> set[str]:
    if isinstance(feature, FieldFeature):
        return {feature.column}
    if isinstance(feature, WindowFeature):
        used = {condition.column for condition in feature.where}
        used |= {mine for mine, _ in feature.match.on} if feature.match else set()
        return used | ({feature.of} if feature.of else set())
    return set()


def _measures(name: str, features: Mapping[str, Feature]) -> bool:
    """Whether a feature is a quantity by declaration, not a value that could be a code."""
    feature = features.get(name)
    fields = load_catalogue().table("enterprise").columns
    if feature is None:
        return name in fields and fields[name].type in _QUANTITIES
    if isinstance(feature, FieldFeature):
        return feature.derive != "value" or fields[feature.column].type in _QUANTITIES
    if isinstance(feature, WindowFeature):
        if feature.agg not in ("last", "first", "min", "max") or feature.of is None:
            return True
        columns = load_catalogue().table(feature.table).columns
        return columns[feature.of].type in _QUANTITIES
    return True


def _names_enterprises(rows: "pl.DataFrame", name: str) -> bool:
    import polars as pl

    series = rows[name]
    if series.dtype == pl.Boolean or series.dtype == pl.Null:
        return False
    if series.dtype.is_float():
        known = series.drop_nulls()
        if not known.is_finite().all() or not (known == known.round(0)).all():
            return False  # a measured share or density may well be unique; it is no number of order
    firms = (
        rows.select("ent", value=pl.col(name))
        .drop_nulls()
        .group_by("ent")
        .agg(pl.col("value").n_unique().alias("kinds"), pl.col("value").first())
    )
    if firms.height < _MANY or (firms["kinds"] > 1).any():
        return False
    return firms["value"].n_unique() >= _UNIQUE_SHARE * firms.height


def _giveaway(rows: "pl.DataFrame", name: str) -> float:
    import numpy as np

    from riskwarn.model.evaluate import auc

    known = rows.select("label", name).drop_nulls()
    if known.height < max(_MANY, rows.height // 10):
        return 0.5
    score = known[name].cast(float).to_numpy()
    if not np.isfinite(score).all():
        score = np.nan_to_num(score)
    found = auc(known["label"].to_numpy().astype(np.float64), score)
    return max(found, 1 - found) if np.isfinite(found) else 0.5


def _is_code_prefix(rows: "pl.DataFrame", name: str) -> bool:
    import polars as pl

    if "uscc" not in rows.columns:
        return False
    text = pl.col(name).cast(pl.String)
    known = (
        rows.select("uscc", text.alias("text"))
        .drop_nulls()
        .filter(pl.col("text").str.len_chars() >= 6)
    )
    if known.height < _MANY or known["text"].n_unique() < 2:
        return False
    starts = known.select(
        pl.col("uscc").str.starts_with(pl.col("text"))
        | pl.col("uscc").str.slice(2).str.starts_with(pl.col("text"))
    ).to_series()
    return bool(starts.mean() == 1.0) and name != "region"
