"""The command: what it writes, what it refuses."""

import json

import pytest
import typer
from typer.testing import CliRunner

from riskwarn.commands.county import county
from riskwarn.errors import UsageError

app = typer.Typer()
app.command()(county)


def run(*words: str):
    return CliRunner().invoke(app, list(words))


def test_a_toy_town_is_made_and_told_as_json(tmp_path):
    done = run("--enterprises", "40", "--out", str(tmp_path), "--json", "--day2")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["rows"]["enterprise"] >= 40
    assert all((tmp_path / file).is_file() for file in told["files"])
    assert any(file.startswith("day2/") for file in told["files"])


def test_a_table_can_be_left_out_and_the_day_be_set(tmp_path):
    done = run(
        "--enterprises", "40", "--out", str(tmp_path), "--without", "tax_rating",
        "--as-of", "2024-06-30",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "inbox" / "tax_rating.parquet").exists()
    about = json.loads((tmp_path / "truth" / "county.json").read_text(encoding="utf-8"))
    assert about["settings"]["as_of"] == "2024-06-30"


def test_it_never_writes_over_deliveries(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "real.csv").write_text("统一社会信用代码\n", encoding="utf-8")
    done = run("--enterprises", "40", "--out", str(tmp_path))
    assert isinstance(done.exception, UsageError)
    with pytest.raises(UsageError, match="G002"):
        raise done.exception
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["real.csv"]
