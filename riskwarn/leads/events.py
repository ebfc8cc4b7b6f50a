"""What the night did to each lead, for the store's history."""

from datetime import date

from riskwarn.records.leads import GoneLead, Lead, LeadChange
from riskwarn.records.ledger import LeadEvent


def lead_events(
    leads: tuple[Lead, ...], gone: tuple[GoneLead, ...], as_of: date, run_key: str
) -> tuple[LeadEvent, ...]:
    """Give one event for each lead that was opened, reopened, changed or is gone, by lead_id.

    A lead that stays as it was leaves no event; its state says that it was seen.
    """
    events = [
        LeadEvent(
            lead_id=lead.lead_id,
            on=as_of,
            kind=_kind(lead),
            state=lead.state,
            run_key=run_key,
            payload={
                "score": lead.score,
                "severity": lead.severity.value,
                "department_code": lead.department_code,
                "deadline_on": lead.deadline_on.isoformat(),
                "rules": [f"{signal.rule_id}@{signal.rule_version}" for signal in lead.signals],
            },
        )
        for lead in leads
        if lead.change is not LeadChange.SAME
    ]
    events += [
        LeadEvent(
            lead_id=lead.lead_id,
            on=as_of,
            kind="gone",
            state=lead.state,
            run_key=run_key,
            payload={"reason": lead.reason.value, "score": lead.score},
        )
        for lead in gone
    ]
    return tuple(sorted(events, key=lambda event: (event.lead_id, event.kind)))


def _kind(lead: Lead) -> str:
    if lead.reopened:
        return "reopened"
    return "opened" if lead.change is LeadChange.NEW else "updated"
