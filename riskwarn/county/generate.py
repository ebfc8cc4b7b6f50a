"""Make a county: block by block into deliveries, and the truth apart from them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from riskwarn.county import bureau, conduct, devices, doings, outside, register, supervision
from riskwarn.county.block import Block, County
from riskwarn.county.dirt import soil
from riskwarn.county.risk import build_risk
from riskwarn.county.settings import CountySettings, check_size, load_settings, shipped_folder
from riskwarn.county.shape import build_shape
from riskwarn.county.ties import build_holdings, build_relations
from riskwarn.county.truth import truth
from riskwarn.county.write import (
    SMALL,
    as_delivered,
    file_hash,
    write_csv,
    write_parquet,
    write_workbook,
)
from riskwarn.tables.catalogue import load_catalogue

BLOCK = 100_000  # enterprises written at a time; part of what the seed means
_WHOLE = ("department", "officer", "officer_interest", "calendar", "region", "industry")
_AS_TEXT = {"officer": "gb18030", "officer_interest": "utf-8", "department": "utf-8-sig"}
_AS_TEXT |= {"calendar": "utf-8-sig", "region": "utf-8", "industry": "utf-8"}
_AS_WORKBOOK = "serious_violation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written: one entry a file in the order of writing."""

    folder: Path
    rows: dict[str, int]  # table → rows delivered
    files: dict[str, str]  # file below the folder → SHA-256


