"""What legal staff are asked: one row a touched citation, with both texts and a proposed place."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from riskwarn.law.impact import ClauseImpact, ImpactFinder
from riskwarn.law.lineage_clauses import Fate
from riskwarn.law.lineage_kinds import LABELS, Substance
from riskwarn.law.pins import Pinner, write_pins
from riskwarn.records.law import ClauseRef, SupervisionItem

FATES: Mapping[Fate, str] = {
    Fate.UNCHANGED: "未变",
    Fate.RENUMBERED: "条号变动",
    Fate.CHANGED_HERE: "文字修改",
    Fate.CHANGED_MOVED: "文字修改并移条",
    Fate.SPLIT: "拆分",
    Fate.MERGED: "合并",
    Fate.GONE: "删除，无对应条款",
    Fate.REPLACED: "由另一部法取代",
    Fate.PENDING: "已公布，尚未施行",
    Fate.UNKNOWN: "无法判断",
}
REMOVE = "删去这一依据"
NOTHING = "（无）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place where a citation may live now: its label, and the pin as it stands in a cell."""

    label: str
    pin: str
    law: str
    version_on: str  # ISO date of promulgation, "" where it is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One citation of one item, what became of it, and where it is proposed to live.

    `file` is the list's name in the items folder, `old` the pin as it stands in its cell; `remove`
    says that leaving the basis out is what is proposed.
    """

    key: str
    file: str
    code: str
    name: str
    old: str
    old_label: str
    fate: str
    kinds: str
    formal: bool
    old_text: str
    new_text: str
    places: tuple[Place, ...]
    others: tuple[Place, ...]
    remove: bool
    commences: str
    confidence: str
    note: str

    @property
    def proposed(self) -> str:
        """The proposal in words: the places, the removal, or that there is none."""
        told = "；".join(place.label for place in self.places)
        return told or (REMOVE if self.remove else NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All proposals that were handed out together; the id follows from what they say."""

    id: str
    start: date
    end: date
    rows: tuple[Proposal, ...]


def make_batch(rows: Sequence[Proposal], start: date, end: date, after: int) -> Batch:
    """Give proposals their common id.

    Takes:  after, how many batches were decided before: what is put off comes again under
            another id, while asking twice gives the same.
    """
    text = "\n".join(
        [start.isoformat(), end.isoformat(), str(after), *(_line(row) for row in rows)]
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Batch(id=f"B{digest[:16]}", start=start, end=end, rows=tuple(rows))


def _line(row: Proposal) -> str:
    return json.dumps(asdict(row), ensure_ascii=False, sort_keys=True)


def write_batch(batch: Batch) -> str:
    """Print a batch as JSON lines: its head, then one line a proposal."""
    head = {"id": batch.id, "from": batch.start.isoformat(), "to": batch.end.isoformat()}
    lines = [json.dumps(head, ensure_ascii=False, sort_keys=True), *(_line(r) for r in batch.rows)]
    return "\n".join(lines) + "\n"


def read_batch(text: str) -> Batch:
    """Read what `write_batch` printed."""
    head, *lines = text.splitlines()
    told = json.loads(head)
    rows = tuple(_proposal(json.loads(line)) for line in lines)
    start, end = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    return Batch(id=told["id"], start=start, end=end, rows=rows)


def _proposal(row: dict[str, Any]) -> Proposal:
    lists: dict[str, Any] = {}
    for name in ("places", "others"):
        lists[name] = tuple(Place(**one) for one in row.pop(name))
    return Proposal(**row, **lists)


def propose(
    finder: ImpactFinder, pinner: Pinner, items: Iterable[tuple[str, SupervisionItem]]
) -> list[Proposal]:
    """Make the proposals for all citations that a change of law touches.

    Takes:  items with the name of their list; those that are not in effect on the finder's last
            day are left out, and so are citations that a change leaves as they were.
    Gives:  proposals in the order of lists and items; a citation that stands twice, once.
    """
    rows: list[Proposal] = []
    for file, item in items:
        if not item.live(finder.end):
            continue
        for pin in dict.fromkeys(item.citations):
            clause = finder.clause(pin)
            if clause is not None and (clause.affects or _worth_a_look(clause)):
                rows.append(_row(file, item, write_pins([pin]), clause, pinner))
    return rows


def _worth_a_look(clause: ClauseImpact) -> bool:
    """Unknown, but the book has a text to compare with; of a law it lacks nothing can be asked."""
    return clause.affects is None and bool(clause.places)


def _row(
    file: str, item: SupervisionItem, old: str, clause: ClauseImpact, pinner: Pinner
) -> Proposal:
    kinds = [LABELS[kind] for kind in (clause.change.kind, *clause.change.also)]
    if clause.change.kind is Substance.NONE:
        kinds = ["文字未变"]
    main = tuple(_place(ref, pinner) for ref in clause.places)
    on = f"（{clause.cited.version_on} 公布）" if clause.cited.version_on else ""
    told: dict[str, Any] = {
        "file": file,
        "code": item.code,
        "name": item.name,
        "old": old,
        "old_label": clause.cited.label + on,
        "fate": FATES[clause.status],
        "kinds": "、".join(kinds) if clause.old_text and clause.new_text else "",
        "formal": clause.change.formal and clause.status is not Fate.UNKNOWN,
        "old_text": clause.old_text or _text(pinner, clause.cited),
        "new_text": clause.new_text,
        "remove": clause.status is Fate.GONE,
        "commences": clause.new_effective.isoformat() if clause.new_effective else "",
        "confidence": "高" if clause.confidence == "high" else "中，请核对",
        "note": clause.note,
    }
    others = tuple(_place(ref, pinner) for ref in clause.related if ref not in clause.places)
    text = json.dumps([told, [p.pin for p in main]], ensure_ascii=False, sort_keys=True)
    key = f"R{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return Proposal(key=key, places=main, others=others, **told)


def _place(ref: ClauseRef, pinner: Pinner) -> Place:
    pin = write_pins([pinner.pin_ref(ref, ref.label)])
    on = ref.version_on.isoformat() if ref.version_on else ""
    return Place(label=ref.label, pin=pin, law=ref.law, version_on=on)


def _text(pinner: Pinner, ref: ClauseRef) -> str:
    found = pinner.book.resolve(ref).clause
    return found.text if found else ""
