"""Measure the draw: freeze + draw + verify of a big pool, and officers to checks.

python bench/draw.py pool 1000000     python bench/draw.py assign 20000 2000 [ortools]
CPU seconds of this process and peak memory; one line of JSON each.
"""

import json
import random
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from riskwarn.draw.assign import (
    Network,
    Officer,
    assign_officers,
    build_network,
)
from riskwarn.draw.freeze import freeze_draw
from riskwarn.draw.officers import build_officers, build_recusals
from riskwarn.draw.pool import PoolInput, build_pool
from riskwarn.draw.publish import write_folder
from riskwarn.draw.run import run_draw
from riskwarn.draw.verify import verify
from riskwarn.records.draw import Crew
from tests.draw.builders import PLAN, a_plan, a_seed, an_info, close, some_officers

T2 = PLAN.index("  - task: T2")
RATIOS = "{A: 4%, B: 10%, C: 25%, D: 60%, U: 10%}"


def say(what: str, started: float, **more: object) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = {"step": what, "cpu_s": round(time.process_time() - started, 2), "peak_mib": peak}
    sys.stdout.write(json.dumps(line | more, ensure_ascii=False) + "\n")


def pool(size: int) -> None:
    """One task at 0.1 % of everybody: the lists are long, the crews are 1,000."""
    rng = np.random.default_rng(1)
    numbers = pl.Series(np.arange(size)).cast(pl.String).str.zfill(9)
    town = PoolInput(
        enterprises=pl.DataFrame(
            {
                "uscc": "91330106" + numbers + "X",
                "status": pl.Series(["active"]).new_from_index(0, size),
                "kind": pl.Series(["company"]).new_from_index(0, size),
                "region": pl.Series(["330106"]).new_from_index(0, size),
                "industry": pl.Series(["F5211"]).new_from_index(0, size),
                "department_code": pl.Series(["D1"]).new_from_index(0, size),
            }
        ),
        classes=pl.DataFrame(
            {
                "uscc": "91330106" + numbers + "X",
                "risk_class": np.array(list("ABCD"))[
                    rng.choice(4, size, p=[0.65, 0.25, 0.08, 0.02])
                ],
            }
        ),
        history=pl.DataFrame(
            schema={
                "uscc": pl.String,
                "item_code": pl.String,
                "authority": pl.String,
                "drawn_on": pl.Date,
            }
        ),
        exempt=pl.DataFrame(schema={"uscc": pl.String}),
    )
    low = "{A: 0.05%, B: 0.10%, C: 0.40%, D: 1%}"
    text = (
        PLAN[:T2].replace(RATIOS, low + "\n    floor: 0%").replace("max_load: 40", "max_load: 255")
    )
    with tempfile.TemporaryDirectory() as folder:
        plan = a_plan(Path(folder), text)
        staff = some_officers(60 * max(1, size // 500_000))
        whole = started = time.process_time()
        table = build_pool(plan, town, date(2026, 1, 5))
        officers = build_officers(plan, staff, date(2026, 1, 8))
        recusals = build_recusals(plan, staff, date(2026, 1, 8))
        frozen = freeze_draw(plan, table, officers, recusals, an_info())
        say("freeze", started, enterprises=size)
        started = time.process_time()
        seed = a_seed(frozen)
        draw = run_draw(frozen, seed)
        files = close(frozen, seed, draw)
        say("draw", started, targets=len(draw.drawn.targets))
        started = time.process_time()
        write_folder(files, Path(folder) / "bundle")
        say("write", started)
        del frozen, draw, files, table, town
        started = time.process_time()
        found = verify(Path(folder) / "bundle")
        say("verify", started, ok=found["ok"])
        say("all", whole)


def assign(checks: int, officers: int, solver_name: str) -> None:
    """Twenty regions, six qualifications, half of the officers lead, 2 % recusals, load ≤ 28."""
    rng = random.Random(1)
    marks = [f"Q{n}" for n in range(6)]
    people = [
        Officer(
            officer_no=f"P{n:05d}",
            departments=frozenset({"D1"}),
            region=f"R{n % 20:02d}",
            lead=rng.random() < 0.5,
            qualifications=frozenset(rng.sample(marks, rng.randrange(3, 6))),
            load=0,
            max_load=28,
        )
        for n in range(officers)
    ]
    crews, regions = [], {}
    for n in range(checks):
        uscc = f"E{n:06d}"
        regions[uscc] = f"R{n % 20:02d}"
        crews.append(
            Crew(
                uscc=uscc,
                department="D1",
                qualification=rng.choice(marks),
                tasks=("T",),
                officers=(),
            )
        )
    recusals = sorted(
        {
            f"P{rng.randrange(officers):05d}\tE{rng.randrange(checks):06d}"
            for _ in range(checks * officers // 50 // 20)
        }
    )
    header = {
        "hash": "sha256",
        "rules": {"region_digits": 3, "cost_bits": 44, "officers_per_check": 2},
    }
    solver = None
    if solver_name == "ortools":
        from riskwarn.draw.solvers import solve_with_ortools

        solver = solve_with_ortools
    tiny = build_network(header, crews[:20], people, (), regions, bytes(32))
    assign_officers(tiny, crews[:20], people, regions)  # compile before the clock starts
    started = time.process_time()
    net: Network = build_network(header, crews, people, recusals, regions, bytes(32))
    say("costs", started, pairs=len(net.officer))
    started = time.process_time()
    done = assign_officers(net, crews, people, regions, solver)
    say(f"assign and prove ({solver_name})", started, short=len(done.shortfalls))
    import hashlib

    said = "\n".join(",".join(crew.officers) for crew in done.crews)
    sys.stdout.write(hashlib.sha256(said.encode()).hexdigest()[:16] + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "pool":
        pool(int(sys.argv[2]))
    else:
        assign(int(sys.argv[2]), int(sys.argv[3]), (sys.argv[4:] or ["own"])[0])
