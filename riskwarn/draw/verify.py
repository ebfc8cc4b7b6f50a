# fmt: off
# ruff: noqa
# mypy: ignore-errors
"""Verify a riskwarn draw with nothing but Python 3.9+:  python verify.py BUNDLE [--root HEX] [--json]

BUNDLE: folder or zip.  --root: the freeze's hash as published before the draw; with it, nobody can have swapped the whole
bundle.  Exit 0: all recomputed and equal; 5: not, and which step.  Shares no line with what draws."""
import argparse, json, re, sys, zipfile; from collections import Counter
from hashlib import algorithms_available, new as hash_new, sha256
from itertools import islice; from pathlib import Path; from types import SimpleNamespace
STEPS = ("files", "events", "freeze_date", "lists", "seed", "class", "quota", "targets", "crews", "officers", "optimal", "result")
NAMES = "freeze.json officers.txt recusals.txt seed.json drawn.txt crews.txt potentials.txt result.json events.json pool.txt".split()
class Fail(Exception): ...
def need(truth, reason):
    if not truth: raise Fail(reason)
def prefixed(*parts):  # 4-byte length before each part: no two lists of parts give the same bytes
    raws = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(len(r).to_bytes(4, "big") + r for r in raws)
def canonical(value): return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
def fold(level, new):  # hashes pair by pair; an odd last one moves up as it is
    while len(level) > 1: level = [new(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2])] + (level[-1:] if len(level) % 2 else [])
    return level[0]
def root_of(blocks, new):  # RFC 6962 tree head of lists of lines, 65,536 in each but the last (or all in one)
    tops = [fold([new(b"\0" + line).digest() for line in lines], new) for lines in blocks if lines]
    return (fold(tops, new) if tops else new(b"").digest()).hex()
