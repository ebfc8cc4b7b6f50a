"""Small honest draws: a town of enterprises, two departments of officers, a plan, a bundle."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from riskwarn.draw.events import Event, add_event, add_freeze
from riskwarn.draw.freeze import FreezeInfo, Frozen, freeze_draw
from riskwarn.draw.notice import draw_notice
from riskwarn.draw.officers import OfficerInput, build_officers, build_recusals
from riskwarn.draw.plan import read_plan
from riskwarn.draw.pool import PoolInput, build_pool
from riskwarn.draw.publish import Outcome, bundle_files, make_outcome
from riskwarn.draw.run import Draw, run_draw
from riskwarn.draw.seed import Seed, commit, make_seed
from riskwarn.records.draw import DrawPlan
from riskwarn.records.enterprise import check_character

FROZEN_ON, SEED_ON = date(2026, 1, 5), date(2026, 1, 8)
PLAN = """\
riskwarn_plan: "1"
plan: P2026
title: 2026年度双随机抽查计划
issuer: 某县市场监督管理局
year: 2026
batch: 1
officers_per_check: 2
max_load: 40
yearly_cap: 2
seed:
  sources:
    - {name: 双色球第2026004期, on: 2026-01-08, bits: 24, form: "00<00<00<00<00<00 + 00"}
    - {name: 大乐透第2026003期, on: 2026-01-07, bits: 24, form: "00<00<00<00<00 + 00<00"}
    - {name: 上证指数收盘, on: 2026-01-08, bits: 17, form: "#.00"}
  shares:
    - {name: 监察组, commitment: "COMMITMENT"}
tasks:
  - task: T1
    title: 登记事项抽查
    items: ["99009900100001"]
    ratios: {A: 4%, B: 10%, C: 25%, D: 60%, U: 10%}
    departments:
      - {code: "D1"}
  - task: T2
    title: 食品经营联合抽查
    items: ["99009900300009"]
    mode: directed
    where: {industries: [F, "62"]}
    ratios: {A: 10%, B: 20%, C: 50%, D: 100%}
    departments:
      - {code: "D1"}
      - {code: "D2", qualification: 食品}
""".replace("COMMITMENT", commit("监察组", "q7f3-secret"))
VALUES = ("03 07 12 19 25 31 + 08", "05 11 22 28 34 + 02 09", "3471.25")


def a_uscc(number: int) -> str:
    first = f"91330106{number:09d}"
    return first + check_character(first)


def a_plan(folder: Path, text: str = PLAN) -> DrawPlan:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def a_town(count: int = 300, rng_seed: int = 1) -> PoolInput:
    rng = random.Random(rng_seed)
    rows = [
        {
            "uscc": a_uscc(number),
            "status": rng.choices(["active", "cancelled", None], [20, 1, 1])[0],
            "kind": rng.choice(["company", "individual"]),
            "region": rng.choice(["330106", "330108"]),
            "industry": rng.choice(["F5211", "F5229", "6210", "C1411", None]),
            "department_code": rng.choice(["D1", "D2"]),
        }
        for number in range(count)
    ]
    classes = [
        (row["uscc"], rng.choices("ABCD", [60, 25, 10, 5])[0])
        for row in rows
        if rng.random() < 0.97
    ]
    history = {"uscc": [], "item_code": [], "authority": [], "drawn_on": []}
    schema = {
        "uscc": pl.String,
        "item_code": pl.String,
        "authority": pl.String,
        "drawn_on": pl.Date,
    }
    return PoolInput(
        enterprises=pl.DataFrame(rows, schema_overrides={"industry": pl.String}),
        classes=pl.DataFrame(classes, schema=["uscc", "risk_class"], orient="row"),
        history=pl.DataFrame(history, schema=schema),
        exempt=pl.DataFrame({"uscc": []}, schema={"uscc": pl.String}),
    )


def some_officers(count: int = 24, pairs: int = 12) -> OfficerInput:
    rows = [
        {
            "officer_no": f"33010600{number:03d}",
            "department_code": "D1" if number % 2 else "D2",
            "region": "330106" if number % 4 < 2 else "330108",
            "certificate_until": date(2026, 1, 7) if number == 6 else date(2027, 1, 1),
            "qualifications": "食品|计量" if number % 3 else "特种设备",
            "is_lead": number % 5 < 2,
            "on_leave_from": None,
            "on_leave_to": None,
        }
        for number in range(count)
    ]
    dates = {"on_leave_from": pl.Date, "on_leave_to": pl.Date, "certificate_until": pl.Date}
    texts = {"officer_no": pl.String, "uscc": pl.String}
    interests = [
        (f"33010600{number % count:03d}", a_uscc(number * 7), "kin", None, None)
        for number in range(pairs)
    ]
    return OfficerInput(
        officers=pl.DataFrame(rows, schema_overrides=dates),
        interests=pl.DataFrame(
            interests,
            schema={**texts, "kind": pl.String, "from_on": pl.Date, "to_on": pl.Date},
            orient="row",
        ),
        related=pl.DataFrame(schema=texts),
        pairs=pl.DataFrame(schema={**texts, "inspected_on": pl.Date}),
        load=pl.DataFrame(schema={"officer_no": pl.String, "load": pl.Int64}),
    )


def an_info(**changes: object) -> FreezeInfo:
    info = FreezeInfo(
        as_of=FROZEN_ON,
        frozen_on=FROZEN_ON,
        attempt=1,
        hash_name="sha256",
        salt_key=b"a key for tests only",
        code_version="0.1.0",
        settings_sha256="0" * 64,
        register_sha256="1" * 64,
        collected={"officer_interest": "fresh"},
        items={"99009900100001": ("登记事项检查", "《市场主体登记管理条例》第三十八条")},
    )
    return replace(info, **changes)  # type: ignore[arg-type]


def a_freeze(
    plan: DrawPlan,
    town: PoolInput | None = None,
    staff: OfficerInput | None = None,
    **changes: object,
) -> Frozen:
    staff = staff or some_officers()
    pool = build_pool(plan, town or a_town(), FROZEN_ON)
    officers = build_officers(plan, staff, SEED_ON)
    return freeze_draw(
        plan, [pool], officers, build_recusals(plan, staff, SEED_ON), an_info(**changes)
    )


def a_seed(frozen: Frozen, values: tuple[str, ...] = VALUES, secret: str = "q7f3-secret") -> Seed:
    return make_seed(frozen.header, frozen.root, values, {"监察组": secret}, SEED_ON)


def close(
    frozen: Frozen, seed: Seed, draw: Draw, before: tuple[Event, ...] = ()
) -> dict[str, bytes]:
    """Events, notice and bundle of a finished draw."""
    outcome: Outcome = make_outcome(frozen, seed, draw.drawn, draw.assigned, draw.visits)
    name = frozen.header["hash"]
    events = add_freeze(before, frozen, date.fromisoformat(frozen.header["frozen_on"]))
    events = add_event(events, name, "seed", SEED_ON, seed=seed.seed.hex())
    events = add_event(events, name, "draw", SEED_ON, result=outcome.result_hash)
    events = add_event(events, name, "publish", SEED_ON, result=outcome.result_hash)
    return bundle_files(frozen, outcome, events, draw_notice(frozen, seed, outcome, events))


def a_bundle(folder: Path, count: int = 300, **changes: object) -> dict[str, bytes]:
    frozen = a_freeze(a_plan(folder), a_town(count), **changes)
    seed = a_seed(frozen)
    return close(frozen, seed, run_draw(frozen, seed))
