"""The YAML header of a law file: what is known of a version beside its words."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from riskwarn.errors import ConfigError, Place, Problem, system_words
from riskwarn.law.lawfile import FENCE, split_header
from riskwarn.law.tree import Kind, LawText
from riskwarn.records.law import ClauseRef, LawVersion, PartStart, Repeal, short_title
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral
from riskwarn.yamlfile import parse, read_model

_HEAD_BYTES = 16_384  # a header is about 1 kB; the longest list of repealed titles takes 3 kB
_FILE_NAME = re.compile(r"(?P<title>.+?)[（(](?P<on>\d{4}-?\d{2}-?\d{2}|日期不详)[）)]$")
_DATE = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_EVENT = re.compile(_DATE + r"[^\n]{0,120}?(通过|公布|修订|修正|发布|批准|印发|修改|施行)")
_CHAPTER = re.compile(rf"第([{NUMERAL_CHARS}]+)章")
_REPEALS = re.compile(r"(同时|予以|自本\S{1,4}施行之日起)废止")
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")


class _Repeal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    on: date | None = None

    @field_validator("on", mode="before")
    @classmethod
    def _nothing_is_unknown(cls, value: object) -> object:
        return None if value == "" else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    place: str
    on: date | None = None

    @field_validator("on", mode="before")
    @classmethod
    def _nothing_is_unknown(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("place")
    @classmethod
    def _names_a_clause(cls, value: str) -> str:
        if _place_of(value) is None:
            raise ValueError("看不懂的位置，应为 第…章、第…条、第…条第…款、第…条第…款第…项")
        return value


class LawHeader(BaseModel):
    """The header's keys; dates are ISO, empty where unknown.

    `parts` are those that begin on another day than the rest (其中第三十五条自…起施行), where the
    text itself does not say it, as after an amendment.
    """

    model_config = ConfigDict(extra="ignore")
    title: str = Field(min_length=1)
    full_title: str = ""
    level: str = ""
    issuing_body: str = ""
    promulgated: date | None = None
    effective: date | None = None
    effective_source: str = ""
    status: str = ""
    superseded_by: str = ""
    repealed: date | None = None
    repeals: list[_Repeal] = Field(default_factory=list)
    parts: list[_Part] = Field(default_factory=list)
    recorded: date | None = None
    source_repo: str = ""
    source_commit: str = ""
    source_path: str = ""
    note: str = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: object, info: ValidationInfo) -> object:
        if value not in (None, ""):
            return value
        if info.field_name in _DATES:
            return None
        return [] if info.field_name in ("repeals", "parts") else ""


_DATES = ("promulgated", "effective", "repealed", "recorded")


def read_version(path: Path) -> LawVersion:
    """Read what a law file says of itself, without reading its text.

    Takes:  a file with our header, or any law file named `名称(公布日期).md` or not.
    Gives:  the version; a file without header gets its dates from its name, else its first lines.
    Raises: ConfigError L001 unreadable, Y0xx with file:line for a wrong header.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        problem = Problem("L001", f"读不到法律文本：{system_words(error)}", Place(str(path)))
        raise ConfigError(problem) from error
    text = head.decode("utf-8", errors="replace")
    found = split_header(text)
    if not found.header:
        if text.startswith(FENCE + "\n") and len(head) == _HEAD_BYTES:
            problem = Problem(
                "L003", "文件头没有结束", Place(str(path), 1), "以一行 --- 结束文件头"
            )
            raise ConfigError(problem)
        return _from_name(path, text)
    header = read_model(parse("\n" + found.header, str(path)), LawHeader, "L004")
    return version_of(header, path)


def version_of(header: LawHeader, path: Path) -> LawVersion:
    """Give the record of a header."""
    return LawVersion(
        title=short_title(header.title),
        full_title=header.full_title or header.title,
        level=header.level,
        issuing_body=header.issuing_body,
        promulgated_on=header.promulgated,
        effective_on=header.effective,
        effective_source=header.effective_source,
        status=header.status,
        superseded_by=header.superseded_by,
        repeals=tuple(Repeal(title=short_title(r.title), on=r.on) for r in header.repeals),
        repealed_on=header.repealed,
        parts=tuple(
            PartStart(ref=ref, on=part.on)
            for part in header.parts
            if (ref := _place_of(part.place)) is not None
        ),
        recorded_on=header.recorded,
        source_repo=header.source_repo,
        source_commit=header.source_commit,
        source_path=header.source_path,
        sha256=header.sha256,
        file=path.name,
    )


def _from_name(path: Path, text: str) -> LawVersion:
    stem = path.name.rsplit(".", 1)[0]
    named = _FILE_NAME.match(stem)
    title, on = (named["title"], _iso(named["on"])) if named else (stem, None)
    if on is None:
        events = [_date(*found.groups()[:3]) for found in _EVENT.finditer(text[:2000])]
        known = [event for event in events if event]
        on = max(known) if known else None
    return LawVersion(title=short_title(title), full_title=title, promulgated_on=on, file=path.name)


def _place_of(text: str) -> ClauseRef | None:
    """第三章, 第四十一条第二款: an address without law."""
    chapter = _CHAPTER.fullmatch(text.strip())
    if chapter:
        return ClauseRef(law="", chapter=read_numeral(chapter[1]))
    try:
        return replace(ClauseRef.parse(f"《本法》{text}"), law="")
    except ConfigError:
        return None


def _iso(text: str) -> date | None:
    digits = text.replace("-", "")
    return _date(digits[:4], digits[4:6], digits[6:]) if digits.isdecimal() else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def write_header(header: LawHeader) -> str:
    """Print a header with its fences; the same header gives the same bytes."""
    lines = [FENCE]
    for key, value in header.model_dump().items():
        if key == "repeals":
            lines.append("repeals:" if value else "repeals: []")
            for repeal in value:
                lines.append(f"  - title: {json.dumps(repeal['title'], ensure_ascii=False)}")
                lines.append(f"    on: {repeal['on'].isoformat() if repeal['on'] else ''}".rstrip())
        elif key == "parts":
            lines += ["parts:"] if value else []
            for part in value:
                lines.append(f"  - place: {json.dumps(part['place'], ensure_ascii=False)}")
                lines.append(f"    on: {part['on'].isoformat() if part['on'] else ''}".rstrip())
        elif isinstance(value, date):
            lines.append(f"{key}: {value.isoformat()}")
        elif value in (None, ""):
            lines.append(f"{key}:")
        else:
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join([*lines, FENCE, ""])


def stated_repeals(law: LawText) -> list[str]:
    """Name the titles that a text itself puts out of force (《…》同时废止), in its order."""
    titles: list[str] = []
    tail = [article.node for article in list(law.articles.values())[-6:]]
    for node in tail:
        for sentence in re.split(r"(?<=[。；])", node.text.replace("\n", "")):
            end = _REPEALS.search(sentence)
            if end and "附件" not in sentence[: end.start()]:
                titles += [
                    short_title(found[1]) for found in _TITLE.finditer(sentence[: end.start()])
                ]
    return list(dict.fromkeys(titles))


def first_event(text: str) -> date | None:
    """The earliest dated event above the articles: when the law was first made."""
    events = [_date(*found.groups()[:3]) for found in _EVENT.finditer(text[:3000])]
    return min((event for event in events if event), default=None)


def printed_title(law: LawText) -> str:
    """The full title as the text prints it, or empty."""
    node = next(iter(law.set_aside(Kind.TITLE)), None)
    return law.title if node else ""
