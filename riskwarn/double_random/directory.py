"""Names behind a draw's codes, from the registers as known on the day of the freeze."""

from datetime import date

from riskwarn.double_random.register import last_is, open_snapshot
from riskwarn.draw.events import next_attempt
from riskwarn.outputs.gate import clean, mask_field
from riskwarn.records.draw import Directory
from riskwarn.records.snapshot import Snapshot
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.terms import Collected, PersonalData
from riskwarn.workspace import Workspace

HOMES = ("individual", None)  # where the place of business may be somebody's home


def read_directory(ws: Workspace, draw_id: str) -> Directory:
    """Give the names of everybody and everything drawn, for officers only.

    Gives:  drawn enterprises with their address (room masked where it may be a home), the
            departments and officers of the library.  Raises: NothingToDoError D191.
    """
    with Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        last_is(events, draw_id, ("publish",))
        frozen_on = [event["on"] for event in events if event["kind"] == "freeze"][-1]
        files = kept.read_files(store, draw_id, next_attempt(events) - 1, only=("crews.txt",))
        drawn = {line.split("\t")[0] for line in files["crews.txt"].decode().splitlines()}
        with open_snapshot(ws, store, date.fromisoformat(frozen_on)) as snapshot:
            return Directory(
                enterprises=_enterprises(snapshot, sorted(drawn)),
                departments=_names(snapshot, "department", "department_code"),
                officers=_names(snapshot, "officer", "officer_no"),
            )


def _enterprises(snapshot: Snapshot, drawn: list[str]) -> dict[str, tuple[str, str]]:
    import polars as pl

    fields = ("uscc", "name", "address", "kind")
    found = snapshot.scan("enterprise").filter(pl.col("uscc").is_in(drawn)).select(fields)
    frame = found.collect(engine="streaming")
    shown = {}
    for uscc, name, address, kind in frame.sort("uscc").iter_rows():
        personal = PersonalData.ADDRESS if kind in HOMES else PersonalData.NONE
        shown[uscc] = (clean(name), mask_field(address, personal))
    return shown


def _names(snapshot: Snapshot, table: str, key: str) -> dict[str, str]:
    if snapshot.collected(table) is Collected.MISSING:
        return {}
    rows = snapshot.scan(table).select(key, "name").collect().iter_rows()
    return {code: clean(name) for code, name in rows}
