# fmt: off
# ruff: noqa
# mypy: ignore-errors
"""Verify a riskwarn draw with nothing but Python 3.9+:  python verify.py BUNDLE [--root HEX] [--json]

BUNDLE: folder or zip.  --root: the freeze's hash as published before the draw; with it, nobody can have swapped the
whole bundle.  Exit 0: all recomputed and equal; 5: not, and which step.  Shares no line with what draws."""
import argparse, heapq, json, sys, zipfile
from hashlib import algorithms_available, new as hash_new, sha256
from pathlib import Path
from types import SimpleNamespace

STEPS = ("files", "events", "freeze_date", "lists", "seed", "class", "quota", "targets", "crews", "officers", "optimal", "result")
NAMES = "freeze.json pool.txt officers.txt recusals.txt seed.json drawn.txt crews.txt potentials.txt result.json events.json".split()

class Fail(Exception): ...
def need(truth, reason):
    if not truth: raise Fail(reason)
def prefixed(*parts):  # 4-byte length before each part: no two lists of parts give the same bytes
    raws = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(len(r).to_bytes(4, "big") + r for r in raws)
def canonical(value):
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
def root_of(lines, H):  # RFC 6962 tree head
    level = [H(b"\0" + line) for line in lines]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [H(b"\1" + a + b) for a, b in zip(level[::2], level[1::2])] + odd
    return (level[0] if level else H(b"")).hex()
def ticket_of(x, *context):  # HMAC (RFC 2104) of the seed over format, context, unit
    inner = bytes(c ^ 0x36 for c in x.seed.ljust(64, b"\0")) + prefixed(x.head["format"], *context)
    outer, H = bytes(c ^ 0x5C for c in x.seed.ljust(64, b"\0")), x.H
    return lambda unit: H(outer + H(inner + len(unit.encode()).to_bytes(4, "big") + unit.encode()))
def rows_of(x, name):
    return [line.split("\t") for line in lines_of(x.raw[name].decode(), "\n")]
def lines_of(raw, end=b"\n"):
    need(not raw or raw.endswith(end), "a list does not end with a line end")
    return raw.split(end)[:-1]

# Each step takes what the steps before it found and fails with a reason.
def step_files(x):
    need(not [n for n in NAMES if n not in x.raw], "missing: " + ", ".join(n for n in NAMES if n not in x.raw))
    parsed = {n: json.loads(x.raw[n], parse_float=int) for n in NAMES if n.endswith(".json")}
    need(all(canonical(v) == x.raw[n] for n, v in parsed.items()), "a JSON file is not in canonical form")
    x.head, x.seed_file, x.result, x.events = parsed.values()
    need(x.head["format"] == "riskwarn-draw-1", "another format than riskwarn-draw-1")
    need(x.head["hash"] in {"sha256", "sm3"} & algorithms_available, "unknown hash, or no SM3 in this OpenSSL: then open verify.html")
    x.H = (lambda d: sha256(d).digest()) if x.head["hash"] == "sha256" else (lambda d: hash_new("sm3", d).digest())
    x.root = x.H(b"\0" + x.raw["freeze.json"]).hex()
    need(x.published in (None, x.root), "the freeze is not the one whose hash was published")
def step_events(x):
    prev = on = ""
    attempt, is_open, kinds = 0, False, []
    for e in x.events:
        need(e["prev"] == prev, "the chain of events is broken")
        need(len(e["on"]) == 10 and e["on"] >= on, "an event is dated before the one it follows")
        prev, on = x.H(canonical(e)).hex(), e["on"]
        if e["kind"] == "freeze":
            need(not is_open and e["attempt"] == attempt + 1, "a second freeze without a void record, or a wrong attempt number")
            attempt, is_open, kinds, x.freeze = e["attempt"], True, [], e
        elif e["kind"] == "void":
            need(is_open and e["reason"].strip() and "" != e["by"] != e["second"] != "", "a void record needs a reason and two persons")
            is_open = False
        else:
            kinds.append(e)
    need(is_open and [e["kind"] for e in kinds] == ["seed", "draw", "publish"], "the events are not freeze, seed, draw, publish")
    x.seeded, x.drew, x.shown = kinds
    need((x.freeze["root"], x.freeze["on"], attempt) == (x.root, x.head["frozen_on"], x.head["attempt"]), "the freeze event is not about this freeze")
def step_freeze_date(x):
    days = [s["on"] for s in x.head["sources"]]
    need(days and all(len(d) == 10 and x.head["frozen_on"] < d for d in days), "the freeze is not before the seed's public values")
    need(max(days) <= x.seed_file["drawn_on"] == x.seeded["on"] <= x.drew["on"], "drawn before the seed's public values")
    need(x.head["as_of"] <= x.head["frozen_on"], "the register is of a day after the freeze")
