"""A person's decision on a lead, entered once and kept for good."""

from datetime import date

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.audit.tree import HashName
from riskwarn.errors import NothingToDoError, Problem, nearest
from riskwarn.leads.life import STATE_SCHEMA
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.terms import LeadState
from riskwarn.workspace import Workspace


def enter_decision(
    ws: Workspace, lead_id: str, state: LeadState, on: date, by: str, note: str
) -> bool:
    """Enter a decision and log it.

    Gives:  False when the very same decision was entered before.
    Raises: NothingToDoError S011 for a lead that was never opened by that day.
    """
    with hold_lock(ws.store_dir, "记入办理结果"), Store.open(ws) as store:
        known = store.lead_states_before(date.max, STATE_SCHEMA)["lead_id"].to_list()
        if lead_id not in known:
            hint = nearest(lead_id, known)
            raise NothingToDoError(Problem("S011", f"没有线索 {lead_id}", nearest=hint))
        name: HashName = "sm3" if _hash_name(ws, store) == "sm3" else "sha256"
        payload = {"lead": lead_id, "state": state.value, "on": on, "by": by, "note": note}
        leaf = log_leaf("decision", payload, name)
        new = store.decide(lead_id, state, on, by, note)
        if new:
            store.append_log([leaf], head_with(store.log_leaves(), [leaf], name))
        return new


def _hash_name(ws: Workspace, store: Store) -> str:
    heads = store.tree_heads()
    return heads[-1].hash_name if heads else ws.settings.hash
