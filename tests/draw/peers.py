"""Published ways to draw at random, written after their own texts: anchors to compare with."""

import hashlib
import random


def rfc3797(key: str, size: int) -> list[tuple[str, int, int]]:
    """RFC 3797 §6: (MD5 hex, remaining, number selected) until the pool is empty."""
    left, rows = list(range(1, size + 1)), []
    for index in range(size):
        mark = index.to_bytes(2)
        digest = hashlib.md5(mark + key.encode() + mark).hexdigest()
        rows.append((digest.upper(), len(left), left.pop(int(digest, 16) % len(left))))
    return rows


def rivest(seed: str, total: int, count: int) -> list[int]:
    """Rivest's 2011 sampler: SHA-256 of `seed,i`, with duplicates."""
    return [
        int(hashlib.sha256(f"{seed},{i}".encode()).hexdigest(), 16) % total + 1
        for i in range(1, count + 1)
    ]


def consistent_ticket(unit: str, seed: str) -> str:
    """First ticket of Rivest's consistent_sampler 1.0.10: a decimal fraction, digits reversed."""
    inner = hashlib.sha256(seed.encode()).hexdigest()
    number = int(hashlib.sha256((inner + unit).encode()).hexdigest(), 16)
    return "0." + str(number).zfill(64)[::-1]


def naive_officers(officers: int, checks: int, rng: random.Random) -> list[tuple[int, int]]:
    """One random start, then round-robin in stored order: what one real system does."""
    start = rng.randrange(officers)
    return [((start + 2 * n) % officers, (start + 2 * n + 1) % officers) for n in range(checks)]
