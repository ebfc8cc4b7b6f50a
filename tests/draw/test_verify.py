"""Two verifiers written apart agree: on honest bundles, and on which step a cheat breaks.

RISKWARN_DRAW_BUNDLES=1000 runs the large numbers (1,000 honest, about 750 cheated bundles).
"""

import json
import os
import random
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from riskwarn.draw.events import add_event, event_hash
from riskwarn.draw.publish import write_folder, write_zip
from riskwarn.draw.run import run_draw
from riskwarn.draw.seed import commit
from riskwarn.draw.verify import STEPS, verify
from tests.draw.builders import (
    PLAN,
    a_bundle,
    a_freeze,
    a_plan,
    a_seed,
    a_town,
    close,
    some_officers,
)
from tests.draw.tampers import TAMPERS, Files, redo, with_json

HONEST = int(os.environ.get("RISKWARN_DRAW_BUNDLES", "40"))
HERE = Path(__file__).parent
ROOM = HERE.parents[1] / "riskwarn" / "draw"


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    (folder / "sm3").mkdir()
    digests = (commit("监察组", "q7f3-secret"), commit("监察组", "q7f3-secret", "sm3"))
    return {"sha256": a_plan(folder), "sm3": a_plan(folder / "sm3", PLAN.replace(*digests))}


def honest_bundle(plans, number: int) -> Files:
    """Another town, officers and values for every number; every tenth in SM3."""
    rng = random.Random(number)
    name = "sm3" if number % 10 == 9 else "sha256"
    staff = some_officers(rng.randrange(24, 40), rng.randrange(1, 30))
    town = a_town(rng.randrange(60, 160), number)
    frozen = a_freeze(plans[name], town, staff, hash_name=name)
    seed = a_seed(frozen, some_values(rng))
    return close(frozen, seed, run_draw(frozen, seed))


def some_values(rng: random.Random) -> tuple[str, ...]:
    """Values written as the plan's sources ask."""
    red, blue = sorted(rng.sample(range(1, 34), 6)), rng.randrange(1, 17)
    front, back = sorted(rng.sample(range(1, 36), 5)), sorted(rng.sample(range(1, 13), 2))
    first = " ".join(f"{n:02}" for n in red) + f" + {blue:02}"
    second = " ".join(f"{n:02}" for n in front) + " + " + " ".join(f"{n:02}" for n in back)
    return first, second, f"{rng.uniform(900, 6000):.2f}"


def node(lines: list[str]) -> list[str]:
    if not shutil.which("node"):
        pytest.skip("node is not installed: the JavaScript verifier was not run")
    command = ["node", str(HERE / "verify_node.js"), str(ROOM / "verify.html")]
    text = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=True)
    return done.stdout.splitlines()


def test_the_page_s_own_hashes_give_published_values():
    vectors = json.loads((HERE / "data" / "test-vectors.json").read_text("utf-8"))
    empty_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4
    assert node(["hash sha256 abc", "hash sm3 abc"]) == [empty_abc, vectors["sm3"]["abc"]]


def test_both_verifiers_accept_every_honest_bundle(plans, tmp_path):
    folders = []
    for number in range(HONEST):
        folder = tmp_path / str(number)
        write_folder(honest_bundle(plans, number), folder)
        found = verify(folder)
        assert found["ok"], found
        assert found["steps"] == list(STEPS)
        folders.append(folder)
    for folder, line in zip(folders, node([str(f) for f in folders]), strict=True):
        assert json.loads(line) == verify(folder)


