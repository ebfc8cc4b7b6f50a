"""The proof bundle: every byte that a stranger needs to do the draw again, and the notice."""

import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskwarn.draw.assign import Assigned
from riskwarn.draw.canon import canonical, hasher, merkle_root
from riskwarn.draw.crews import VisitCount
from riskwarn.draw.events import Event
from riskwarn.draw.freeze import POOL, Frozen
from riskwarn.draw.lottery import Drawn
from riskwarn.draw.opening import opening_leaves, openings_tree
from riskwarn.draw.seed import Seed

HERE = Path(__file__).resolve().parent
SHIPPED = ("verify.py", "verify.html")
Body = bytes | Path  # what a file holds, or the file that holds it
_STAMP = (1980, 1, 1, 0, 0, 0)  # a zip must not carry the hour it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished draw: lists and result as bytes, ready to be logged and bundled."""

    files: Mapping[str, bytes]
    result: Mapping[str, Any]
    result_hash: str


def to_bytes(lines: Sequence[str]) -> bytes:
    """One line each, LF after every one."""
    return "".join(f"{line}\n" for line in lines).encode()


def frozen_files(frozen: Frozen) -> dict[str, Body]:
    """The files that exist after the freeze."""
    files: dict[str, Body] = {name: to_bytes(lines) for name, lines in frozen.lists.items()}
    return {"freeze.json": frozen.header_bytes, POOL: frozen.pool.source, **files}


def make_outcome(
    frozen: Frozen,
    seed: Seed,
    drawn: Drawn,
    assigned: Assigned,
    visits: VisitCount,
    salt_key: bytes = b"",
) -> Outcome:
    """Write targets, crews, potentials and the result as their canonical bytes.

    Takes:  salt_key, for the leaves of an unannounced draw (`opening.py`).
    """
    lists = {
        "drawn.txt": [
            f"{t.task_no}\t{t.stratum}\t{'R' if t.reserve else 'D'}\t{t.rank}\t{t.uscc}\t{t.ticket}"
            for t in drawn.targets
        ],
        "crews.txt": [
            f"{c.uscc}\t{c.department}\t{c.qualification}\t{','.join(c.tasks)}\t{','.join(c.officers)}"
            for c in assigned.crews
        ],
        "potentials.txt": [f"{number}\t{value}" for number, value in assigned.potentials],
    }
    new = hasher(frozen.header["hash"])
    result: dict[str, Any] = {
        "seats": [
            {
                "task": row.task_no,
                "stratum": row.stratum,
                "size": row.size,
                "quota_e4": row.quota_e4,
                "seats": row.seats,
                "capped": row.capped,
            }
            for row in drawn.seats
        ],
        "apart": visits.apart,
        "merged": visits.merged,
        "lists": {
            name: {
                "count": len(lines),
                "root": merkle_root((line.encode() for line in lines), new).hex(),
            }
            for name, lines in lists.items()
        },
    }
    if frozen.header["embargo"] and salt_key:
        leaves = opening_leaves(lists["drawn.txt"], lists["crews.txt"], salt_key)
        result["openings"] = openings_tree(leaves, frozen.header["hash"])
    files = {name: to_bytes(lines) for name, lines in lists.items()}
    files["result.json"] = canonical(result)
    files["seed.json"] = canonical(
        {
            "values": [
                {"name": v.name, "on": v.on.isoformat(), "value": v.value} for v in seed.values
            ],
            "shares": [{"name": s.name, "secret": s.secret} for s in seed.shares],
            "drawn_on": seed.drawn_on.isoformat(),
            "seed": seed.seed.hex(),
        }
    )
    digest = new(files["result.json"]).hexdigest()
    return Outcome(files=files, result=result, result_hash=digest)


def bundle_files(
    frozen: Frozen, outcome: Outcome, events: Sequence[Event], notice: str
) -> dict[str, Body]:
    """All files of the bundle by name, the two verifiers among them."""
    files: dict[str, Body] = {**frozen_files(frozen), **outcome.files}
    files["events.json"] = canonical([dict(event) for event in events])
    files["notice.txt"] = notice.encode()
    for name in SHIPPED:
        if (HERE / name).is_file():
            files[name] = (HERE / name).read_bytes()
    return dict(sorted(files.items()))


def write_folder(files: Mapping[str, Body], folder: Path) -> None:
    """Write files readable by their owner only (0600): a bundle is published on purpose."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in sorted(files.items()):
        path = folder / name
        if isinstance(body, Path):
            shutil.copyfile(body, path)
        else:
            path.write_bytes(body)
        os.chmod(path, 0o600)


def write_zip(files: Mapping[str, Body], path: Path) -> None:
    """Write one zip with fixed times and order: same files, same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            if isinstance(body, Path):
                info.file_size = body.stat().st_size
                with body.open("rb") as source, archive.open(info, "w") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
            else:
                archive.writestr(info, body)
    os.chmod(path, 0o600)