def make_county(
    folder: Path,
    enterprises: int,
    seed: int,
    *,
    settings: CountySettings | None = None,
    as_of: date | None = None,
    dirty: bool = False,
    told: Callable[[int, int], None] = lambda done, blocks: None,
) -> Made:
    """Write a county's deliveries into folder/inbox and its truth into folder/truth.

    Takes:  enterprises, 40 to 14,000,000; seed ≥ 0; dirty: faults by the settings' shares;
            told, called after each block.
    Gives:  rows and hashes; the same arguments give the same bytes.
    Raises: UsageError G001 for the size; ConfigError for the settings.
    """
    check_size(enterprises)
    settings = settings or load_settings()
    if as_of is not None:
        settings = settings.model_copy(update={"as_of": as_of})
    county = build_county(enterprises, seed, settings)
    rows: dict[str, int] = {}
    paths: list[Path] = []
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(exist_ok=True)
    blocks = -(-enterprises // BLOCK)
    for block in cut_blocks(county):
        part = f"-{block.number + 1:03}" if blocks > 1 else ""
        for name, frame, operation in block_tables(block, folder / "truth", part):
            if name in settings.leave_out:
                continue
            table = load_catalogue().tables[name]
            sent = frame.filter(pl.col("known_on") <= settings.as_of)  # the rest comes later
            sent = soil(sent, table, block) if dirty else sent
            paths.append(_deliver(county, folder, name, sent, operation, part))
            rows[name] = rows.get(name, 0) + len(sent)
        told(block.number + 1, blocks)
    for name, frame in whole_tables(county):
        if name not in settings.leave_out:
            paths.append(_deliver(county, folder, name, frame, "i", ""))
            rows[name] = len(frame)
    return _finish(county, folder, rows, paths, dirty)


def build_county(enterprises: int, seed: int, settings: CountySettings) -> County:
    """Work out the whole-county arrays."""
    shape = build_shape(enterprises, seed, settings)
    holdings = build_holdings(shape, seed, settings)
    relations = build_relations(shape, seed, settings)
    return County(
        seed=seed,
        settings=settings,
        shape=shape,
        holdings=holdings,
        relations=relations,
        risk=build_risk(shape, holdings, relations, seed, settings),
    )


def cut_blocks(county: County) -> Iterator[Block]:
    """Cut the county into blocks of BLOCK enterprises."""
    size = county.shape.size
    for number, low in enumerate(range(0, size, BLOCK)):
        yield Block(county=county, number=number, low=low, high=min(low + BLOCK, size))


def block_tables(
    block: Block, truth_folder: Path, part: str
) -> Iterator[tuple[str, pl.DataFrame, str]]:
    """Make one block's tables one after another: (table, frame, operation)."""
    lived = conduct.live(block)
    write_parquet(truth(block, lived), truth_folder / f"truth{part}.parquet")
    entered = register.enterprises(block)
    yield "enterprise", entered, "i"
    yield "enterprise", register.ended_enterprises(block, entered), "u"
    del entered
    for name, alone in (
        ("person_link", register.person_links),
        ("shareholding", register.shareholdings),
        ("relation", register.relations),
        ("change", doings.changes),
        ("tax_rating", doings.tax_ratings),
        ("equipment", devices.equipment),
        ("ad_monitoring", doings.ads),
        ("platform_shop", doings.shops),
        ("lawsuit", outside.lawsuits),
        ("dishonest_debtor", outside.dishonest_debtors),
        ("equity_pledge", outside.equity_pledges),
        ("equity_freeze", outside.equity_freezes),
        ("public_opinion", outside.opinions),
        ("indicator", outside.indicators),
    ):
        yield name, alone(block), "i"
    for name, after in (
        ("complaint", supervision.complaints),
        ("inspection", supervision.inspections),
        ("penalty", supervision.penalties),
        ("licence", supervision.licences),
        ("abnormal_listing", supervision.listings),
        ("serious_violation", supervision.serious_violations),
        ("annual_report", doings.annual_reports),
        ("sampling", doings.samplings),
    ):
        yield name, after(block, lived), "i"


def whole_tables(county: County) -> Iterator[tuple[str, pl.DataFrame]]:
    """Make the tables that are not about single enterprises."""
    yield "department", bureau.departments(county)
    yield "officer", bureau.officers(county)
    yield "officer_interest", bureau.officer_interests(county)
    yield "calendar", bureau.calendar(county)
    yield "region", bureau.regions(county)
    yield "industry", bureau.industries()


def _deliver(
    county: County, folder: Path, name: str, frame: pl.DataFrame, operation: str, part: str
) -> Path:
    """Write one delivery; updates come in a later batch than what they update."""
    later = operation != "i"
    batch = f"{county.settings.as_of:%Y%m%d}-{2 if later else 1:03}"
    sent = as_delivered(frame, load_catalogue().tables[name], batch, operation)
    stem = folder / "inbox" / f"{name}{'_更新' if later else ''}{part}"
    if name in _AS_TEXT:
        path = stem.with_suffix(".csv")
        write_csv(sent, path, _AS_TEXT[name])
    elif name == _AS_WORKBOOK and county.shape.size <= SMALL:
        path = stem.with_suffix(".xlsx")
        write_workbook(sent, path)
    else:
        path = stem.with_suffix(".parquet")
        write_parquet(sent, path)
    return path


def _finish(
    county: County, folder: Path, rows: dict[str, int], paths: list[Path], dirty: bool
) -> Made:
    settings_file = folder / "riskwarn.yaml"
    if not settings_file.exists():  # a workspace says of itself that its data are made up
        settings_file.write_bytes((shipped_folder() / "riskwarn.yaml").read_bytes())
    files = {path.relative_to(folder).as_posix(): file_hash(path) for path in sorted(paths)}
    about = {
        "note": "虚构数据：企业、人员、记录均不存在；仅区划、行业代码与法律条款为真",
        "enterprises": county.shape.size,
        "seed": county.seed,
        "dirty": dirty,
        "settings": county.settings.model_dump(mode="json"),
        "ties": {
            "holdings": len(county.holdings.company),
            "relations": len(county.relations.kind),
            "clusters": int(np.max(county.shape.cluster, initial=-1)) + 1,
            "rings": int(np.max(county.shape.ring, initial=-1)) + 1,
        },
        "rows": dict(sorted(rows.items())),
        "files": files,
    }
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    (folder / "truth" / "county.json").write_text(text, encoding="utf-8")
    return Made(folder=folder, rows=rows, files=files)
