"""Citations of an item tied down: the version, and the words the clause had on that day.

Written in one cell as `食品安全法@2025-09-12#35.1|2f6c…；产品质量法@2018-12-29|；?《…》第三条`:
a clause with the hash of its words, a law only, and what could not be resolved, as it was written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from riskwarn.errors import ConfigError, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.law.clauses import find_clause
from riskwarn.records.law import Citation, CitationStatus, ClauseRef, PinnedCitation

SEPARATOR = "；"
UNRESOLVED_MARK = "?"


@dataclass(slots=True)
class Pinner:
    """Resolves and pins citations; remembers texts and clauses it has met (items repeat them)."""

    book: LawBook
    citer: Citer = field(init=False)
    _cells: dict[tuple[str, date | None], tuple[PinnedCitation, ...]] = field(default_factory=dict)
    _hashes: dict[ClauseRef, str] = field(default_factory=dict)
    cells_kept: int = 20_000  # bounds the memory of an import of any length

    def __post_init__(self) -> None:
        self.citer = Citer(self.book)

    def pin_text(self, text: str, on: date | None) -> tuple[PinnedCitation, ...]:
        """Resolve a free text (设定依据) and pin every clause it cites.

        Takes:  text, one cell; on, the day whose law is meant; None: the newest versions.
        Gives:  one pin a target, in the order of the text, each once.
        """
        key = (text, on)
        pins = self._cells.get(key)
        if pins is None:
            found = self.citer.cite_text(text, on)
            pins = tuple(dict.fromkeys(pin for c in found for pin in self._pin_citation(c)))
            if len(self._cells) >= self.cells_kept:
                self._cells.clear()
            self._cells[key] = pins
        return pins

    def _pin_citation(self, citation: Citation) -> Iterable[PinnedCitation]:
        if citation.status is CitationStatus.NOT_A_CITATION:
            return
        for ref in citation.targets:
            words = self.words(ref)
            status = citation.status
            if ref.article is not None:
                status = CitationStatus.RESOLVED if words else CitationStatus.UNRESOLVED
                if citation.status is CitationStatus.UNRESOLVED and words:
                    status = CitationStatus.UNRESOLVED  # the text of the day is not in the book
            yield PinnedCitation(
                ref=ref,
                text_hash=words if status is CitationStatus.RESOLVED else "",
                raw=citation.raw,
                status=status,
            )

    def pin_ref(self, ref: ClauseRef, raw: str = "") -> PinnedCitation:
        """Pin one address that already names its version."""
        words = self.words(ref)
        status = CitationStatus.RESOLVED if words else CitationStatus.UNRESOLVED
        return PinnedCitation(ref=ref, text_hash=words, raw=raw, status=status)

    def words(self, ref: ClauseRef) -> str:
        """The hash of a pinned clause's words; "" when the book does not have the clause."""
        if ref.article is None:
            return ""
        known = self._hashes.get(ref)
        if known is None:
            version = self.book.version(ref.law, ref.version_on)
            found = find_clause(self.book.text(version), version, ref) if version else None
            known = found.node.hash if found and found.node else ""
            self._hashes[ref] = known
        return known


def write_pins(pins: Iterable[PinnedCitation]) -> str:
    """Print pins into one cell."""
    parts = []
    for pin in pins:
        if pin.status is CitationStatus.UNRESOLVED:
            parts.append(f"{UNRESOLVED_MARK}{_named(pin)}")
        else:
            parts.append(f"{pin.ref.canonical}|{pin.text_hash}")
    return SEPARATOR.join(dict.fromkeys(parts))


def _named(pin: PinnedCitation) -> str:
    return pin.ref.label if pin.ref.law else pin.raw


@lru_cache(maxsize=8_192)  # the items of a province's counties repeat the catalogue's citations
def read_pins(cell: str) -> tuple[PinnedCitation, ...]:
    """Read a cell of pins.

    Raises: ConfigError L131 for a pin without version or that is no address.
    """
    return tuple(_read_pin(part.strip()) for part in cell.split(SEPARATOR) if part.strip())


@lru_cache(maxsize=32_768)
def _read_pin(part: str) -> PinnedCitation:
    if part.startswith(UNRESOLVED_MARK):
        raw = part[1:]
        return PinnedCitation(ref=_loose_ref(raw), raw=raw, status=CitationStatus.UNRESOLVED)
    address, bar, words = part.partition("|")
    if not bar:
        raise _not_a_pin(part)
    if "#" not in address:
        law, _, on = address.partition("@")
        try:
            ref = ClauseRef(law=law, version_on=date.fromisoformat(on) if on else None)
        except ValueError:
            raise _not_a_pin(part) from None
        return PinnedCitation(ref=ref, raw=f"《{law}》", status=CitationStatus.LAW_ONLY)
    ref = ClauseRef.parse(address)
    return PinnedCitation(ref=ref, text_hash=words, raw=ref.label)


def _loose_ref(raw: str) -> ClauseRef:
    try:
        return replace(ClauseRef.parse(raw), version_on=None)
    except ConfigError:
        return ClauseRef(law=raw.strip("《》"))


def _not_a_pin(part: str) -> ConfigError:
    expected = "法名@公布日期#条.款.项|文字指纹"
    return ConfigError(Problem("L131", f"看不懂的依据引用 {part[:60]!r}", None, expected))
