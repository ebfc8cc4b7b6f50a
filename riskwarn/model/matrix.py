"""From a feature table to the matrix a model sees: pinned columns, missing stays missing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from riskwarn.errors import ConfigError, Problem, VerificationError, nearest
from riskwarn.model.config import CategorySettings
from riskwarn.records.model import ModelColumn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Matrix = npt.NDArray[np.float32]


def choose_columns(
    table: "pl.DataFrame",
    features: Sequence[str],
    categories: Sequence[CategorySettings],
    words: Mapping[str, tuple[str, str]],
) -> tuple[ModelColumn, ...]:
    """Settle the columns of a model from its training rows.

    Takes:  training rows only, so that no level is learned from later ones; feature names;
            words, name → (Chinese title, unit).
    Gives:  columns in the order of the configuration; a category's levels by frequency, then text.
    Raises: ConfigError M110 unknown feature, M111 a text or date column named as a number.
    """
    import polars as pl

    problems: list[Problem] = []
    columns: list[ModelColumn] = []
    for name in [*features, *(c.field for c in categories)]:
        if name not in table.columns:
            hint = nearest(name, table.columns)
            problems.append(Problem("M110", f"特征表没有 {name}", nearest=hint))
    for name in features:
        dtype = table.schema.get(name)
        if dtype is None:
            continue
        if dtype != pl.Boolean and not dtype.is_numeric() and dtype != pl.Null:
            expected = "数值或是非列；文字列写入 categories，日期列用 derive: days_since"
            problems.append(Problem("M111", f"特征 {name} 的类型是 {dtype}", expected=expected))
            continue
        flag = dtype == pl.Boolean
        title, unit = words.get(name, (name, ""))
        kind: Literal["flag", "number"] = "flag" if flag else "number"
        columns.append(ModelColumn(source=name, kind=kind, title=title, unit=unit))
    if problems:
        raise ConfigError(*problems)
    for category in categories:
        columns += _levels(table, category, words)
    return tuple(columns)


def _levels(
    table: "pl.DataFrame", category: CategorySettings, words: Mapping[str, tuple[str, str]]
) -> list[ModelColumn]:
    import polars as pl

    text = pl.col(category.field).cast(pl.String)
    if category.prefix:
        text = text.str.slice(0, category.prefix)
    counts = (
        table.select(level=text)
        .drop_nulls()
        .group_by("level")
        .len()
        .sort(["len", "level"], descending=[True, False])
        .head(category.max_levels)
    )
    title = category.title or words.get(category.field, (category.field, ""))[0]
    return [
        ModelColumn(
            source=category.field, kind="level", level=level, prefix=category.prefix, title=title
        )
        for level in counts["level"].to_list()
    ]


def sources(columns: Sequence[ModelColumn]) -> list[str]:
    """Name the columns of the feature table that a model reads, each once, in pinned order."""
    return list(dict.fromkeys(column.source for column in columns))


def check_table(schema: "pl.Schema", columns: Sequence[ModelColumn]) -> None:
    """Refuse a table that lacks a pinned column or has another type there.

    Raises: VerificationError M120 (column missing), M121 (type differs), all at once.
    """
    import polars as pl

    problems = []
    for column in columns:
        dtype = schema.get(column.source)
        if dtype is None:
            hint = nearest(column.source, schema.names())
            problems.append(
                Problem("M120", f"特征表缺少模型所用的列 {column.source}", nearest=hint)
            )
        elif dtype == pl.Null:
            continue
        elif column.kind == "level" and dtype not in (pl.String, pl.Categorical, pl.Enum):
            problems.append(
                Problem("M121", f"列 {column.source} 的类型是 {dtype}", expected="文字")
            )
        elif column.kind != "level" and dtype != pl.Boolean and not dtype.is_numeric():
            problems.append(
                Problem("M121", f"列 {column.source} 的类型是 {dtype}", expected="数值")
            )
    if problems:
        raise VerificationError(*dict.fromkeys(problems))


def to_matrix(table: "pl.DataFrame", columns: Sequence[ModelColumn]) -> "Matrix":
    """Lay a feature table out as the model's matrix.

    Takes:  table, one row a row to score; the pinned columns.
    Gives:  float32 [rows, columns], C order; NaN where the table has null, NaN or an infinity.
    Raises: VerificationError M120, M121.
    """
    import numpy as np
    import polars as pl

    check_table(table.schema, columns)
    out = np.empty((table.height, len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        value = pl.col(column.source)
        if column.kind == "level":
            text = value.cast(pl.String)
            if column.prefix:
                text = text.str.slice(0, column.prefix)
            value = text == column.level
        # NumPy reads a null as NaN only in a floating column: hence Float64 before float32
        series = table.select(value.cast(pl.Float64)).to_series()
        out[:, place] = series.to_numpy()
    out[~np.isfinite(out)] = np.nan
    return out
