"""Measure the draw: freeze + draw + verify of a big pool, and officers to checks.

python bench/draw.py pool 1000000     python bench/draw.py assign 20000 2000 [ortools]
Every step of `pool` is a process of its own: CPU seconds after its imports and peak memory; verify
is the bundle's own verify.py, imports and all. One line of JSON each.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
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
from riskwarn.draw.freeze import freeze_draw, load_frozen
from riskwarn.draw.officers import build_officers, build_recusals
from riskwarn.draw.pool import PoolInput, pool_chunks
from riskwarn.draw.publish import frozen_files, write_folder
from riskwarn.draw.run import run_draw
from riskwarn.records.draw import Crew
from tests.draw.builders import PLAN, a_plan, a_seed, an_info, close, some_officers

T2 = PLAN.index("  - task: T2")
RATIOS = "{A: 4%, B: 10%, C: 25%, D: 60%, U: 10%}"


LOW = "{A: 0.05%, B: 0.10%, C: 0.40%, D: 1%}"
ON, DRAW_ON = date(2026, 1, 5), date(2026, 1, 8)


def say(what: str, started: float, **more: object) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = {"step": what, "cpu_s": round(time.process_time() - started, 2), "peak_mib": peak}
    sys.stdout.write(json.dumps(line | more, ensure_ascii=False) + "\n")


def pool(size: int) -> None:
    """One task at 0.13 % of everybody, a county for each half million, 60 officers a county."""
    with tempfile.TemporaryDirectory() as folder:
        whole = 0.0
        for step in ("make", "freeze", "draw"):
            command = [sys.executable, __file__, "step", step, folder, str(size)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            sys.stdout.write(done.stdout)
            whole += json.loads(done.stdout)["cpu_s"] if step != "make" else 0
        bundle = Path(folder) / "bundle"
        command = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle), "--json"]
        run = subprocess.Popen(command, stdout=subprocess.PIPE)
        said = run.stdout.read() if run.stdout else b""
        _, _, used = os.wait4(run.pid, 0)
        cpu = used.ru_utime + used.ru_stime
        line = {"step": "verify", "cpu_s": round(cpu, 2), "peak_mib": used.ru_maxrss // 1024}
        sys.stdout.write(json.dumps(line | {"ok": json.loads(said)["ok"]}) + "\n")
        sys.stdout.write(json.dumps({"step": "all", "cpu_s": round(whole + cpu, 2)}) + "\n")


def make(folder: Path, size: int) -> None:
    """The register and the classes as Parquet files, as a snapshot holds them."""
    rng = np.random.default_rng(1)
    uscc = "91330106" + pl.Series(np.arange(size)).cast(pl.String).str.zfill(9) + "X"
    same = {"status": "active", "kind": "company", "industry": "F5211", "department_code": "D1"}
    counties = max(1, size // 500_000)
    region = (330_100 + pl.Series(np.arange(size)) % counties).cast(pl.String)
    frame = pl.DataFrame({"uscc": uscc, "region": region})
    frame = frame.with_columns(**{name: pl.lit(value) for name, value in same.items()})
    frame.write_parquet(folder / "register.parquet")
    risk = np.array(list("ABCD"))[rng.choice(4, size, p=[0.65, 0.25, 0.08, 0.02])]
    frame = pl.DataFrame({"uscc": uscc, "risk_class": risk})
    frame.write_parquet(folder / "classes.parquet")


def freeze(folder: Path, size: int) -> dict[str, object]:
    texts = {"uscc": pl.String, "item_code": pl.String, "authority": pl.String}
    town = PoolInput(
        enterprises=pl.scan_parquet(folder / "register.parquet"),
        classes=pl.scan_parquet(folder / "classes.parquet"),
        history=pl.DataFrame(schema={**texts, "drawn_on": pl.Date}),
        exempt=pl.DataFrame(schema={"uscc": pl.String}),
    )
    text = PLAN[:T2].replace(RATIOS, LOW + "\n    floor: 0%")
    text = text.replace("max_load: 40", "max_load: 255\nregion_digits: 6")
    plan = a_plan(folder, text)
    counties = max(1, size // 500_000)
    staff = some_officers(60 * counties)
    regions = pl.Series([str(330_100 + n % counties) for n in range(60 * counties)])
    staff = replace(
        staff, officers=staff.officers.with_columns(region=regions, department_code=pl.lit("D1"))
    )
    chunks = pool_chunks(plan, town, ON)
    officers = build_officers(plan, staff, DRAW_ON)
    recusals = build_recusals(plan, staff, DRAW_ON)
    frozen = freeze_draw(plan, chunks, officers, recusals, an_info(), folder / "pool.txt")
    files = {name: body for name, body in frozen_files(frozen).items() if name != "pool.txt"}
    write_folder(files, folder / "frozen")
    return {"enterprises": size}


def draw(folder: Path) -> dict[str, object]:
    """Targets, officers, and the whole bundle written."""
    held = {path.name: path.read_bytes() for path in sorted((folder / "frozen").iterdir())}
    frozen = load_frozen(held, folder / "pool.txt")
    seed = a_seed(frozen)
    done = run_draw(frozen, seed)
    write_folder(close(frozen, seed, done), folder / "bundle")
    return {"targets": len(done.drawn.targets), "crews": len(done.assigned.crews)}


def step(name: str, folder: Path, size: int) -> None:
    started = time.process_time()
    more = {"make": make, "freeze": freeze}[name](folder, size) if name != "draw" else draw(folder)
    say(name, started, **(more or {}))


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
    elif sys.argv[1] == "step":
        step(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        assign(int(sys.argv[2]), int(sys.argv[3]), (sys.argv[4:] or ["own"])[0])