def step_lists(x):
    for name in ("pool.txt", "officers.txt", "recusals.txt"):
        lines, want = lines_of(x.raw[name]), x.head["lists"][name]
        need(len(lines) == want["count"] and root_of(lines, x.H) == want["root"], name + " is not the frozen list")
    x.pool, staff, x.recusals = rows_of(x, "pool.txt"), rows_of(x, "officers.txt"), {tuple(r) for r in rows_of(x, "recusals.txt")}
    need(all(a[0] < b[0] for rows in (x.pool, staff) for a, b in zip(rows, rows[1:])), "a frozen list is not sorted or has doubles")
    x.officers = {row[0]: row for row in staff}
def step_seed(x):
    s, h = x.seed_file, x.head
    need([(v["name"], v["on"]) for v in s["values"]] == [(v["name"], v["on"]) for v in h["sources"]], "other sources than those named")
    need([v["name"] for v in s["shares"]] == [v["name"] for v in h["shares"]] and all(v["value"] for v in s["values"]), "a value or share is missing")
    for share, frozen in zip(s["shares"], h["shares"]):
        need(x.H(prefixed(h["format"], "share", share["name"], share["secret"])).hex() == frozen["commitment"], "a share is not what was committed")
    parts = [p for v in s["values"] for p in (v["name"], v["on"], v["value"])] + [p for v in s["shares"] for p in (v["name"], v["secret"])]
    x.seed = x.H(prefixed(h["format"], "seed", x.root, str(h["attempt"]), *parts))
    need(x.seed.hex() == s["seed"] == x.seeded["seed"], "the seed does not follow from its sources")
def step_class(x):
    need(sha256("".join(f[0] + "\t" + f[3] + "\n" for f in x.pool).encode()).hexdigest() == x.head["class_sha256"], "classes differ from the snapshot")
    x.members = [{} for _ in x.head["tasks"]]
    for f in x.pool:
        strata = f[5].split("|")
        need(len(strata) == len(x.members), f[0] + " lacks a task")
        for members, s in zip(x.members, strata):
            need(s[:1] == "!" or s == (f[3] or "U"), f[0] + " stands in a stratum that is not its class")
            members.setdefault(s, []).append(f)
def step_quota(x):
    for task, members in zip(x.head["tasks"], x.members):
        r = task["ratios_bp"]
        need(0 <= r["A"] <= r["B"] <= r["C"] <= r["D"] <= 10000, "ratios fall with risk")
        cells = [[s, len(members[s]), max(len(members[s]) * r[s], min(task["minimum"], len(members[s])) * 10000)] for s in "ABCDU" if s in members]
        missing = -sum(c[2] for c in cells) % 10000
        for c in sorted(cells, key=lambda c: -c[1]):
            if missing and c[2] and c[2] + missing <= c[1] * 10000:
                c[2], missing = c[2] + missing, 0
        need([{"name": c[0], "size": c[1], "quota_e4": c[2]} for c in cells] == task["strata"], "sizes or quotas do not follow from pool and ratios")
        need(sum(c[2] for c in cells) >= task["floor_bp"] * sum(c[1] for c in cells), "below the floor")
        need({s[1:]: len(m) for s, m in members.items() if s[0] == "!"} == task["excluded"], "exclusions are not those counted")
