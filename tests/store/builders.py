"""Small deliveries for the store."""

from datetime import date

import polars as pl

from riskwarn.records.deliveries import Delivery


def a_delivery(table: str, content: str, **more) -> Delivery:
    values = {"delivered_on": date(2024, 1, 10), "file": f"{content}.csv"}
    return Delivery(table=table, content=content, **(values | more))


def rows(*, op: str = "i", known_on: date = date(2024, 1, 1), file: str = "a.csv", **columns):
    """A typed frame: columns as lists; cd_operation, known_on and evidence filled in."""
    height = len(next(iter(columns.values())))
    system = {
        "cd_operation": [op] * height if isinstance(op, str) else op,
        "known_on": [known_on] * height if isinstance(known_on, date) else known_on,
        "evidence": [f"{file}:{n + 2}" for n in range(height)],
    }
    return pl.DataFrame({**columns, **{k: v for k, v in system.items() if k not in columns}})


def some_enterprises(*codes: str, **more):
    return rows(uscc=list(codes), name=[f"企业{code}" for code in codes], **more)
