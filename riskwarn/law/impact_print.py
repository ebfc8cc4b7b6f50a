"""Impacts as flat rows: one a citation, the same columns in CSV and JSON."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from riskwarn.law.impact import ClauseImpact, Impact
from riskwarn.law.lineage_kinds import LABELS, Substance
from riskwarn.law.proposals import FATES
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
    tails: dict[ClauseRef, str] = {}  # many items cite the same clause
    names: dict[str, str] = {}
    lines = [_line(COLUMNS)]
    for impact in impacts:
        cited, name = impact.clause.cited, impact.item_name
        tail = tails.get(cited)
        if tail is None:
            tail = tails[cited] = _line(list(clause_row(impact.clause).values()))
        shown = names.get(name)
        if shown is None:
            shown = names[name] = _line([impact.item_code, name]).partition(",")[2].rstrip("\n")
        lines.append(f"{impact.item_code},{shown},{tail}")
    return "".join(lines)


def impact_lines(impacts: Sequence[Impact]) -> Iterator[str]:
    """Say impacts one a line, and how many citations and items they touch."""
    for one in impacts:
        clause = one.clause
        where = "、".join(place.label for place in clause.places)
        place = f" → {where}" if where else ""
        kinds = [LABELS[kind] for kind in (clause.change.kind, *clause.change.also)]
        told = clause.old_text and clause.new_text and clause.change.kind is not Substance.NONE
        look = "，请核对" if clause.confidence != "high" else ""
        note = f"（{clause.note}）" if clause.note else ""
        kind = f"：{'、'.join(kinds)}" if told else ""
        fate = FATES[clause.status]
        yield f"{one.item_code} {clause.cited.label}{place}  {fate}{kind}{look}{note}"
    counts = Counter(one.clause.status for one in impacts)
    parts = "；".join(f"{label} {counts[fate]}" for fate, label in FATES.items() if counts[fate])
    yield f"涉及引用 {len(impacts)} 处" + (f"：{parts}" if parts else "")
    touched = len({one.item_code for one in impacts if one.clause.affects})
    unknown = len({one.item_code for one in impacts if one.clause.affects is None})
    more = f"，有引用无法判断的事项 {unknown} 个" if unknown else ""
    yield f"须人工处理的事项 {touched} 个{more}"


def _line(cells: list[str]) -> str:
    """One line of CSV; item codes are digits and capitals and never need quotes."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
