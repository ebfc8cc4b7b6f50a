"""The loop closed: a draw's results become rows that nights and models read, with their chance."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn import double_random, results_back
from riskwarn.commands.results import app as results_app
from riskwarn.errors import NothingToDoError
from riskwarn.importing import import_into
from riskwarn.model.labels import selection
from riskwarn.records.draw import Directory
from riskwarn.results_back.records import write_records
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from tests.draw import test_county_draw as made
from tests.draw.test_county_draw import DRAW, fill

ON = date(2025, 12, 20)
county, drawn = made.county, made.drawn  # fixtures


def test_a_draw_s_results_reach_the_inspection_table_with_their_chance(
    county, drawn, tmp_path: Path
):
    with pytest.raises(NothingToDoError, match="D194"):
        write_records(county, DRAW, ON)
    lists = results_back.write_work_lists(county, DRAW, Directory())
    words = ("通过登记的住所（经营场所）无法联系", "未发现问题")
    for number, path in enumerate(lists):
        filled = fill(path, tmp_path / f"{number}.xlsx", word=words[number % 2])
        results_back.import_results(county, DRAW, filled, ON)
    done = CliRunner().invoke(
        results_app, ["records", DRAW, "--on", ON.isoformat(), "-w", str(county.root)]
    )
    assert done.exit_code == 0, done.exception
    path, count = write_records(county, DRAW, ON)
    before = path.read_bytes()
    assert write_records(county, DRAW, ON) == (path, count)
    assert path.read_bytes() == before
    import_into(county, [path], delivered_on=ON)
    with Store.open(county) as store:
        targets = {(t["task_no"], t["uscc"]): t for t in kept.targets_of(store, DRAW)}
        with double_random.open_snapshot(county, store, ON) as snapshot:
            rows = snapshot.scan("inspection").filter(pl.col("plan_no") == DRAW).collect()
        with double_random.open_snapshot(county, store, date(2025, 12, 19)) as earlier:
            early = earlier.scan("inspection").filter(pl.col("plan_no") == DRAW).collect()
    assert rows.height == count > 10
    assert early.height == 0  # nobody knew before the results came in
    assert rows["problem"].to_list() == [
        results == "no_contact" for results in rows["results"].to_list()
    ]
    for row in rows.iter_rows(named=True):
        target = targets[row["task_no"], row["uscc"]]
        chance = target["chance_num"] / target["chance_den"]
        assert row["selection_ppm"] == pytest.approx(1_000_000 * chance, abs=0.5)
        assert row["selected_by"] == "random"
    random, inverse = selection(1000.0)
    weighed = rows.select(random=random, inverse=inverse)
    assert weighed["random"].all()
    assert weighed["inverse"].to_list() == pytest.approx(
        (1_000_000 / rows["selection_ppm"]).to_list()
    )
