"""Laws, their versions, their clauses, citations of clauses, and the items that rest on them."""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from riskwarn.errors import ConfigError, Problem
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral, write_numeral

_CANONICAL = re.compile(
    r"(?P<law>[^@#]+?)(?:@(?P<on>\d{4}-\d{2}-\d{2}))?"
    r"#(?P<article>\d+(?:-\d+)?)(?:\.(?P<p>\d*))?(?:\.(?P<i>\d*))?(?:\.(?P<s>\d+))?"
)
_N = rf"[{NUMERAL_CHARS}]+"
_WRITTEN = re.compile(
    rf"(?:《(?P<quoted>.+)》|(?P<plain>[^《》第]+))?\s*第(?P<n>{_N})条(?:之(?P<k>{_N}))?"
    rf"(?:第(?P<p>{_N})款)?(?:第?[（(]?(?P<i>{_N})[）)]?项)?(?:第?[（(]?(?P<s>{_N})[）)]?目)?"
)
_NATION = "中华人民共和国"
_TITLE_MARKS = str.maketrans("()〈〉<>﹤﹥", "（）《》《》《》")


def short_title(title: str) -> str:
    """Give the title under which a law is filed: without 中华人民共和国, spaces and book marks."""
    title = "".join(title.split()).replace(_NATION, "")
    title = title.translate(_TITLE_MARKS)
    return title[1:-1] if _is_wrapped(title) else title


def _is_wrapped(title: str) -> bool:
    """Whether the first 《 is closed by the last character: 《实施《某法》办法》."""
    depth = 0
    for at, char in enumerate(title):
        depth += (char == "《") - (char == "》")
        if depth == 0:
            return at > 0 and at == len(title) - 1
    return False


@dataclass(frozen=True, slots=True, kw_only=True, order=False)
class ClauseRef:
    """The address of a clause, by number, never by position; None where a level is not named.

    `article` is "41", or "133-1" for 第一百三十三条之一. `version_on` is the promulgation date of
    the version; None means that the address is not pinned. A reference to a whole part, chapter or
    section has no article.
    """

    law: str
    version_on: date | None = None
    article: str | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    part: int | None = None
    chapter: int | None = None
    section: int | None = None

    @classmethod
    def parse(cls, text: str) -> "ClauseRef":
        """Read `食品安全法@2025-09-12#41.2.1` or `《食品安全法》第四十一条第二款第一项`.

        Raises: ConfigError L101 when the text is neither.
        """
        stripped = text.strip()
        found = _CANONICAL.fullmatch(stripped)
        if found:
            try:
                on = date.fromisoformat(found["on"]) if found["on"] else None
            except ValueError:
                raise _not_a_ref(text) from None
            levels = (int(found[key]) if found[key] else None for key in "pis")
            paragraph, item, subitem = levels
            return cls(
                law=short_title(found["law"]),
                version_on=on,
                article=found["article"],
                paragraph=paragraph,
                item=item,
                subitem=subitem,
            )
        written = _WRITTEN.fullmatch("".join(stripped.split()))
        title = written and (written["quoted"] or written["plain"])
        if not written or not title:
            raise _not_a_ref(text)
        number, branch = read_numeral(written["n"]), read_numeral(written["k"] or "")
        if not number:
            raise _not_a_ref(text)
        return cls(
            law=short_title(title),
            article=article_key(number, branch or 0),
            paragraph=read_numeral(written["p"] or ""),
            item=read_numeral(written["i"] or ""),
            subitem=read_numeral(written["s"] or ""),
        )

    @property
    def canonical(self) -> str:
        """`食品安全法@2025-09-12#41.2.1`; trailing levels are left out, a skipped 款 is empty."""
        text = self.law
        if self.version_on:
            text += f"@{self.version_on.isoformat()}"
        if self.article is None:
            named = ((self.part, "编"), (self.chapter, "章"), (self.section, "节"))
            levels = [f"{number}{word}" for number, word in named if number is not None]
            return f"{text}#{'.'.join(levels)}" if levels else text
        levels = [self.article]
        levels += ["" if n is None else str(n) for n in (self.paragraph, self.item, self.subitem)]
        return f"{text}#{'.'.join(levels).rstrip('.')}"

    @property
    def label(self) -> str:
        """`《食品安全法》第四十一条第二款第一项`, as people write it, without the version."""
        return f"《{self.law}》{self.place_label}"

    @property
    def place_label(self) -> str:
        """`第四十一条第二款第一项`, without the law."""
        if self.article is None:
            named = ((self.part, "编"), (self.chapter, "章"), (self.section, "节"))
            return "".join(f"第{write_numeral(n)}{word}" for n, word in named if n is not None)
        number, branch = split_article(self.article)
        text = f"第{write_numeral(number)}条" + (f"之{write_numeral(branch)}" if branch else "")
        named = ((self.paragraph, "款"), (self.item, "项"), (self.subitem, "目"))
        return text + "".join(f"第{write_numeral(n)}{word}" for n, word in named if n is not None)

    @property
    def of_article(self) -> "ClauseRef":
        """The same address, cut off at the article."""
        return replace(self, paragraph=None, item=None, subitem=None)

    @property
    def sort_key(self) -> tuple[str, str, int, int, int, int, int]:
        """Order by law, version, then number: 133 < 133-1 < 134."""
        number, branch = split_article(self.article) if self.article else (0, 0)
        on = self.version_on.isoformat() if self.version_on else ""
        levels = (self.paragraph or 0, self.item or 0, self.subitem or 0)
        return (self.law, on, number, branch, *levels)

    def __str__(self) -> str:
        return self.canonical


