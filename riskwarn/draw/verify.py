"""Verify a riskwarn draw with nothing but Python 3.9+: python verify.py BUNDLE [--root HEX] [--json]

BUNDLE is a folder or zip.  --root is the freeze's hash as it was published before the draw: with it,
nobody can have swapped the whole bundle.  Exit code 0: everything recomputed and equal; 5: it is not.
Independent on purpose: it shares no line with the program that draws.
"""

import heapq
import json
import sys
import zipfile
from hashlib import algorithms_available, new as hash_new, sha256
from pathlib import Path
from types import SimpleNamespace

NAMES = ("freeze.json", "pool.txt", "officers.txt", "recusals.txt", "seed.json", "drawn.txt", "crews.txt",
         "potentials.txt", "result.json", "events.json")


class Fail(Exception):
    pass


def need(truth, reason):
    if not truth:
        raise Fail(reason)


def sm3(data):  # GB/T 32905-2016; used only where OpenSSL has no sm3
    rot = lambda x, n: ((x << n % 32) | (x >> (32 - n % 32))) & 0xFFFFFFFF if n % 32 else x
    v = [int("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e"[i:i + 8], 16) for i in range(0, 64, 8)]
    m = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (len(data) * 8).to_bytes(8, "big")
    for at in range(0, len(m), 64):
        w = [int.from_bytes(m[at + i:at + i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rot(w[j - 3], 15)
            w.append(x ^ rot(x, 15) ^ rot(x, 23) ^ rot(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            s1 = rot((rot(a, 12) + e + rot(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            t1 = ((a ^ b ^ c if j < 16 else a & b | a & c | b & c) + d + (s1 ^ rot(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            t2 = ((e ^ f ^ g if j < 16 else e & f | ~e & g) + h + s1 + w[j]) & 0xFFFFFFFF
            d, c, b, a, h, g, f, e = c, rot(b, 9), a, t1, g, rot(f, 19), e, t2 ^ rot(t2, 9) ^ rot(t2, 17)
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in v)


def prefixed(*parts):
    raws = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(len(r).to_bytes(4, "big") + r for r in raws)


def canonical(value):
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def root_of(lines, H):
    level = [H(b"\0" + line) for line in lines]
    if not level:
        return H(b"").hex()
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [H(b"\1" + a + b) for a, b in zip(level[::2], level[1::2])] + odd
    return level[0].hex()


def ticket_of(x, *context):
    inner = bytes(c ^ 0x36 for c in x.seed.ljust(64, b"\0")) + prefixed(x.head["format"], *context)
    outer, H = bytes(c ^ 0x5C for c in x.seed.ljust(64, b"\0")), x.H
    return lambda unit: H(outer + H(inner + prefixed(unit)))


def lines_of(raw):
    need(not raw or raw.endswith(b"\n"), "a list does not end with a line end")
    return raw.split(b"\n")[:-1]


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a key occurs twice in JSON")
    return dict(pairs)


def step_files(x):
    need(all(name in x.raw for name in NAMES), "missing: " + ", ".join(n for n in NAMES if n not in x.raw))
    x.head, x.seed_file, x.result, x.events = (json.loads(x.raw[n + ".json"], object_pairs_hook=unique) for n in ("freeze", "seed", "result", "events"))
    need(x.head["format"] == "riskwarn-draw-1" and canonical(x.head) == x.raw["freeze.json"], "freeze.json is not in canonical form")
    need(x.head["hash"] in ("sha256", "sm3"), "unknown hash")
    fast = (lambda d: hash_new("sm3", d).digest()) if "sm3" in algorithms_available else sm3
    x.H = (lambda d: sha256(d).digest()) if x.head["hash"] == "sha256" else fast
    x.root = x.H(b"\0" + x.raw["freeze.json"]).hex()
    need(x.published_root in (None, x.root), "the freeze is not the one whose hash was published")


def step_events(x):
    prev, on, attempt, open_freeze, kinds = "", "", 0, False, []
    for e in x.events:
        need(e["prev"] == prev, "the chain of events is broken")
        need(len(e["on"]) == 10 and e["on"] >= on, "an event is dated before the one it follows")
        prev, on = x.H(canonical(e)).hex(), e["on"]
        if e["kind"] == "freeze":
            need(not open_freeze and e["attempt"] == attempt + 1, "a second freeze without a void record, or a wrong attempt number")
            attempt, open_freeze, kinds, root, frozen_on = e["attempt"], True, ["freeze"], e["root"], on
        elif e["kind"] == "void":
            need(open_freeze and e["reason"].strip() and e["by"] and e["second"] and e["by"] != e["second"], "a void record needs a reason and two persons")
            open_freeze = False
        else:
            kinds.append(e["kind"])
            setattr(x, "event_" + e["kind"], e)
    need(open_freeze and kinds == ["freeze", "seed", "draw", "publish"], "the events are not freeze, seed, draw, publish")
    need(root == x.root and frozen_on == x.head["frozen_on"] and attempt == x.head["attempt"], "the freeze event is not about this freeze")


def step_freeze_date(x):
    days = [s["on"] for s in x.head["sources"]]
    need(days and all(len(d) == 10 and x.head["frozen_on"] < d for d in days), "the freeze is not before the seed's public values")
    need(max(days) <= x.seed_file["drawn_on"] == x.event_seed["on"] <= x.event_draw["on"], "drawn before the seed's public values")
    need(x.head["as_of"] <= x.head["frozen_on"], "the register is of a day after the freeze")


def step_lists(x):
    for name in ("pool.txt", "officers.txt", "recusals.txt"):
        lines, want = lines_of(x.raw[name]), x.head["lists"][name]
        need(len(lines) == want["count"] and root_of(lines, x.H) == want["root"], name + " is not the frozen list")
        need(all(a < b for a, b in zip(lines, lines[1:])), name + " is not sorted or has doubles")
    x.pool = [line.split("\t") for line in x.raw["pool.txt"].decode().splitlines()]
    need(all(a[0] != b[0] for a, b in zip(x.pool, x.pool[1:])), "an enterprise twice in the pool")
    x.officers = {f[0]: f for f in (line.split("\t") for line in x.raw["officers.txt"].decode().splitlines())}
    x.recusals = {tuple(line.split("\t")) for line in x.raw["recusals.txt"].decode().splitlines()}


def step_seed(x):
    s, h = x.seed_file, x.head
    need([(v["name"], v["on"]) for v in s["values"]] == [(v["name"], v["on"]) for v in h["sources"]], "other sources than those named")
    need(all(v["value"] for v in s["values"]) and [v["name"] for v in s["shares"]] == [v["name"] for v in h["shares"]], "a value or share is missing")
    for share, frozen in zip(s["shares"], h["shares"]):
        need(x.H(prefixed(h["format"], "share", share["name"], share["secret"])).hex() == frozen["commitment"], "a share is not what was committed")
    parts = [p for v in s["values"] for p in (v["name"], v["on"], v["value"])] + [p for v in s["shares"] for p in (v["name"], v["secret"])]
    x.seed = x.H(prefixed(h["format"], "seed", x.root, str(h["attempt"]), *parts))
    need(x.seed.hex() == s["seed"] == x.event_seed["seed"], "the seed does not follow from its sources")


def step_class(x):
    lines = "".join(f[0] + "\t" + f[3] + "\n" for f in x.pool)
    need(sha256(lines.encode()).hexdigest() == x.head["class_sha256"], "classes differ from the snapshot")
    for f in x.pool:
        for s in f[5].split("|"):
            need(s[0] == "!" or s == (f[3] or "U"), f[0] + " stands in a stratum that is not its class")


def step_quota(x):
    x.members = [{} for _ in x.head["tasks"]]
    for f in x.pool:
        for at, s in enumerate(f[5].split("|")):
            x.members[at].setdefault(s, []).append(f)
    for task, members in zip(x.head["tasks"], x.members):
        r = task["ratios_bp"]
        need(r["A"] <= r["B"] <= r["C"] <= r["D"], "ratios fall with risk")
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
            seat_rows.append(dict(task=task["task"], stratum=s["name"], size=s["size"], quota_e4=s["quota_e4"], seats=seats, capped=len(group) - len(free)))
            ticket, most = ticket_of(x, "target", task["task"], s["name"]), seats - (-seats * task["reserve_bp"] // 10000)
            best = heapq.nsmallest(most, ((ticket(f[0]), f[0], f) for f in free))
            for rank, (number, uscc, f) in enumerate(best, 1):
                rows.append("\t".join((task["task"], s["name"], "R" if rank > seats else "D", str(rank), uscc, number.hex())))
                if rank <= seats:
                    taken[uscc, who(f, task)] = taken.get((uscc, who(f, task)), 0) + 1
                    x.targets.append((task, f))
    need(seat_rows == x.result["seats"], "seats do not follow from quotas and seed")
    need(rows == x.raw["drawn.txt"].decode().splitlines(), "drawn.txt is not what the tickets give")


def step_crews(x):
    want, apart = {}, 0
    for task, f in x.targets:
        for d in task["demands"]:
            apart += 1
            want.setdefault((f[0], f[2] if d["department"] == "in_charge" else d["department"], d["qualification"]), []).append((task["task"], f[1]))
    x.crews = [line.split("\t") for line in x.raw["crews.txt"].decode().splitlines()]
    need([c[:4] for c in x.crews] == [[*k, ",".join(sorted(t for t, _ in v))] for k, v in sorted(want.items())], "the crews are not those that the tasks ask for")
    need((x.result["apart"], x.result["merged"]) == (apart, len({k[0] for k in want})), "visits are counted wrongly")
    x.regions = {k: v[0][1][:x.head["rules"]["region_digits"]] for k, v in want.items()}


def step_officers(x):
    size, x.load = x.head["rules"]["officers_per_check"], {n: 0 for n in x.officers}
    need(size >= 2, "fewer than two officers a check")
    for uscc, department, held, _, names in x.crews:
        crew = names.split(",")
        need(len(set(crew)) == len(crew) == size, uscc + ": wrong number of officers")
        for n in crew:
            f = x.officers.get(n)
            need(f and not f[7] and f[1] == department and (not held or held in f[4].split(",")) and f[2].startswith(x.regions[uscc, department, held]), f"{n} may not check {uscc}")
            need((n, uscc) not in x.recusals, f"{n} must recuse from {uscc}")
            x.load[n] += 1
        need(any(x.officers[n][3] == "1" for n in crew), uscc + ": no lead inspector")
    need(all(int(f[5]) + x.load[n] <= int(f[6]) for n, f in x.officers.items()), "an officer has more checks than allowed")


def step_optimal(x):
    bits, size = x.head["rules"]["cost_bits"], x.head["rules"]["officers_per_check"]
    able = {n: f for n, f in x.officers.items() if not f[7]}
    pot = dict(line.split("\t") for line in x.raw["potentials.txt"].decode().splitlines())
    pot, groups = {n: int(v) for n, v in pot.items()}, {}
    need(list(pot) == list(able), "potentials are not those of the officers")
    for n, f in able.items():
        load, most = int(f[5]) + x.load[n], int(f[6])
        need((load == most or pot[n] <= load + 1 << bits) and (not x.load[n] or pot[n] >= load << bits), f"{n}: the load is not level")
    for uscc, department, held, _, names in x.crews:
        crew, key = set(names.split(",")), (department, held, x.regions[uscc, department, held])
        if key not in groups:
            groups[key] = [n for n, f in able.items() if f[1] == key[0] and (not held or held in f[4].split(",")) and f[2].startswith(key[2])]
        ticket, cost = ticket_of(x, "officer", uscc, department, held), {"1": ([], []), "0": ([], [])}
        for n in groups[key]:
            if n in crew or (n, uscc) not in x.recusals:
                cost[able[n][3]][n not in crew].append(pot[n] + (int.from_bytes(ticket(n), "big") >> 256 - bits))
        top, low = -(1 << 80), 1 << 80
        a, b, p, q = max(cost["1"][0], default=top), min(cost["1"][1], default=low), max(cost["0"][0], default=top), min(cost["0"][1], default=low)
        m = len(cost["0"][0])
        need(a <= b and p <= q and (m == size - 1 or a <= q) and (m == 0 or p <= b), uscc + ": a cheaper crew exists")


def step_result(x):
    for name in ("drawn.txt", "crews.txt", "potentials.txt"):
        need(x.result["lists"][name] == {"count": len(lines_of(x.raw[name])), "root": root_of(lines_of(x.raw[name]), x.H)}, name + " is not the one in result.json")
    need(canonical(x.result) == x.raw["result.json"], "result.json is not in canonical form")
    need(x.H(x.raw["result.json"]).hex() == x.event_draw["result"] == x.event_publish["result"], "result.json is not the one that was logged")


def verify(path, published_root=None):
    x, at = SimpleNamespace(published_root=published_root), Path(path)
    done, step = [], "files"
    try:
        if at.is_dir():
            x.raw = {n: (at / n).read_bytes() for n in NAMES if (at / n).is_file()}
        else:
            with zipfile.ZipFile(at) as z:
                x.raw = {n: z.read(n) for n in NAMES if n in z.namelist()}
        for step in STEPS:
            globals()["step_" + step](x)
            done.append(step)
    except Exception as error:  # whatever is wrong in a bundle is a failure of the step that met it
        reason = str(error) if isinstance(error, Fail) else f"malformed ({type(error).__name__}: {error})"
        return {"ok": False, "failed_step": step, "reason": reason, "steps": done}
    return {"ok": True, "failed_step": None, "reason": "", "steps": done, "root": x.root, "enterprises": len(x.pool), "drawn": len(x.targets), "crews": len(x.crews)}


STEPS = ("files", "events", "freeze_date", "lists", "seed", "class", "quota", "targets", "crews", "officers", "optimal", "result")

if __name__ == "__main__":
    args = [a for a in sys.argv[1:] if a != "--json"]
    root = args.pop(args.index("--root") + 1) if "--root" in args else None
    if len([a for a in args if a != "--root"]) != 1:
        sys.exit(__doc__)
    found = verify(next(a for a in args if a != "--root"), root)
    print(json.dumps(found, ensure_ascii=False) if "--json" in sys.argv else "OK " + found["root"] if found["ok"] else f"FAIL at {found['failed_step']}: {found['reason']}")
    sys.exit(0 if found["ok"] else 5)
