"""Three hundred seeded mistakes in the shipped packs: each told at its line, with the cure."""

import shutil
from pathlib import Path

import pytest

from bench.fuzz_yaml import fuzz, used_features
from riskwarn.rules.pack import read_packs
from tests.rules.mistakes import KINDS, mistakes, small_packs

RULES = Path(__file__).resolve().parents[2] / "rules"
WANTED = 310


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("seeded") / "rules"
    made.mkdir()
    shutil.copy(RULES / "features.yaml", made)
    shutil.copytree(RULES / "lists", made / "lists")
    return made


def problems_of(folder, text):
    path = folder / "one.yaml"
    path.write_text(text, encoding="utf-8")
    found = read_packs(folder)[2]
    return [problem for problem in found if problem.severity == "error"]


def test_the_cut_packs_are_sound(folder):
    texts = [text for _, text in small_packs(RULES)]
    assert len(texts) > 20
    for text in texts[::7]:
        assert [str(problem) for problem in problems_of(folder, text)] == []


def test_every_seeded_mistake_is_told_at_its_line_with_its_cure(folder):
    made = mistakes(RULES, WANTED)
    assert len(made) >= 300
    assert {mistake.kind for mistake in made} >= set(list(KINDS)[:20])
    missed = []
    packs = {name for name, _ in small_packs(RULES)}
    for mistake in sorted(made, key=lambda one: one.pack):
        if mistake.pack in packs:  # a pack's features alone, once a pack: reading all costs most
            whole = (RULES / f"{mistake.pack}.yaml").read_bytes()
            features = used_features(RULES / "features.yaml", [whole])
            (folder / "features.yaml").write_text(features, encoding="utf-8")
            packs.remove(mistake.pack)
        here = [p for p in problems_of(folder, mistake.text) if p.place]
        at_line = [p for p in here if p.place.line == mistake.line]
        cured = [p for p in at_line if p.expected or p.nearest or _says_how(p.message)]
        if not cured:
            said = "；".join(str(p) for p in here[:3])
            missed.append(f"{mistake.kind} {mistake.pack}:{mistake.line}: {said}")
    assert not missed, "\n".join(missed)


def _says_how(message):
    """Some cures stand in the message itself."""
    return any(word in message for word in ("疑为", "应为", "应如", "要写成"))


def test_bent_packs_give_nothing_but_clean_errors():
    """The short form of `python -m bench.fuzz_yaml`, which bends 50,000 packs."""
    tally = fuzz(600, seed=11)
    assert tally.failures == []
    assert tally.refused > 500
    assert tally.sound + tally.refused == 600