def tickets_of(x, *context):  # HMAC (RFC 2104) of the seed over format, context, unit
    inner, outer = (bytes(c ^ pad for c in x.seed.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    new, inner = x.new, inner + prefixed(x.head["format"], *context)
    return lambda units: [new(outer + new(inner + len(u).to_bytes(4, "big") + u).digest()).digest() for u in units]
def lines_of(raw):
    need(not raw or raw.endswith(b"\n"), "a list does not end with a line end")
    return raw.split(b"\n")[:-1]
def rows_of(x, name): return [line.decode().split("\t") for line in lines_of(x.raw[name])]
def pool_of(x):  # pool.txt may be large: 65,536 lines at a time
    with (x.at / "pool.txt").open("rb") as file:
        for lines in iter(lambda: list(islice(file, 1 << 16)), []):
            b"".join(lines).decode()  # or it is malformed
            need(lines[-1].endswith(b"\n"), "a list does not end with a line end")
            yield [line[:-1] for line in lines]
# Each step takes what the steps before it found and fails with a reason.
def step_files(x):
    need(len(x.names) == len(NAMES), "missing: " + ", ".join(n for n in NAMES if n not in x.names))
    parsed = {n: json.loads(x.raw[n], parse_float=int) for n in NAMES if n.endswith(".json")}
    need(all(canonical(v) == x.raw[n] for n, v in parsed.items()), "a JSON file is not in canonical form")
    x.head, x.seed_file, x.result, x.events = parsed.values()
    need(x.head["format"] == "riskwarn-draw-2", "another format than riskwarn-draw-2: use the verifier that came with that bundle")
    need(x.head["hash"] in {"sha256", "sm3"} & algorithms_available, "unknown hash, or no SM3 in this OpenSSL: then open verify.html")
    x.new = sha256 if x.head["hash"] == "sha256" else lambda d: hash_new("sm3", d)
    x.H = lambda d: x.new(d).digest()
    x.root = x.H(b"\0" + x.raw["freeze.json"]).hex()
    need(x.published in (None, x.root), "the freeze is not the one whose hash was published")
def step_events(x):
    prev, on, attempt, is_open, kinds, x.warnings = "", "", 0, False, [], []
    for e in x.events:
        need(e["prev"] == prev, "the chain of events is broken"); need(len(e["on"]) == 10 and e["on"] >= on, "an event is dated before the one it follows")
        prev, on = x.H(canonical(e)).hex(), e["on"]
        if e["kind"] == "freeze":
            need(not is_open and e["attempt"] == attempt + 1, "a second freeze without a void record, or a wrong attempt number")
            attempt, is_open, kinds, x.freeze = e["attempt"], True, [], e
        elif e["kind"] == "void":
            need(is_open and e["reason"].strip() and "" != e["by"] != e["second"] != "", "a void record needs a reason and two persons")
            is_open, known = False, e["on"] >= x.freeze["seed_on"]
            x.warnings += [f"attempt {attempt} was voided on {e['on']}, when its outcome could be known: {e['reason']}"] * known
        else: kinds.append(e)
    need(is_open and [e["kind"] for e in kinds] == ["seed", "draw", "publish"], "the events are not freeze, seed, draw, publish")
    x.seeded, x.drew, x.shown = kinds; is_about = (x.root, x.head["frozen_on"], x.head["attempt"], x.head["prev"], min((s["on"] for s in x.head["sources"]), default=""))
    need(tuple(x.freeze[k] for k in ("root", "on", "attempt", "prev", "seed_on")) == is_about, "the freeze event is not about this freeze, or not after those attempts")
def step_freeze_date(x):
    days = [s["on"] for s in x.head["sources"]]
    need(days and all(len(d) == 10 and x.head["frozen_on"] < d for d in days), "the freeze is not before the seed's public values")
    need(max(days) <= x.seed_file["drawn_on"] == x.seeded["on"] <= x.drew["on"], "drawn before the seed's public values")
    need(x.head["as_of"] <= x.head["frozen_on"], "the register is of a day after the freeze")
def survey(x):  # what the pool's lines must fulfil, and how many stand in which class and strata
    last, classes, x.kinds = b"", sha256(), Counter()
    for lines in pool_of(x):
        rows = [line.split(b"\t") for line in lines]
        keys, last = [last] + [row[0] for row in rows], rows[-1][0]
        need(all(map(bytes.__lt__, keys, keys[1:])) and all(len(row) == 7 for row in rows), "a frozen list is not sorted, has doubles or broken lines")
        classes.update(b"".join([row[0] + b"\t" + row[3] + b"\n" for row in rows]))
        x.kinds.update([(row[3], row[5]) for row in rows]); yield lines
    x.classes = classes.hexdigest()
def step_lists(x):
    for name, want in ((n, x.head["lists"][n]) for n in ("pool.txt", "officers.txt", "recusals.txt")):
        root = root_of(survey(x) if name == "pool.txt" else [lines_of(x.raw[name])], x.new)
        need({"count": sum(x.kinds.values()) if name == "pool.txt" else len(lines_of(x.raw[name])), "root": root} == want, name + " is not the frozen list")
    staff, x.recusals = rows_of(x, "officers.txt"), {tuple(row) for row in rows_of(x, "recusals.txt")}; x.officers = {row[0]: row for row in staff}
    need([*x.officers] == sorted(row[0] for row in staff), "a frozen list is not sorted or has doubles")
def well_formed(form, value):  # 0: a digit, #: a whole number, <: a blank before a larger number; so a value is written in one way
    pattern = "".join({"0": "[0-9]", "#": "(?:0|[1-9][0-9]*)", "<": " "}.get(c) or re.escape(c) for c in form)
    if not re.fullmatch(pattern, value): return form == ""
    numbers = iter(re.findall("[0-9]+", value))
    read = [m if m == "<" else int(next(numbers)) for m in re.findall("[0#]+|<", form)]
    return all(read[i - 1] < read[i + 1] for i, m in enumerate(read) if m == "<")
def step_seed(x):
    s, h = x.seed_file, x.head
    need([(v["name"], v["on"]) for v in s["values"]] == [(v["name"], v["on"]) for v in h["sources"]], "other sources than those named")
    need([v["name"] for v in s["shares"]] == [v["name"] for v in h["shares"]] and all(v["value"] for v in s["values"]), "a value or share is missing")
    need(all(well_formed(f["form"], v["value"]) for f, v in zip(h["sources"], s["values"])), "a value is written otherwise than the freeze says"); x.warnings += [f"{f['name']}: how its value is written was not fixed" for f in h["sources"] if not f["form"]]
    committed = [x.H(prefixed(h["format"], "share", v["name"], v["secret"])).hex() for v in s["shares"]]
    need(committed == [v["commitment"] for v in h["shares"]], "a share is not what was committed"); parts = [p for v in s["values"] for p in (v["name"], v["on"], v["value"])] + [p for v in s["shares"] for p in (v["name"], v["secret"])]
    x.seed = x.H(prefixed(h["format"], "seed", x.root, str(h["attempt"]), *parts))
    need(x.seed.hex() == s["seed"] == x.seeded["seed"], "the seed does not follow from its sources")
def step_class(x):
    need(x.classes == x.head["class_sha256"], "classes differ from the snapshot"); x.sizes = [Counter() for _ in x.head["tasks"]]
    for (risk, strata), n in x.kinds.items():
        need(strata.count(b"|") + 1 == len(x.sizes), "somebody lacks a task")
        for sizes, s in zip(x.sizes, strata.decode().split("|")):
            need(s[:1] == "!" or s == (risk.decode() or "U"), "somebody stands in a stratum that is not its class")
            sizes[s] += n
def step_quota(x):
    for task, sizes, r in ((t, n, t["ratios_bp"]) for t, n in zip(x.head["tasks"], x.sizes)):
        need(0 <= r["A"] <= r["B"] <= r["C"] <= r["D"] <= 10000, "ratios fall with risk")
        cells = [[s, sizes[s], max(sizes[s] * r[s], min(task["minimum"], sizes[s]) * 10000)] for s in "ABCDU" if s in sizes]
        missing = -sum(c[2] for c in cells) % 10000
        for c in sorted(cells, key=lambda c: -c[1]):
            if missing and c[2] and c[2] + missing <= c[1] * 10000: c[2], missing = c[2] + missing, 0
        need([{"name": c[0], "size": c[1], "quota_e4": c[2]} for c in cells] == task["strata"], "sizes or quotas do not follow from pool and ratios")
        need(sum(c[2] for c in cells) >= task["floor_bp"] * sum(c[1] for c in cells), "below the floor")
        need({s[1:]: n for s, n in sizes.items() if s[0] == "!"} == task["excluded"], "exclusions are not those counted")
def step_targets(x):
    cells, earlier, rows, seat_rows, taken, x.targets = [], 0, [], [], Counter(), []
    for at, task in enumerate(x.head["tasks"]):
        run = int.from_bytes(tickets_of(x, "seats")([task["task"].encode()])[0], "big") % 10000
        for s in task["strata"]:
            seats, run = (run + s["quota_e4"]) // 10000 - run // 10000, run + s["quota_e4"]
            most = seats - (-seats * task["reserve_bp"] // 10000)  # with the reserve; only those drawn earlier are passed over
            cells.append([at, task, s, seats, most, most + earlier, tickets_of(x, "target", task["task"], s["name"]), []])
            earlier += seats
    for lines in pool_of(x):
        groups = {}
        for row in map(lambda line: line.split(b"\t"), lines): groups.setdefault(row[5], []).append(row)
        for at, _, s, _, _, keep, tickets, best in cells:
            limit = best[-1][0] if keep and len(best) == keep else b"\xff" * 33
            for group in [g for strata, g in groups.items() if strata.split(b"|")[at] == s["name"].encode()]:
                best += [(number, row[0], row) for number, row in zip(tickets([row[0] for row in group]), group) if number <= limit]
            best.sort(); del best[keep:]
    who = lambda f, task: f[2] if task["authority"] == "in_charge" else task["authority"]
    full = lambda f, a: taken[f[0], a] > 0 and taken[f[0], a] >= int(dict(p.split("=") for p in f[4].split(","))[a])
    for at, task, s, seats, most, _, _, best in cells:
        before = {f[0]: f for _, f in x.targets if f[5].split("|")[at] == s["name"]}.values()
        seat_rows.append({"task": task["task"], "stratum": s["name"], "size": s["size"], "quota_e4": s["quota_e4"], "seats": seats, "capped": sum(full(f, who(f, task)) for f in before)})
        free = [(number.hex(), f) for number, f in ((number, b"\t".join(row).decode().split("\t")) for number, _, row in best) if not full(f, who(f, task))]
        for rank, (number, f) in enumerate(free[:most], 1):
            rows.append([task["task"], s["name"], "R" if rank > seats else "D", str(rank), f[0], number])
            if rank <= seats: taken[f[0], who(f, task)] += 1; x.targets.append((task, f))
    need(seat_rows == x.result["seats"], "seats do not follow from quotas and seed"); need(rows == rows_of(x, "drawn.txt"), "drawn.txt is not what the tickets give")
def step_crews(x):
    want, x.crews = {}, rows_of(x, "crews.txt")
    for task, f, d in ((task, f, d) for task, f in x.targets for d in task["demands"]):
        want.setdefault((f[0], f[2] if d["department"] == "in_charge" else d["department"], d["qualification"]), []).append((task["task"], f[1]))
    need([c[:4] for c in x.crews] == [[*k, ",".join(sorted(t for t, _ in v))] for k, v in sorted(want.items())], "the crews are not those that the tasks ask for")
    need((x.result["apart"], x.result["merged"]) == (sum(map(len, want.values())), len({k[0] for k in want})), "visits are counted wrongly")
    x.regions = {k: v[0][1][:x.head["rules"]["region_digits"]] for k, v in want.items()}
low, high = lambda v: min(v, default=1 << 99), lambda v: max(v, default=-1 << 99)
def able(f, department, qualification, region): return not f[7] and department in f[1].split(",") and (not qualification or qualification in f[4].split(",")) and f[2].startswith(region)
def step_officers(x):
    size, x.load = x.head["rules"]["officers_per_check"], {n: 0 for n in x.officers}; need(size >= 2, "fewer than two officers a check")
    for *key, crew in ((*c[:3], c[4].split(",")) for c in x.crews):
        need(len(set(crew)) == len(crew) == size, key[0] + ": wrong number of officers")
        for n in crew:
            need(n in x.officers and able(x.officers[n], *key[1:], x.regions[tuple(key)]), f"{n} may not check {key[0]}")
            need((n, key[0]) not in x.recusals, f"{n} must recuse from {key[0]}"); x.load[n] += 1
        need(any(x.officers[n][3] == "1" for n in crew), key[0] + ": no lead inspector")
    need(all(int(f[5]) + x.load[n] <= int(f[6]) or f[7] for n, f in x.officers.items()), "an officer has more checks than allowed")
def step_optimal(x):  # potentials prove least cost: no cheaper change is left anywhere (linear programming duality)
    bits, size, groups = x.head["rules"]["cost_bits"], x.head["rules"]["officers_per_check"], {}
    pot, free = {n: int(v) for n, v in rows_of(x, "potentials.txt")}, {n: f for n, f in x.officers.items() if not f[7]}
    need(bits >= 44 and [*pot] == [*free], "potentials are not those of the officers, or costs are too coarse")
    for n, load, most in ((n, int(f[5]) + x.load[n], int(f[6])) for n, f in free.items()):
        need((load >= most or pot[n] <= load + 1 << bits) and (not x.load[n] or pot[n] >= load << bits), f"{n}: the load is not level")
    for *key, _, names in x.crews:
        crew, group = set(names.split(",")), (*key[1:], x.regions[tuple(key)])
        groups[group] = groups.get(group) or [n for n, f in free.items() if able(f, *group)]
        asked, cost = [n for n in groups[group] if n in crew or (n, key[0]) not in x.recusals], {"1": ([], []), "0": ([], [])}
        for n, ticket in zip(asked, tickets_of(x, "officer", *key)([n.encode() for n in asked])):
            cost[free[n][3]][n not in crew].append(pot[n] + (int.from_bytes(ticket, "big") >> 256 - bits))
        (lead_in, lead_out), (rest_in, rest_out) = cost["1"], cost["0"]
        need(high(lead_in) <= low(lead_out) and high(rest_in) <= low(rest_out) and (not rest_in or high(rest_in) <= low(lead_out))
             and (len(rest_in) == size - 1 or high(lead_in) <= low(rest_out)), key[0] + ": a cheaper crew exists")
def step_result(x):
    for name, lines in ((n, lines_of(x.raw[n])) for n in ("drawn.txt", "crews.txt", "potentials.txt")):
        need(x.result["lists"][name] == {"count": len(lines), "root": root_of([lines], x.new)}, name + " is not the one in result.json")
    need(x.H(x.raw["result.json"]).hex() == x.drew["result"] == x.shown["result"], "result.json is not the one that was logged")
def verify(path, published=None):
    x, done, step = SimpleNamespace(published=published), [], "files"
    try:
        x.at = Path(path) if Path(path).is_dir() else zipfile.Path(path)
        x.names = [n for n in NAMES if (x.at / n).is_file()]
        x.raw = {n: (x.at / n).read_bytes() for n in x.names if n != "pool.txt"}
        for step in STEPS: globals()["step_" + step](x); done.append(step)
    except Exception as error:  # whatever is wrong in a bundle is a failure of the step that met it
        return {"ok": False, "failed_step": step, "reason": str(error) if isinstance(error, Fail) else f"malformed ({type(error).__name__}: {error})", "steps": done}
    return {"ok": True, "failed_step": None, "reason": "", "steps": done, "root": x.root, "drawn": len(x.targets), "crews": len(x.crews), "warnings": x.warnings}

if __name__ == "__main__":
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("bundle"); cli.add_argument("--root"); cli.add_argument("--json", action="store_true")
    args = cli.parse_args(); found = verify(args.bundle, args.root)
    said = "\n".join([f"OK {found['root']}", *(f"NOTE {w}" for w in found["warnings"])]) if found["ok"] else f"FAIL at {found['failed_step']}: {found['reason']}"
    print(json.dumps(found, ensure_ascii=False) if args.json else said); sys.exit(0 if found["ok"] else 5)