def _not_a_ref(text: str) -> ConfigError:
    expected = "《法名》第…条第…款第…项，或 法名@公布日期#条.款.项"
    return ConfigError(Problem("L101", f"看不懂的条款引用 {text.strip()[:60]!r}", None, expected))


def article_key(number: int, branch: int = 0) -> str:
    """Give "41", or "133-1" for 第一百三十三条之一."""
    return f"{number}-{branch}" if branch else str(number)


def split_article(key: str) -> tuple[int, int]:
    """Give the sort key (133, 1) of the article "133-1"."""
    number, _, branch = key.partition("-")
    return int(number), int(branch or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeal:
    """A title that a law's own text puts out of force (…同时废止), and from when."""

    title: str
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStart:
    """A part of a version that begins on another day than the rest; `on` None: not yet told.

    `ref` is an address without law: a 章, 节, 条, 款 or 项.
    """

    ref: ClauseRef
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawVersion:
    """One version of one law: what its header says, without the text.

    `effective_on` None means that neither the text nor the source tells it: it is unknown, not
    "from promulgation on". `recorded_on` is when the text came into the book, None for the
    texts that were always there. `parts` are those that the header dates apart; what the text
    itself says of its parts is read with the text.
    """

    title: str
    promulgated_on: date | None
    full_title: str = ""
    level: str = ""
    issuing_body: str = ""
    effective_on: date | None = None
    effective_source: str = ""
    status: str = ""
    superseded_by: str = ""
    repeals: tuple[Repeal, ...] = ()
    repealed_on: date | None = None
    recorded_on: date | None = None
    parts: tuple[PartStart, ...] = ()
    source_repo: str = ""
    source_commit: str = ""
    source_path: str = ""
    sha256: str = ""
    file: str = ""

    @property
    def key(self) -> str:
        """`食品安全法@2025-09-12`; 日期不详 where the date is not known."""
        on = self.promulgated_on.isoformat() if self.promulgated_on else "日期不详"
        return f"{self.title}@{on}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause in one wording, with the time it is in force and where it stands."""

    ref: ClauseRef
    text: str
    text_hash: str
    effective_on: date | None
    repealed_on: date | None
    line: int = 0
    heading: str = ""
    closing: bool = False

    def in_force(self, on: date) -> bool | None:
        """Whether it binds on a day; None when the commencement is unknown."""
        if self.repealed_on and on >= self.repealed_on:
            return False
        if self.effective_on is None:
            return None
        return self.effective_on <= on


class CitationStatus(StrEnum):
    """What became of a piece of text that looks like a citation."""

    RESOLVED, LAW_ONLY, UNRESOLVED = "resolved", "law_only", "unresolved"
    NOT_A_CITATION = "not_a_citation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One citation found in a text: where it stands, what it names, what that resolves to.

    `start` and `end` are code-point offsets in the text as decoded, end exclusive.
    `targets` are pinned where a version is known; `notes` are remarks for people, in Chinese.
    """

    raw: str
    start: int
    end: int
    status: CitationStatus
    targets: tuple[ClauseRef, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedCitation:
    """A citation of an item, tied to a version and to the words it had when it was pinned."""

    ref: ClauseRef
    text_hash: str = ""
    raw: str = ""
    status: CitationStatus = CitationStatus.RESOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionItem:
    """监管事项: the ten published contents, the codes, and the clauses it rests on."""

    code: str
    name: str
    main_name: str = ""
    department: str = ""
    target: str = ""
    form: str = ""
    way: str = ""
    measure: str = ""
    basis_text: str = ""
    flow: str = ""
    result: str = ""
    tier: str = ""
    administrative_type: str = ""
    effective_on: date | None = None
    cancelled_on: date | None = None
    catalogue_code: str = ""
    region_code: str = ""
    source: str = ""
    line: int = 0
    citations: tuple[PinnedCitation, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    def live(self, on: date) -> bool:
        """Whether the item itself is in effect on a day."""
        begun = self.effective_on is None or self.effective_on <= on
        return begun and (self.cancelled_on is None or on < self.cancelled_on)