def step_targets(x):
    rows, seat_rows, taken, x.targets = [], [], {}, []
    who = lambda f, task: f[2] if task["authority"] == "in_charge" else task["authority"]
    full = lambda f, a: (f[0], a) in taken and taken[f[0], a] >= int(dict(p.split("=") for p in f[4].split(","))[a])
    for task, members in zip(x.head["tasks"], x.members):
        run = int.from_bytes(ticket_of(x, "seats")(task["task"]), "big") % 10000
        for s in task["strata"]:
            seats, run = (run + s["quota_e4"]) // 10000 - run // 10000, run + s["quota_e4"]
            group = members[s["name"]]
            free = [f for f in group if not full(f, who(f, task))] if taken else group
            seat_rows.append({"task": task["task"], "stratum": s["name"], "size": s["size"], "quota_e4": s["quota_e4"], "seats": seats, "capped": len(group) - len(free)})
            ticket, most = ticket_of(x, "target", task["task"], s["name"]), seats - (-seats * task["reserve_bp"] // 10000)
            for rank, (number, uscc, f) in enumerate(heapq.nsmallest(most, ((ticket(f[0]), f[0], f) for f in free)), 1):
                rows.append([task["task"], s["name"], "R" if rank > seats else "D", str(rank), uscc, number.hex()])
                if rank <= seats:
                    taken[uscc, who(f, task)] = taken.get((uscc, who(f, task)), 0) + 1
                    x.targets.append((task, f))
    need(seat_rows == x.result["seats"], "seats do not follow from quotas and seed")
    need(rows == rows_of(x, "drawn.txt"), "drawn.txt is not what the tickets give")
def step_crews(x):
    want, apart, x.crews = {}, 0, rows_of(x, "crews.txt")
    for task, f in x.targets:
        for d in task["demands"]:
            apart += 1
            want.setdefault((f[0], f[2] if d["department"] == "in_charge" else d["department"], d["qualification"]), []).append((task["task"], f[1]))
    need([c[:4] for c in x.crews] == [[*k, ",".join(sorted(t for t, _ in v))] for k, v in sorted(want.items())], "the crews are not those that the tasks ask for")
    need((x.result["apart"], x.result["merged"]) == (apart, len({k[0] for k in want})), "visits are counted wrongly")
    x.regions = {k: v[0][1][:x.head["rules"]["region_digits"]] for k, v in want.items()}

low, high = lambda v: min(v, default=1 << 99), lambda v: max(v, default=-1 << 99)
def able(f, department, qualification, region):
    return not f[7] and department in f[1].split(",") and (not qualification or qualification in f[4].split(",")) and f[2].startswith(region)
def step_officers(x):
    size, x.load = x.head["rules"]["officers_per_check"], {n: 0 for n in x.officers}
    need(size >= 2, "fewer than two officers a check")
    for *key, _, names in x.crews:
        crew = names.split(",")
        need(len(set(crew)) == len(crew) == size, key[0] + ": wrong number of officers")
        for n in crew:
            need(n in x.officers and able(x.officers[n], *key[1:], x.regions[tuple(key)]), f"{n} may not check {key[0]}")
            need((n, key[0]) not in x.recusals, f"{n} must recuse from {key[0]}")
            x.load[n] += 1
        need(any(x.officers[n][3] == "1" for n in crew), key[0] + ": no lead inspector")
    need(all(int(f[5]) + x.load[n] <= int(f[6]) or f[7] for n, f in x.officers.items()), "an officer has more checks than allowed")
def step_optimal(x):  # potentials prove least cost: no cheaper change is left anywhere (linear programming duality)
    bits, size, groups = x.head["rules"]["cost_bits"], x.head["rules"]["officers_per_check"], {}
    pot, free = {n: int(v) for n, v in rows_of(x, "potentials.txt")}, {n: f for n, f in x.officers.items() if not f[7]}
    need(bits >= 44 and list(pot) == list(free), "potentials are not those of the officers, or costs are too coarse")
    for n, f in free.items():
        load, most = int(f[5]) + x.load[n], int(f[6])
        need((load >= most or pot[n] <= load + 1 << bits) and (not x.load[n] or pot[n] >= load << bits), f"{n}: the load is not level")
    for *key, _, names in x.crews:
        crew, group = set(names.split(",")), (*key[1:], x.regions[tuple(key)])
        groups[group] = groups.get(group) or [n for n, f in free.items() if able(f, *group)]
        ticket, cost = ticket_of(x, "officer", *key), {"1": ([], []), "0": ([], [])}
        for n in groups[group]:
            if n in crew or (n, key[0]) not in x.recusals:
                cost[free[n][3]][n not in crew].append(pot[n] + (int.from_bytes(ticket(n), "big") >> 256 - bits))
        (lead_in, lead_out), (rest_in, rest_out) = cost["1"], cost["0"]
        need(high(lead_in) <= low(lead_out) and high(rest_in) <= low(rest_out) and (not rest_in or high(rest_in) <= low(lead_out))
             and (len(rest_in) == size - 1 or high(lead_in) <= low(rest_out)), key[0] + ": a cheaper crew exists")
def step_result(x):
    for name in ("drawn.txt", "crews.txt", "potentials.txt"):
        lines = lines_of(x.raw[name])
        need(x.result["lists"][name] == {"count": len(lines), "root": root_of(lines, x.H)}, name + " is not the one in result.json")
    need(x.H(x.raw["result.json"]).hex() == x.drew["result"] == x.shown["result"], "result.json is not the one that was logged")

def verify(path, published=None):
    x, done, step = SimpleNamespace(published=published), [], "files"
    try:
        at = Path(path) if Path(path).is_dir() else zipfile.Path(path)
        x.raw = {n: (at / n).read_bytes() for n in NAMES if (at / n).is_file()}
        for step in STEPS:
            globals()["step_" + step](x)
            done.append(step)
    except Exception as error:  # whatever is wrong in a bundle is a failure of the step that met it
        reason = str(error) if isinstance(error, Fail) else f"malformed ({type(error).__name__}: {error})"
        return {"ok": False, "failed_step": step, "reason": reason, "steps": done}
    return {"ok": True, "failed_step": None, "reason": "", "steps": done, "root": x.root, "drawn": len(x.targets), "crews": len(x.crews)}

if __name__ == "__main__":
    cli = argparse.ArgumentParser(description=__doc__)
    [cli.add_argument(name) for name in ("bundle", "--root")], cli.add_argument("--json", action="store_true")
    args = cli.parse_args()
    found = verify(args.bundle, args.root)
    said = f"OK {found['root']}" if found["ok"] else f"FAIL at {found['failed_step']}: {found['reason']}"
    print(json.dumps(found, ensure_ascii=False) if args.json else said)
    sys.exit(0 if found["ok"] else 5)
