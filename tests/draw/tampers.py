"""Ways to cheat, each with the step that must catch it; tracks are covered where they can be."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from riskwarn.draw import lottery
from riskwarn.draw import seed as seeds
from riskwarn.draw.canon import canonical, merkle_root
from riskwarn.draw.events import Event, add_event, event_hash
from riskwarn.draw.freeze import load_frozen
from riskwarn.draw.run import run_draw
from tests.draw.builders import FROZEN_ON, VALUES, a_seed, close

Files = dict[str, bytes]
LISTS = ("pool.txt", "officers.txt", "recusals.txt")
RESULTS = ("drawn.txt", "crews.txt", "potentials.txt")


@dataclass(frozen=True)
class Tamper:
    """One way to cheat; `make` gives the cheated files, or None where the bundle offers no way."""

    name: str
    step: str
    make: Callable[[Files, random.Random], Files | None]


TAMPERS: list[Tamper] = []


def tamper(step: str) -> Callable[[Callable[[Files, random.Random], Files | None]], None]:
    def keep(make: Callable[[Files, random.Random], Files | None]) -> None:
        TAMPERS.append(Tamper(make.__name__, step, make))

    return keep


# Tools of the trade


def rows(files: Files, name: str) -> list[list[str]]:
    return [line.split("\t") for line in files[name].decode().splitlines()]


def with_rows(files: Files, name: str, table: list[list[str]]) -> Files:
    return files | {name: "".join("\t".join(row) + "\n" for row in table).encode()}


def with_json(files: Files, name: str, **changes: Any) -> Files:
    return files | {name: canonical(json.loads(files[name]) | changes)}


def root(raw: bytes) -> dict[str, Any]:
    lines = raw.splitlines()
    return {"count": len(lines), "root": merkle_root(lines, sha256).hex()}


def reseal(files: Files) -> Files:
    """Write all hashes anew, from the lists up to the chain of events; the seed stays."""
    head = json.loads(files["freeze.json"])
    head["lists"] = {name: root(files[name]) for name in LISTS}
    files = files | {"freeze.json": canonical(head)}
    result = json.loads(files["result.json"])
    result["lists"] = {name: root(files[name]) for name in RESULTS}
    files = files | {"result.json": canonical(result)}
    events = json.loads(files["events.json"])
    freeze = [event for event in events if event["kind"] == "freeze"][-1]
    freeze["root"] = merkle_root([files["freeze.json"]], sha256).hex()
    for event in events:
        if "result" in event:
            event["result"] = sha256(files["result.json"]).hexdigest()
    return with_events(files, events)


def with_events(files: Files, events: list[dict[str, Any]]) -> Files:
    prev = ""
    for event in events:
        event["prev"] = prev
        prev = event_hash(event, "sha256")
    return files | {"events.json": canonical(events)}


def events_of(files: Files) -> list[dict[str, Any]]:
    return json.loads(files["events.json"])


def redo(files: Files, before: tuple[Event, ...] = (), values: tuple[str, ...] = VALUES) -> Files:
    """Freeze the cheated header and lists, take a seed from the same values, draw all anew."""
    head = json.loads(files["freeze.json"])
    head["lists"] = {name: root(files[name]) for name in LISTS}
    frozen = load_frozen(files | {"freeze.json": canonical(head)})
    seed = a_seed(frozen, values)
    return close(frozen, seed, run_draw(frozen, seed), before)


def change_head(files: Files, change: Callable[[dict[str, Any]], None]) -> Files:
    head = json.loads(files["freeze.json"])
    change(head)
    return files | {"freeze.json": canonical(head)}


def pick(rng: random.Random, table: list[Any], test: Callable[[Any], bool]) -> int | None:
    fit = [at for at, row in enumerate(table) if test(row)]
    return rng.choice(fit) if fit else None


# The file itself


@tamper("files")
def a_file_is_missing(files, rng):
    gone = rng.choice(["pool.txt", "crews.txt", "seed.json", "events.json"])
    return {name: raw for name, raw in files.items() if name != gone}


@tamper("files")
def json_written_in_another_way(files, rng):
    name = rng.choice(["freeze.json", "result.json", "seed.json", "events.json"])
    return files | {name: json.dumps(json.loads(files[name]), indent=1).encode()}


@tamper("files")
def a_key_hidden_behind_its_double(files, rng):
    raw = files["seed.json"].decode()
    return files | {"seed.json": ('{"drawn_on":"2026-01-01",' + raw[1:]).encode()}


@tamper("files")
def another_format(files, rng):
    return reseal(change_head(files, lambda head: head.update(format="riskwarn-draw-0")))


@tamper("files")
def a_weak_hash(files, rng):
    return reseal(change_head(files, lambda head: head.update(hash="md5")))


# Order of events


@tamper("events")
def re_roll_without_a_void_record(files, rng):
    events = events_of(files)
    return with_events(files, [dict(events[0]), *events])


@tamper("events")
def re_roll_with_a_wrong_attempt_number(files, rng):
    events = events_of(files)
    void = {"kind": "void", "on": events[0]["on"], "reason": "重来", "by": "甲", "second": "乙"}
    return with_events(files, [dict(events[0]), void, *events])


@tamper("events")
def a_void_record_without_reason(files, rng):
    events = events_of(files)
    void = {"kind": "void", "on": events[0]["on"], "reason": " ", "by": "甲", "second": "乙"}
    return with_events(files, [dict(events[0]), void, dict(events[0], attempt=2), *events[1:]])


@tamper("events")
def a_void_record_by_one_person(files, rng):
    events = events_of(files)
    void = {"kind": "void", "on": events[0]["on"], "reason": "错", "by": "甲", "second": "甲"}
    return with_events(files, [dict(events[0]), void, dict(events[0], attempt=2), *events[1:]])


@tamper("events")
def a_dropped_first_attempt(files, rng):
    events = events_of(files)
    events[0]["attempt"] = 2
    return with_events(files, events)


@tamper("events")
def back_dated_publication(files, rng):
    events = events_of(files)
    events[-1]["on"] = "2026-01-06"
    return with_events(files, events)


@tamper("events")
def an_event_changed_in_place(files, rng):
    events = events_of(files)
    events[1]["on"] = events[2]["on"] = events[3]["on"] = "2026-01-09"
    return files | {"events.json": canonical(events)}


@tamper("events")
def never_published(files, rng):
    return with_events(files, events_of(files)[:-1])


@tamper("events")
def a_freeze_event_of_another_freeze(files, rng):
    events = events_of(files)
    events[0]["root"] = sha256(b"another").hexdigest()
    return with_events(files, events)


def second_attempt(files: Files) -> tuple[Files, tuple[Event, ...]]:
    """The same draw after an honest void record, all done again; and what went before."""
    first = events_of(files)[0]
    why = {"reason": "名录缺企业", "by": "甲", "second": "乙"}
    before = add_event((first,), "sha256", "void", FROZEN_ON, **why)
    prev = event_hash(before[-1], "sha256")
    return change_head(files, lambda head: head.update(attempt=2, prev=prev)), before


@tamper("events")
def the_reason_of_a_void_freeze_written_anew(files, rng):
    cheated = redo(*second_attempt(files))
    events = events_of(cheated)
    events[1]["reason"] = "系统升级"
    return with_events(cheated, events)


@tamper("events")
def the_day_of_a_void_freeze_moved_before_its_seed(files, rng):
    files, before = second_attempt(files)
    cheated = redo(files, before)
    events = events_of(cheated)
    events[0]["seed_on"] = "2026-12-31"
    return with_events(cheated, events)


@tamper("events")
def a_seed_told_to_come_later_than_it_does(files, rng):
    events = events_of(files)
    events[0]["seed_on"] = "2026-01-09"
    return with_events(files, events)


# Days


@tamper("freeze_date")
def late_freeze(files, rng):
    def late(head):
        head["frozen_on"] = rng.choice(["2026-01-07", "2026-01-08"])

    files = change_head(files, late)
    events = events_of(files)
    events[0]["on"] = json.loads(files["freeze.json"])["frozen_on"]
    return reseal(with_events(files, events))


@tamper("freeze_date")
def drawn_before_the_public_values(files, rng):
    events = events_of(files)
    for event in events[1:]:
        event["on"] = "2026-01-07"
    return with_events(with_json(files, "seed.json", drawn_on="2026-01-07"), events)


@tamper("freeze_date")
def a_register_from_the_future(files, rng):
    return reseal(change_head(files, lambda head: head.update(as_of="2026-01-06")))


@tamper("freeze_date")
def no_public_value_at_all(files, rng):
    files = with_json(files, "seed.json", values=[])
    events = events_of(files)
    events[0]["seed_on"] = ""
    files = with_events(files, events)
    return reseal(change_head(files, lambda head: head.update(sources=[])))


# Frozen lists


@tamper("lists")
def a_swapped_pool_row(files, rng):
    table = rows(files, "pool.txt")
    a, b = rng.sample(range(len(table)), 2)
    table[a][1:], table[b][1:] = table[b][1:], table[a][1:]
    changed = with_rows(files, "pool.txt", table)
    return None if changed == files else changed


@tamper("lists")
def a_dropped_enterprise(files, rng):
    table = rows(files, "pool.txt")
    table.pop(rng.randrange(len(table)))
    return with_rows(files, "pool.txt", table)


@tamper("lists")
def an_enterprise_added_after_the_freeze(files, rng):
    table = rows(files, "pool.txt")
    table.insert(0, ["00" + table[0][0][2:], *table[0][1:]])
    return with_rows(files, "pool.txt", table)


@tamper("lists")
def an_officer_made_lead_after_the_freeze(files, rng):
    table = rows(files, "officers.txt")
    at = rng.randrange(len(table))
    table[at][3] = "0" if table[at][3] == "1" else "1"
    return with_rows(files, "officers.txt", table)


@tamper("lists")
def a_certificate_renewed_after_the_freeze(files, rng):
    table = rows(files, "officers.txt")
    at = pick(rng, table, lambda row: row[7] != "")
    if at is None:
        return None
    table[at][7] = ""
    return with_rows(files, "officers.txt", table)


@tamper("lists")
def a_recusal_removed(files, rng):
    table = rows(files, "recusals.txt")
    table.pop(rng.randrange(len(table)))
    return with_rows(files, "recusals.txt", table)


@tamper("lists")
def an_enterprise_twice(files, rng):
    table = rows(files, "pool.txt")
    at = rng.randrange(len(table))
    table.insert(at, list(table[at]))
    return reseal(with_rows(files, "pool.txt", table))


@tamper("lists")
def a_pool_cut_off_in_its_last_line(files, rng):
    return files | {"pool.txt": files["pool.txt"][: -rng.randrange(1, 9)]}


@tamper("lists")
def a_pool_line_with_a_field_too_many(files, rng):
    table = rows(files, "pool.txt")
    rng.choice(table).append("1")
    return reseal(with_rows(files, "pool.txt", table))


# Seed


@tamper("seed")
def a_public_value_written_until_the_seed_pleased(files, rng):
    """The same index, written with one more zero: true, and another draw."""
    honest, seeds.check_form = seeds.check_form, lambda *_: True
    try:
        return redo(files, values=(*VALUES[:2], VALUES[2] + "0"))
    finally:
        seeds.check_form = honest


@tamper("seed")
def lottery_numbers_put_in_another_order(files, rng):
    numbers = VALUES[0].split(" ")
    numbers[0], numbers[1] = numbers[1], numbers[0]
    honest, seeds.check_form = seeds.check_form, lambda *_: True
    try:
        return redo(files, values=(" ".join(numbers), *VALUES[1:]))
    finally:
        seeds.check_form = honest


@tamper("seed")
def another_public_value(files, rng):
    values = json.loads(files["seed.json"])["values"]
    rng.choice(values)["value"] += " 1"
    return with_json(files, "seed.json", values=values)


@tamper("seed")
def another_source(files, rng):
    values = json.loads(files["seed.json"])["values"]
    values[0]["name"] = "另一种彩票"
    return with_json(files, "seed.json", values=values)


@tamper("seed")
def a_share_that_was_not_committed(files, rng):
    return with_json(files, "seed.json", shares=[{"name": "监察组", "secret": "another"}])


@tamper("seed")
def a_seed_out_of_thin_air(files, rng):
    seed = sha256(str(rng.random()).encode()).hexdigest()
    events = events_of(files)
    events[1]["seed"] = seed
    return with_events(with_json(files, "seed.json", seed=seed), events)


@tamper("seed")
def a_pool_changed_and_sealed_again(files, rng):
    table = rows(files, "pool.txt")
    table.pop(rng.randrange(len(table)))
    return reseal(with_rows(files, "pool.txt", table))


@tamper("seed")
def a_recusal_removed_and_sealed_again(files, rng):
    table = rows(files, "recusals.txt")
    table.pop(rng.randrange(len(table)))
    return reseal(with_rows(files, "recusals.txt", table))


@tamper("seed")
def a_ratio_changed_and_sealed_again(files, rng):
    def change(head):
        head["tasks"][0]["ratios_bp"]["A"] += 1

    return reseal(change_head(files, change))


# Classes and quotas: the cheat was there from the freeze on, all else is consistent


@tamper("class")
def a_friend_relabelled_from_d_to_a(files, rng):
    table = rows(files, "pool.txt")
    at = pick(rng, table, lambda row: row[5].startswith("D"))
    if at is None:
        return None
    table[at][3] = "A"
    table[at][5] = "A" + table[at][5][1:]
    return redo(recount(with_rows(files, "pool.txt", table)))


@tamper("class")
def a_friend_moved_into_a_stratum_that_is_not_its_class(files, rng):
    table = rows(files, "pool.txt")
    at = pick(rng, table, lambda row: row[5].startswith(("C", "D")))
    table[at][5] = "A" + table[at][5][1:]
    return redo(recount(with_rows(files, "pool.txt", table)))


def recount(files: Files) -> Files:
    """Write sizes, quotas and exclusions of the header anew from the pool; ratios as they are."""

    def change(head):
        for at, task in enumerate(head["tasks"]):
            sizes: dict[str, int] = {}
            for row in rows(files, "pool.txt"):
                name = row[5].split("|")[at]
                sizes[name] = sizes.get(name, 0) + 1
            cells = [
                {"name": name, "size": sizes[name], "quota_e4": sizes[name] * bp}
                for name in "ABCDU"
                if name in sizes and (bp := task["ratios_bp"].get(name)) is not None
            ]
            missing = -sum(cell["quota_e4"] for cell in cells) % 10_000
            for cell in sorted(cells, key=lambda cell: -cell["size"]):
                if missing and cell["quota_e4"] + missing <= cell["size"] * 10_000:
                    cell["quota_e4"] += missing
                    break
            task["strata"] = cells
            task["excluded"] = {n[1:]: c for n, c in sorted(sizes.items()) if n[0] == "!"}

    return change_head(files, change)


@tamper("quota")
def a_wrong_quota(files, rng):
    def change(head):
        cell = rng.choice(head["tasks"][0]["strata"])
        cell["quota_e4"] = max(0, cell["quota_e4"] - 10_000)

    return redo(change_head(files, change))


@tamper("quota")
def a_size_told_too_small(files, rng):
    def change(head):
        head["tasks"][0]["strata"][0]["size"] -= 1

    return redo(change_head(files, change))


@tamper("quota")
def ratios_that_fall_with_risk(files, rng):
    def change(head):
        ratios = head["tasks"][0]["ratios_bp"]
        ratios["A"], ratios["D"] = ratios["D"], ratios["A"]

    return redo(recount(change_head(files, change)))


@tamper("quota")
def below_the_floor(files, rng):
    return redo(change_head(files, lambda head: head["tasks"][0].update(floor_bp=5000)))


@tamper("quota")
def a_dropped_exclusion(files, rng):
    def change(head):
        excluded = head["tasks"][0]["excluded"]
        excluded.pop(sorted(excluded)[0])

    return redo(change_head(files, change))


@tamper("quota")
def an_exclusion_hidden_under_another_reason(files, rng):
    table = rows(files, "pool.txt")
    at = pick(rng, table, lambda row: row[5].startswith("!"))
    table[at][5] = "!exempt|" + table[at][5].split("|")[1]
    return redo(with_rows(files, "pool.txt", table))


# Targets


@tamper("targets")
def a_reserve_put_in_for_a_target(files, rng):
    table = rows(files, "drawn.txt")
    at = pick(rng, table, lambda row: row[2] == "R")
    other = pick(rng, table, lambda row: row[:3] == [*table[at][:2], "D"])
    table[at][4:], table[other][4:] = table[other][4:], table[at][4:]
    return reseal(with_rows(files, "drawn.txt", table))


@tamper("targets")
def an_enemy_put_in(files, rng):
    table, pool = rows(files, "drawn.txt"), rows(files, "pool.txt")
    drawn = {row[4] for row in table}
    at = pick(rng, pool, lambda row: row[0] not in drawn)
    rng.choice(table)[4] = pool[at][0]
    return reseal(with_rows(files, "drawn.txt", table))


@tamper("targets")
def a_target_left_out(files, rng):
    table = rows(files, "drawn.txt")
    table.pop(rng.randrange(len(table)))
    return reseal(with_rows(files, "drawn.txt", table))


@tamper("targets")
def a_ticket_forged(files, rng):
    table = rows(files, "drawn.txt")
    rng.choice(table)[5] = "00" * 32
    return reseal(with_rows(files, "drawn.txt", table))


@tamper("targets")
def seats_told_wrongly(files, rng):
    result = json.loads(files["result.json"])
    rng.choice(result["seats"])["seats"] += 1
    return reseal(files | {"result.json": canonical(result)})


@tamper("targets")
def the_cap_broken(files, rng):
    """Everybody has room for one visit only; the cheat draws some twice all the same."""
    table = [[*row[:4], row[4].replace("=2", "=1"), *row[5:]] for row in rows(files, "pool.txt")]
    files = with_rows(files, "pool.txt", table)
    honest, lottery._Visits.full = lottery._Visits.full, lambda *_: False
    try:
        cheated = redo(files)
    finally:
        lottery._Visits.full = honest
    lines = rows(cheated, "drawn.txt")
    twice = [row[4] for row in lines if row[2] == "D"]
    return cheated if len(twice) > len(set(twice)) else None


# Crews and officers


@tamper("crews")
def a_crew_left_out(files, rng):
    table = rows(files, "crews.txt")
    table.pop(rng.randrange(len(table)))
    return reseal(with_rows(files, "crews.txt", table))


@tamper("crews")
def a_task_taken_from_a_crew(files, rng):
    table = rows(files, "crews.txt")
    at = pick(rng, table, lambda row: "," in row[3])
    if at is None:
        return None
    table[at][3] = table[at][3].split(",")[0]
    return reseal(with_rows(files, "crews.txt", table))


@tamper("crews")
def a_qualification_waived(files, rng):
    table = rows(files, "crews.txt")
    at = pick(rng, table, lambda row: row[2] != "")
    if at is None:
        return None
    table[at][2] = ""
    return reseal(with_rows(files, "crews.txt", table))


@tamper("crews")
def saved_visits_exaggerated(files, rng):
    result = json.loads(files["result.json"])
    result["apart"] += 5
    return reseal(files | {"result.json": canonical(result)})


def put_officer(files: Files, rng: random.Random, fits: Callable[..., bool]) -> Files | None:
    """Put an officer for whom `fits(officer row, crew row)` into a crew."""
    table, staff = rows(files, "crews.txt"), rows(files, "officers.txt")
    for row in rng.sample(table, len(table)):
        names = row[4].split(",")
        at = pick(rng, staff, lambda o, row=row, names=names: o[0] not in names and fits(o, row))
        if at is not None:
            row[4] = ",".join([names[0], staff[at][0]])
            return reseal(with_rows(files, "crews.txt", table))
    return None


@tamper("officers")
def an_ineligible_officer(files, rng):
    return put_officer(files, rng, lambda o, row: o[7] != "")


@tamper("officers")
def an_officer_of_another_department(files, rng):
    return put_officer(files, rng, lambda o, row: row[1] not in o[1].split(","))


@tamper("officers")
def an_officer_without_the_qualification(files, rng):
    return put_officer(
        files,
        rng,
        lambda o, row: row[2] and o[1] == row[1] and row[2] not in o[4].split(",") and not o[7],
    )


@tamper("officers")
def an_officer_who_does_not_exist(files, rng):
    table = rows(files, "crews.txt")
    row = rng.choice(table)
    row[4] = row[4].split(",")[0] + ",99999999999"
    return reseal(with_rows(files, "crews.txt", table))


@tamper("officers")
def a_broken_recusal(files, rng):
    barred = {tuple(row) for row in rows(files, "recusals.txt")}
    return put_officer(
        files, rng, lambda o, row: (o[0], row[0]) in barred and not o[7] and o[1] == row[1]
    )


@tamper("officers")
def one_officer_alone(files, rng):
    table = rows(files, "crews.txt")
    row = rng.choice(table)
    row[4] = row[4].split(",")[0]
    return reseal(with_rows(files, "crews.txt", table))


@tamper("officers")
def one_officer_counted_twice(files, rng):
    table = rows(files, "crews.txt")
    row = rng.choice(table)
    row[4] = ",".join([row[4].split(",")[0]] * 2)
    return reseal(with_rows(files, "crews.txt", table))


@tamper("officers")
def nobody_in_the_lead(files, rng):
    table = rows(files, "crews.txt")
    staff = [o for o in rows(files, "officers.txt") if o[3] == "0" and not o[7]]
    barred = {tuple(row) for row in rows(files, "recusals.txt")}
    for row in rng.sample(table, len(table)):
        fit = [
            o[0]
            for o in staff
            if row[1] in o[1].split(",")
            and (not row[2] or row[2] in o[4].split(","))
            and (o[0], row[0]) not in barred
        ]
        if len(fit) >= 2:
            row[4] = ",".join(rng.sample(fit, 2))
            return reseal(with_rows(files, "crews.txt", table))
    return None


# Optimality


@tamper("optimal")
def two_crews_exchange_an_officer(files, rng):
    table = rows(files, "crews.txt")
    barred = {tuple(row) for row in rows(files, "recusals.txt")}
    lead = {o[0] for o in rows(files, "officers.txt") if o[3] == "1"}
    for _ in range(400):
        a, b = rng.sample(range(len(table)), 2)
        if table[a][1:3] != table[b][1:3]:
            continue
        first, second = table[a][4].split(","), table[b][4].split(",")
        first[1], second[1] = second[1], first[1]
        pairs = [(n, table[a][0]) for n in first] + [(n, table[b][0]) for n in second]
        fine = len(set(first)) == len(set(second)) == 2 and not set(pairs) & barred
        if fine and first[1] != second[1] and set(first) & lead and set(second) & lead:
            table[a][4], table[b][4] = ",".join(first), ",".join(second)
            return reseal(with_rows(files, "crews.txt", table))
    return None


@tamper("optimal")
def a_potential_bent(files, rng):
    table = rows(files, "potentials.txt")
    row = rng.choice(table)
    row[1] = str(int(row[1]) + rng.choice([-1, 1]) * (1 << 50))
    return reseal(with_rows(files, "potentials.txt", table))


@tamper("optimal")
def an_officer_without_potential(files, rng):
    table = rows(files, "potentials.txt")
    table.pop(rng.randrange(len(table)))
    return reseal(with_rows(files, "potentials.txt", table))


@tamper("optimal")
def costs_too_coarse_to_be_unique(files, rng):
    return redo(change_head(files, lambda head: head["rules"].update(cost_bits=8)))


# What was logged


@tamper("result")
def a_result_that_was_not_logged(files, rng):
    events = events_of(files)
    events[-1]["result"] = events[-2]["result"] = sha256(b"other").hexdigest()
    return with_events(files, events)


@tamper("result")
def one_thing_drawn_and_another_published(files, rng):
    events = events_of(files)
    events[-1]["result"] = sha256(b"other").hexdigest()
    return with_events(files, events)


@tamper("result")
def a_list_hash_told_wrongly(files, rng):
    result = json.loads(files["result.json"])
    result["lists"]["drawn.txt"]["root"] = "00" * 32
    files = files | {"result.json": canonical(result)}
    events = events_of(files)
    for event in events[2:]:
        event["result"] = sha256(files["result.json"]).hexdigest()
    return with_events(files, events)
