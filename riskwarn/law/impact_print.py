"""Impacts as flat rows: one a citation, the same columns in CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import date

from riskwarn.law.impact import ClauseImpact, Impact
from riskwarn.law.lineage_kinds import Substance
from riskwarn.records.law import ClauseRef

COLUMNS = [
    "item_code",
    "item_name",
    "law",
    "old_version",
    "article",
    "paragraph",
    "item",
    "label",
    "new_version",
    "new_effective",
    "status",
    "new_law",
    "new_article",
    "new_paragraph",
    "new_item",
    "new_refs",
    "substance",
    "substance_also",
    "article_changed",
    "affects_item",
    "confidence",
    "note",
]


_YES_NO = {True: "yes", False: "no", None: "unknown"}


def impact_row(impact: Impact) -> dict[str, str]:
    """Give an impact as a flat row of text; empty where not given."""
    own = {"item_code": impact.item_code, "item_name": impact.item_name}
    return own | clause_row(impact.clause)


def clause_row(clause: ClauseImpact) -> dict[str, str]:
    """The part of the row that every item with this citation shares."""
    main = clause.places[0] if clause.places else None
    new = clause.new_version
    refs = [_ref(place, "main") for place in clause.places]
    refs += [_ref(place, "related") for place in clause.related]
    return {
        "law": clause.cited.law,
        "old_version": _text(clause.cited.version_on),
        "article": _text(clause.cited.article),
        "paragraph": _text(clause.cited.paragraph),
        "item": _text(clause.cited.item),
        "label": clause.cited.label,
        "new_version": _text(new.promulgated_on if new else None),
        "new_effective": _text(clause.new_effective),
        "status": clause.status.value,
        "new_law": new.title if new else "",
        "new_article": _text(main.article if main else None),
        "new_paragraph": _text(main.paragraph if main else None),
        "new_item": _text(main.item if main else None),
        "new_refs": json.dumps(refs, ensure_ascii=False),
        "substance": _substance(clause.change.kind),
        "substance_also": ";".join(_substance(kind) for kind in clause.change.also),
        "article_changed": "yes" if clause.article_changed else "no",
        "affects_item": _YES_NO[clause.affects],
        "confidence": clause.confidence,
        "note": clause.note,
    }


def _substance(kind: Substance) -> str:
    return "other" if kind is Substance.REFERENCE else kind.value


def _ref(ref: ClauseRef, role: str) -> dict[str, object]:
    return {
        "law": ref.law,
        "version": _text(ref.version_on),
        "article": ref.article,
        "paragraph": ref.paragraph,
        "item": ref.item,
        "role": role,
    }


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def write_impacts(impacts: Iterable[Impact]) -> str:
    """Print impacts as CSV, one row a citation."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    kept: dict[ClauseRef, list[str]] = {}  # many items cite the same clause
    for impact in impacts:
        cited = impact.clause.cited
        if cited not in kept:
            kept[cited] = list(clause_row(impact.clause).values())
        writer.writerow([impact.item_code, impact.item_name, *kept[cited]])
    return buffer.getvalue()
