"""The key of the person hashes: secret for real data, repeatable for made-up data."""

import pytest

from riskwarn.errors import DiskError
from riskwarn.store.keys import KEY_FILE, person_key
from riskwarn.workspace import Settings, Workspace


def test_a_key_is_made_once_and_only_its_owner_reads_it(ws):
    first = person_key(ws)
    assert len(first) == 32
    assert person_key(ws) == first
    assert (ws.store_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_two_workspaces_have_different_keys(tmp_path):
    one, two = (Workspace(tmp_path / name, Settings()) for name in "ab")
    assert person_key(one) != person_key(two)


def test_generated_data_has_a_key_that_follows_from_the_name_and_no_key_file(tmp_path):
    made = Settings(generated_data=True, name="county")
    one, two = Workspace(tmp_path / "a", made), Workspace(tmp_path / "b", made)
    assert person_key(one) == person_key(two)
    assert not (one.store_dir / KEY_FILE).exists()
    other = Workspace(tmp_path, Settings(generated_data=True, name="other"))
    assert person_key(other) != person_key(one)


def test_a_damaged_key_is_never_used(ws):
    person_key(ws)
    (ws.store_dir / KEY_FILE).write_bytes(b"short")
    with pytest.raises(DiskError, match="D004"):
        person_key(ws)
