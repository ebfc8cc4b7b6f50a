"""Random streams by name: a table that is added or left out never shifts another."""

import hashlib

import numpy as np


def stream(seed: int, name: str, part: int = 0) -> np.random.Generator:
    """Give the generator of one table and one block of enterprises.

    Takes:  seed ≥ 0; name of the table or of a step of it; part, the block's number.
    Gives:  PCG64 on a SeedSequence whose spawn key is the name's SHA-256 and the part.
    """
    words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:16], "<u4")
    key = (*(int(word) for word in words), part)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
