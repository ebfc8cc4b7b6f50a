"""A backup is a workspace of its own: the next night from it is the night of the original."""

from hashlib import sha256
from pathlib import Path

import pytest

from riskwarn.errors import ConfigError, DiskError, LockHeldError
from riskwarn.nightly import scan
from riskwarn.safekeeping import back_up_workspace
from riskwarn.store.lock import hold_lock
from riskwarn.workspace import Workspace
from tests.night.town import EARLIER, NIGHT, found_town, silent


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = found_town(tmp_path_factory.mktemp("town") / "ws", 60)
    scan(made, EARLIER, silent)
    return made


def published(ws: Workspace) -> dict[str, str]:
    folder = ws.out_dir / NIGHT.isoformat()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_night_from_the_backup_is_the_night_of_the_original(ws: Workspace, tmp_path: Path):
    copy = Workspace.open(back_up_workspace(ws, tmp_path / "copy"))
    scan(copy, NIGHT, silent)
    scan(ws, NIGHT, silent)
    assert published(copy) == published(ws)


def test_a_folder_in_use_or_inside_the_workspace_is_refused(ws: Workspace, tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    for folder in (tmp_path / "full", ws.root / "backup"):
        with pytest.raises(ConfigError) as caught:
            back_up_workspace(ws, folder)
        assert caught.value.problems[0].code == "W002"
    assert (tmp_path / "full" / "letter.txt").read_text() == "mine"


def test_while_another_run_works_no_backup_is_made(ws: Workspace, tmp_path: Path):
    with hold_lock(ws.store_dir, "夜间扫描"), pytest.raises(LockHeldError):
        back_up_workspace(ws, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_leaves_no_copy_that_could_be_taken_for_whole(tmp_path: Path):
    ws = found_town(tmp_path / "ws", 60)
    segment = next(path for path in sorted(ws.store_dir.rglob("*.parquet")))
    segment.write_bytes(segment.read_bytes()[:200])
    with pytest.raises(DiskError) as caught:
        back_up_workspace(ws, tmp_path / "copy")
    assert {problem.code for problem in caught.value.problems} == {"D006"}
    assert [path.name for path in tmp_path.iterdir()] == ["ws"]
