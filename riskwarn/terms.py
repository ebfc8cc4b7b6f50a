"""The words of the field that code branches on: one word, one meaning."""

from enum import StrEnum


class RiskClass(StrEnum):
    """信用风险分类, lowest risk first."""

    A, B, C, D = "A", "B", "C", "D"


class Severity(StrEnum):
    """How much a rule's hit weighs."""

    LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"


class Collected(StrEnum):
    """Whether a table can be believed on the day: unknown is not no."""

    FRESH, STALE, MISSING = "fresh", "stale", "missing"


class LeadState(StrEnum):
    """Where a lead stands in its life."""

    NEW, ASSIGNED, IN_REVIEW = "new", "assigned", "in_review"
    CONFIRMED, UNFOUNDED, DATA_ERROR, REFERRED = "confirmed", "unfounded", "data_error", "referred"
    CLOSED = "closed"


class PersonalData(StrEnum):
    """What a column may reveal of a person; the output gate masks by it."""

    NONE, NAME, ID_NUMBER, PHONE, ADDRESS = "none", "name", "id_number", "phone", "address"


class SelectedBy(StrEnum):
    """Why an enterprise was inspected; only RANDOM gives unbiased labels."""

    RANDOM, RISK, COMPLAINT, OTHER = "random", "risk", "complaint", "other"
