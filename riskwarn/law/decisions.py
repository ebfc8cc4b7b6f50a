"""A filled workbook read cell by cell: every decision checked before any of them counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.law.book import LawBook
from riskwarn.law.pins import write_pins
from riskwarn.law.proposals import Batch, Proposal
from riskwarn.records.law import CitationStatus, ClauseRef, PinnedCitation

ACCEPT, CHANGE, DEFER, RETIRE = "接受", "改为", "暂缓", "事项停用"
CHOICES = (ACCEPT, CHANGE, DEFER, RETIRE)
BATCH, KEY, DECISION, INSTEAD, REASON = "批次", "行标识", "决定", "改为条款", "理由"
_LOCKED: Mapping[str, Callable[[Proposal], str]] = {
    "事项编码": lambda row: row.code,
    "事项名称": lambda row: row.name,
    "现引条款": lambda row: row.old_label,
    "变动": lambda row: row.fate,
    "变动种类": lambda row: row.kinds,
    "原文": lambda row: row.old_text,
    "新文": lambda row: row.new_text,
    "建议": lambda row: row.proposed,
    "其他可能": lambda row: "；".join(place.label for place in row.others),
    "施行日期": lambda row: row.commences,
    "把握": lambda row: row.confidence,
    "说明": lambda row: row.note,
}
HEADERS = (BATCH, KEY, *_LOCKED, DECISION, INSTEAD, REASON)
_SPLIT = str.maketrans("；;\n", "\x1f\x1f\x1f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision as the workbook says it: what stands in place of the old pin, and why."""

    row: Proposal
    choice: str
    new: tuple[str, ...]  # pins; empty with 接受 means that the basis is left out
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One row of the returned sheet: where it stands, and its cells by header."""

    line: int
    cells: Mapping[str, str]


def cells_of(batch: Batch, row: Proposal) -> list[str]:
    """The cells of a proposal in the order of HEADERS; the last three are open."""
    return [batch.id, row.key, *(show(row) for show in _LOCKED.values()), "", "", ""]


@dataclass(slots=True)
class _Reader:
    book: LawBook
    batch: Batch
    on: date
    file: str
    columns: Mapping[str, int]
    shown: Callable[[str], str]
    problems: list[Problem] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def fault(
        self, code: str, message: str, line: int, column: str, expected: str = "", near: str = ""
    ) -> None:
        at = Place(self.file, line, self.columns.get(column, 0) if column else 0)
        self.problems.append(Problem(code, message, at, expected, near))

    def read(self, row: Returned, known: Mapping[str, Proposal]) -> None:
        key = row.cells[KEY].strip()
        proposal = known.get(key)
        if row.cells[BATCH].strip() != self.batch.id or proposal is None:
            message = f"这一行不是本批次 {self.batch.id} 发出的"
            self.fault("L163", message, row.line, KEY, "删去自行加入的行，或从原工作簿重新填写")
            return
        if key in self.seen:
            message = f"与第 {self.seen[key]} 行是同一行"
            self.fault("L164", message, row.line, KEY, "每行只保留一次")
            return
        self.seen[key] = row.line
        if self._locked(row, proposal):
            self._choice(row, proposal)

    def _locked(self, row: Returned, proposal: Proposal) -> bool:
        whole = True
        for header, show in _LOCKED.items():
            have, want = row.cells.get(header, ""), self.shown(show(proposal))
            if _bare(have) != _bare(want):
                whole = False
                self.fault("L165", f"{header}被改动：现为“{_short(have)}”", row.line, header,
                           f"原为“{_short(want)}”，请改回")  # fmt: skip
        return whole

    def _choice(self, row: Returned, proposal: Proposal) -> None:
        choice = row.cells[DECISION].strip()
        instead, reason = row.cells[INSTEAD].strip(), row.cells[REASON].strip()
        if choice not in CHOICES:
            message = f"决定 {choice!r} 不在可选之列" if choice else "没有填决定"
            expected = "、".join(CHOICES) + ("" if choice else "；现在不定的选 暂缓")
            self.fault("L166", message, row.line, DECISION, expected, nearest(choice, CHOICES))
            return
        if (choice == CHANGE) != bool(instead):
            message = "选了“改为”却没有写条款" if choice == CHANGE else f"选了“{choice}”却写了条款"
            self.fault("L167", message, row.line, INSTEAD, "“改为”写明条款，其他决定留空")
            return
        new: tuple[str, ...] | None = ()
        if choice == ACCEPT:
            new = self._accepted(row, proposal)
        elif choice == CHANGE:
            new = self._instead(row, instead)
        if new is not None:
            self.decided.append(Decided(row=proposal, choice=choice, new=new, reason=reason))

    def _accepted(self, row: Returned, proposal: Proposal) -> tuple[str, ...] | None:
        if not proposal.places and not proposal.remove:
            cure = f"选 {CHANGE}、{DEFER} 或 {RETIRE}"
            self.fault("L168", "没有建议的条款，不能接受", row.line, DECISION, cure)
            return None
        for place in proposal.places:
            on = date.fromisoformat(place.version_on) if place.version_on else None
            if not self._binds(row, DECISION, ClauseRef(law=place.law, version_on=on), place.label):
                return None
        return tuple(place.pin for place in proposal.places)

    def _instead(self, row: Returned, text: str) -> tuple[str, ...] | None:
        pins = []
        for part in filter(None, (p.strip() for p in text.translate(_SPLIT).split("\x1f"))):
            try:
                found = self.book.resolve(part, self.on)
                problem = found.problem
            except ConfigError as error:
                problem = error.problems[0]
            if problem is not None:
                self.fault(problem.code, problem.message, row.line, INSTEAD, problem.expected,
                           problem.nearest)  # fmt: skip
                return None
            clause = found.clause
            if clause is None or clause.ref.article is None:
                self.fault("L167", f"{part} 没有写到条", row.line, INSTEAD, "《法名》第…条第…款")
                return None
            if not self._binds(row, INSTEAD, clause.ref, clause.ref.label):
                return None
            pin = PinnedCitation(
                ref=clause.ref, text_hash=clause.text_hash, status=CitationStatus.RESOLVED
            )
            pins.append(write_pins([pin]))
        return tuple(dict.fromkeys(pins))

    def _binds(self, row: Returned, column: str, ref: ClauseRef, label: str) -> bool:
        """An item rests on what binds on the day of the decision, never on what is to come."""
        version = self.book.in_force(ref.law, self.on).version
        if version is not None and version.promulgated_on == ref.version_on:
            return True
        message = f"{label}（{ref.version_on} 公布）在 {self.on} 不是现行文本"
        self.fault("L169", message, row.line, column, f"选 {DEFER}，施行后再定；或写当日现行的条款")
        return False


def read_decisions(
    book: LawBook,
    batch: Batch,
    rows: Sequence[Returned],
    on: date,
    file: str,
    shown: Callable[[str], str] = str,
) -> list[Decided]:
    """Check a returned sheet against the batch that was handed out.

    Takes:  rows of the sheet; on, the day of the decision; file, its name in messages; shown, how
            a text was written into its cell.
    Gives:  one decision a proposal, in the order of the batch.
    Raises: ConfigError with every wrong cell at once: L163 a row that was not handed out, L164 a
            row twice, L165 a changed locked cell, L166 a decision outside the list, L167 a place
            missing or not wanted, L168 nothing to accept, L169 a text that does not bind, L162 a
            row that is missing; and the codes of a place that does not resolve.
    """
    columns = {header: at for at, header in enumerate(HEADERS, 1)}
    known = {row.key: row for row in batch.rows}
    reader = _Reader(book, batch, on, file, columns, shown)
    for row in rows:
        reader.read(row, known)
    for proposal in batch.rows:
        if proposal.key not in reader.seen:
            message = f"缺少一行：{proposal.code} {proposal.old_label}"
            cure = f"从原工作簿补回该行，不处理的选 {DEFER}"
            reader.fault("L162", message, 0, "", cure)
    if reader.problems:
        raise ConfigError(*reader.problems)
    order = {row.key: at for at, row in enumerate(batch.rows)}
    return sorted(reader.decided, key=lambda one: order[one.row.key])


def _bare(text: str) -> str:
    return "".join(text.split())


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