def test_every_kind_of_cheat_is_refused_with_its_step_by_both_verifiers(plans, tmp_path):
    rounds = max(3, HONEST * 12 // 1000)
    cases: list[tuple[str, str, Path]] = []
    for number in range(rounds):
        files = honest_bundle(plans, 1000 + number * 10)
        for kind in TAMPERS:
            cheated = kind.make(dict(files), random.Random(number))
            if cheated is None:
                continue
            assert cheated != files, f"{kind.name} changed nothing"
            folder = tmp_path / f"{number}-{kind.name}"
            write_folder(cheated, folder)
            found = verify(folder)
            assert not found["ok"], kind.name
            assert (kind.name, found["failed_step"]) == (kind.name, kind.step), found["reason"]
            cases.append((kind.name, kind.step, folder))
    assert len({name for name, _, _ in cases}) == len(TAMPERS) >= 25
    for (name, step, _), line in zip(cases, node([str(c[2]) for c in cases]), strict=True):
        found = json.loads(line)
        assert (name, found["ok"], found["failed_step"]) == (name, False, step)


def test_a_whole_bundle_done_again_is_caught_by_the_published_hash(plans, tmp_path):
    """The one cheat that no look at the bundle alone can find: freeze, seed and draw all redone."""
    first = honest_bundle(plans, 1)
    frozen = a_freeze(plans["sha256"], a_town(100, 77))
    published = frozen.root
    write_folder(first, tmp_path / "other")
    assert verify(tmp_path / "other")["ok"]
    found = verify(tmp_path / "other", published)
    assert (found["ok"], found["failed_step"]) == (False, "files")


def test_an_attempt_voided_when_its_outcome_could_be_known_is_told_by_both_verifiers(
    plans, tmp_path
):
    files = honest_bundle(plans, 5)
    first = json.loads(files["events.json"])[0]
    for name, day, told in (("early", date(2026, 1, 6), 0), ("late", date(2026, 1, 7), 1)):
        who = {"by": "甲", "second": "乙"}
        before = add_event((first,), "sha256", "void", day, reason="人员不足", **who)
        again = {"attempt": 2, "prev": event_hash(before[-1], "sha256"), "frozen_on": "2026-01-07"}
        later = [
            {**source, "on": "2026-01-08"} for source in json.loads(files["freeze.json"])["sources"]
        ]
        head = with_json(files, "freeze.json", **again, sources=later)
        write_folder(redo(head, before), tmp_path / name)
        found = verify(tmp_path / name)
        assert found["ok"], found
        assert len(found["warnings"]) == told
        assert json.loads(node([str(tmp_path / name)])[0]) == found


def test_a_pool_of_more_than_one_block_is_verified_and_a_change_in_it_is_found(plans, tmp_path):
    text = PLAN[: PLAN.index("  - task: T2")].replace("max_load: 40", "max_load: 255")
    low = text.replace("A: 4%, B: 10%, C: 25%, D: 60%, U: 10%", "A: 0.1%, B: 0.2%, C: 1%, D: 2%")
    plan = a_plan(tmp_path, low.replace("departments:", "floor: 0%\n    departments:"))
    frozen = a_freeze(plan, a_town(66_000), some_officers(60))
    seed = a_seed(frozen)
    files = close(frozen, seed, run_draw(frozen, seed))
    raw = files["pool.txt"]
    bent = raw[:-400] + raw[-400:].replace(b"330106", b"330109", 1)
    for name, pool, ok in (("good", raw, True), ("bent", bent, False)):
        write_folder(files | {"pool.txt": pool}, tmp_path / name)
        found = verify(tmp_path / name)
        assert (found["ok"], found["failed_step"]) == (ok, None if ok else "lists"), found
        told = json.loads(node([str(tmp_path / name)])[0])
        assert (told["ok"], told["failed_step"]) == (ok, found["failed_step"])


def test_a_value_that_could_have_been_written_otherwise_is_told_by_both_verifiers(tmp_path):
    plan = a_plan(tmp_path, PLAN.replace(', form: "#.00"', ""))
    frozen = a_freeze(plan, a_town(60))
    seed = a_seed(frozen)
    write_folder(close(frozen, seed, run_draw(frozen, seed)), tmp_path / "loose")
    found = verify(tmp_path / "loose")
    assert found["warnings"] == ["上证指数收盘: how its value is written was not fixed"]
    assert json.loads(node([str(tmp_path / "loose")])[0]) == found


def test_the_script_runs_alone_from_inside_a_bundle(tmp_path):
    write_folder(a_bundle(tmp_path, 80), tmp_path / "bundle")
    write_zip(a_bundle(tmp_path, 80), tmp_path / "bundle.zip")
    script = tmp_path / "bundle" / "verify.py"
    assert len(script.read_text("utf-8").splitlines()) <= 200
    for at in ("bundle", "bundle.zip"):
        command = [sys.executable, "-I", str(script), str(tmp_path / at), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["ok"]
    (tmp_path / "bundle" / "drawn.txt").write_text("")
    command = [sys.executable, "-I", str(script), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 5
    assert done.stdout.startswith("FAIL at targets")


def test_the_page_asks_nothing_of_any_network():
    page = (ROOM / "verify.html").read_text("utf-8")
    assert "default-src 'none'" in page
    for word in ("http:", "https:", "fetch(", "XMLHttpRequest", "import(", "src="):
        assert word not in page


def test_neither_verifier_shares_code_with_the_draw():
    script = (ROOM / "verify.py").read_text("utf-8")
    assert "import riskwarn" not in script
    assert "from riskwarn" not in script


def test_same_input_same_bundle_bytes(plans, tmp_path):
    assert honest_bundle(plans, 3) == honest_bundle(plans, 3)
    for name in ("a.zip", "b.zip"):
        write_zip(honest_bundle(plans, 3), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
