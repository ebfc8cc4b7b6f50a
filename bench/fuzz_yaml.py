"""Fuzz the reading of rule packs: whatever is in a file, nothing comes but a clean error.

    python -m bench.fuzz_yaml --inputs 50000 --seed 1

Each input is a shipped pack of one rule, bent: bytes flipped, pieces cut, doubled, moved, joined
with pieces of others and with tokens that trip parsers. What counts as a failure: an exception
that is no message for a person, a problem without text or with a line past the end of its file,
or an input that takes longer than a second of CPU.
"""

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from riskwarn.rules.pack import read_packs
from tests.rules.mistakes import small_packs

ROOT = Path(__file__).resolve().parents[1]
SEEDS = 16  # packs that are bent; their features alone are read again for each input
SLOW_S = 1.0
SHOWN = 5
TOKENS = (
    b"{", b"}", b"[", b"]", b":", b"- ", b"&a ", b"*a", b"<<: *a\n", b"!!python/object:os.system ",
    b"!!binary ", b"? ", b"|\n", b">-\n", b"'", b'"', b"#", b"%YAML 9.9\n", b"---\n", b"...\n",
    b"\t", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xe2\x80\xa8",
    b"\xf0\x9f\x98\x80",
    "：".encode(), "，".encode(), "、".encode(), "［".encode(), "　".encode(), b"null", b"~",
    b".inf",
    b"-.inf", b".nan", b"0330", b"0x1F", b"1e999", b"9" * 40, b"12:30:00", b"2026-02-30", b"yes",
    b"$as_of", b"$", b"{{}}", b"{a}" * 9, b"[" * 40, b"{a: " * 40, b"- " * 60, b"on:", b"\n\n",
)  # fmt: skip


@dataclass
class Tally:
    """What came of the inputs."""

    inputs: int = 0
    sound: int = 0  # still a pack without a fault
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def bend(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Give a seed with one to eight wrongs done to it."""
    text = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(text) + 1)
        kind = dice.randrange(7)
        if kind == 0 and text:
            text[at % len(text)] = dice.randrange(256)
        elif kind == 1:
            del text[at : at + dice.randint(1, 60)]
        elif kind in (2, 3):
            text[at:at] = dice.choice(TOKENS)
        elif kind == 4:
            piece = text[at : at + dice.randint(1, 200)]
            to = dice.randrange(len(text) + 1)
            text[to:to] = piece
        elif kind == 5:
            other = dice.choice(seeds)
            start = dice.randrange(len(other))
            text[at:at] = other[start : start + dice.randint(1, 300)]
        else:
            lines = text.split(b"\n")
            dice.shuffle(lines) if dice.random() < 0.1 else lines.pop(dice.randrange(len(lines)))
            text = bytearray(b"\n".join(lines))
    return bytes(text)


def try_one(folder: Path, raw: bytes) -> tuple[bool, str]:
    """Read one input; give whether it was sound, and what went wrong with the reading itself."""
    (folder / "one.yaml").write_bytes(raw)
    lines = (
        raw.count(b"\n") + raw.count(b"\r") + raw.count(b"\xe2\x80\xa8") + raw.count(b"\xc2\x85")
    )
    lines += raw.count(b"\xe2\x80\xa9") + raw.count(b"\x0b") + raw.count(b"\x0c") + 2
    try:
        problems = read_packs(folder)[2]
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"
    for problem in problems:
        if not problem.message or not problem.code:
            return False, f"a problem without text: {problem!r}"
        if problem.place and problem.place.file.endswith("one.yaml") and problem.place.line > lines:
            return False, f"a line past the end: {problem}"
    return not problems, ""


def used_features(path: Path, seeds: Sequence[bytes]) -> str:
    """Keep the one-line declarations that the seeds need, and those that these rest on."""
    text = b"\n".join(seeds).decode()
    declared = {
        found[1]: line
        for line in path.read_text(encoding="utf-8").splitlines()
        if (found := re.match(r"  (\w+): \{", line))
    }
    kept: dict[str, str] = {}
    before = -1
    while before < len(kept):
        before = len(kept)
        wanted = set(re.findall(r"\w+", text + "".join(kept.values())))
        kept |= {name: line for name, line in declared.items() if name in wanted}
    return "riskwarn: 1\nfeatures:\n" + "".join(f"{kept[name]}\n" for name in sorted(kept))


def fuzz(inputs: int, seed: int, rules: Path = ROOT / "rules") -> Tally:
    """Bend and read so many inputs; the same seed bends the same way."""
    dice = random.Random(seed)
    seeds = dice.sample([text.encode() for _, text in small_packs(rules)], SEEDS)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="riskwarn-fuzz-") as made:
        folder = Path(made) / "rules"
        folder.mkdir()
        shutil.copytree(rules / "lists", folder / "lists")
        features = used_features(rules / "features.yaml", seeds)
        (folder / "features.yaml").write_text(features, encoding="utf-8")
        for number in range(inputs):
            raw = bend(dice, seeds)
            began = time.process_time()
            sound, wrong = try_one(folder, raw)
            spent = time.process_time() - began
            tally.inputs += 1
            tally.sound += sound
            tally.refused += not sound and not wrong
            tally.slowest_s = max(tally.slowest_s, spent)
            if spent > SLOW_S:
                wrong = wrong or f"took {spent:.1f} s"
            if wrong:
                tally.failures.append(f"input {number}: {wrong}")
    return tally


def main() -> None:
    """Fuzz and print one JSON object; exit 1 when anything but a clean error came."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.process_time()
    tally = fuzz(args.inputs, args.seed)
    told = {
        "inputs": tally.inputs,
        "seed": args.seed,
        "sound": tally.sound,
        "refused": tally.refused,
        "failures": len(tally.failures),
        "shown": tally.failures[:SHOWN],
        "slowest_s": round(tally.slowest_s, 3),
        "cpu_s": round(time.process_time() - began, 1),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
