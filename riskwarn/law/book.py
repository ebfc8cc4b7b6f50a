"""The law book: every version of every law, which of them binds on a day, and their clauses.

Opening it reads headers only; a text is parsed when one of its clauses is asked for.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.law.answers import InForce, Resolution
from riskwarn.law.binding import pick_version, resolve_clause
from riskwarn.law.commencement import Commencement, read_commencement
from riskwarn.law.dates import check_dates, check_order, version_order, was_known
from riskwarn.law.header import read_version
from riskwarn.law.parse import parse_file
from riskwarn.law.tree import LawText
from riskwarn.records.law import ClauseRef, LawVersion, PartStart, Repeal, short_title

SUFFIXES = (".md", ".txt")


@dataclass(slots=True)
class LawBook:
    """The laws of one folder. Not frozen: parsed texts are kept once they were asked for."""

    root: Path
    versions: tuple[LawVersion, ...]
    problems: tuple[Problem, ...]
    _by_title: dict[str, list[LawVersion]] = field(default_factory=dict)
    _repeals: dict[str, list[tuple[Repeal, LawVersion]]] = field(default_factory=dict)
    _texts: dict[str, LawText] = field(default_factory=dict)
    _commencements: dict[str, Commencement] = field(default_factory=dict)
    _parts: dict[str, tuple[PartStart, ...]] = field(default_factory=dict)
    _doubtful: dict[str, str] = field(default_factory=dict)
    _matched: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, laws_dir: Path) -> "LawBook":
        """Read the headers of all law files of a folder.

        Gives:  the book; files with faults are left out and named in `problems`, and so are two
                different texts under one title and date.
        Raises: ConfigError L005 when the folder is missing or holds no law.
        """
        if not laws_dir.is_dir():
            problem = Problem("L005", "找不到法规目录", Place(str(laws_dir)))
            raise ConfigError(problem)
        versions: list[LawVersion] = []
        problems: list[Problem] = []
        for path in sorted(laws_dir.iterdir()):
            if path.suffix not in SUFFIXES or path.name.startswith(("README", ".")):
                continue
            try:
                versions.append(read_version(path))
            except ConfigError as error:
                problems.extend(error.problems)
        if not versions and not problems:
            raise ConfigError(Problem("L005", "目录里没有法规文本", Place(str(laws_dir))))
        book = cls(laws_dir, tuple(versions), ())
        problems.extend(book._index())
        book.problems = tuple(problems)
        return book

    def _index(self) -> list[Problem]:
        problems: list[Problem] = []
        seen: dict[str, LawVersion] = {}
        for version in sorted(self.versions, key=version_order):
            earlier = seen.get(version.key)
            if earlier is not None:
                problems += self._doubled(earlier, version)
                continue
            wrong = check_dates(version, self.root)
            problems += wrong
            self._remember(wrong, version)
            if wrong:  # held: what cannot be is unknown, and told as such wherever it matters
                version = replace(version, effective_on=None, effective_source="")
            seen[version.key] = version
            self._by_title.setdefault(version.title, []).append(version)
            for repeal in version.repeals:
                self._repeals.setdefault(repeal.title, []).append((repeal, version))
        self.versions = tuple(seen.values())
        for versions in self._by_title.values():
            for overlap, both in check_order(versions, self.root):
                problems.append(overlap)
                self._remember([overlap], *both)
        return problems

    def _remember(self, problems: list[Problem], *versions: LawVersion) -> None:
        """Keep in mind what is wrong with versions: whoever asks for them is told."""
        for version in versions if problems else ():
            told = [self._doubtful.get(version.key, ""), *(p.message for p in problems)]
            self._doubtful[version.key] = "；".join(filter(None, told))

    def doubt(self, version: LawVersion) -> str:
        """What is wrong with a version's dates or files; empty when nothing is."""
        return self._doubtful.get(version.key, "")

    def _doubled(self, one: LawVersion, other: LawVersion) -> list[Problem]:
        same = self.text(one).root.normal == self._parse(other).root.normal
        message = f"《{one.title}》同一公布日期有两个文件：{one.file}、{other.file}"
        place = Place(str(self.root / other.file))
        if same:
            return [Problem("L011", message + "，文字相同，只用前者", place, severity="info")]
        problem = Problem("L012", message + "，文字不同，只用前者", place, "只保留正确的一份")
        self._remember([problem], one)
        return [problem]

    @property
    def titles(self) -> list[str]:
        """All short titles, sorted."""
        return sorted(self._by_title)

    def has(self, title: str) -> bool:
        return title in self._by_title

    def filed_title(self, title: str) -> str:
        """The title as the law's file is named, spaces and all; the given one if not here."""
        versions = self._by_title.get(title)
        if not versions:
            return title
        stem = versions[-1].file.rsplit(".", 1)[0]
        named = stem.rpartition("(")[0] or stem.rpartition("（")[0]
        return named if short_title(named) == title else title

    def versions_of(self, title: str, known_on: date | None = None) -> tuple[LawVersion, ...]:
        """All versions of a law, oldest first; with `known_on`, those that were known by then."""
        versions = self._by_title.get(short_title(title), [])
        return tuple(v for v in versions if was_known(v, known_on))

    def version(self, title: str, promulgated_on: date | None) -> LawVersion | None:
        """The version of a law with a promulgation date."""
        found = (v for v in self.versions_of(title) if v.promulgated_on == promulgated_on)
        return next(found, None)

    def effective_on(self, version: LawVersion) -> date | None:
        """When a version commences: from its header, else from its own text, else unknown."""
        if version.effective_on is not None or version.sha256:
            return version.effective_on  # a file with our header has been through the importer
        on = self._commencement(version).day(version.promulgated_on)
        original = on and version.promulgated_on and on < version.promulgated_on
        return None if original else on

    def parts(self, version: LawVersion) -> tuple[PartStart, ...]:
        """The parts of a version that commence apart from the rest; its header's word goes first.

        What an amended law's last article says of a time before its amendment is over and left out.
        """
        if version.key not in self._parts:
            told = {part.ref for part in version.parts}
            made = version.promulgated_on
            read = self._commencement(version).parts
            later = [p for p in read if p.ref not in told and not (p.on and made and p.on < made)]
            self._parts[version.key] = (*version.parts, *later)
        return self._parts[version.key]

    def _commencement(self, version: LawVersion) -> Commencement:
        if version.key not in self._commencements:
            found = read_commencement(self.text(version), version.promulgated_on)
            self._commencements[version.key] = found
        return self._commencements[version.key]

    def repeal_of(self, version: LawVersion) -> tuple[date | None, str] | None:
        """When and by which title a version was put out of force, or None.

        The date is None where the repealing text or its commencement is not dated.
        """
        if version.repealed_on:
            return version.repealed_on, version.superseded_by
        title, _, on = version.superseded_by.partition("@")
        if on and title != version.title:
            successor = self.version(title, date.fromisoformat(on))
            if successor:
                return self.effective_on(successor) or successor.promulgated_on, title
        found = [
            (repeal.on or self.effective_on(by), by.title)
            for repeal, by in self._repeals.get(version.title, [])
            if version_order(version) < version_order(by)
            and by is not version
            and (by.title != version.title or repeal.on is not None)
        ]
        dated = sorted((on, by) for on, by in found if on and not _after(version, on))
        return dated[0] if dated else (found[0] if found and not dated else None)

    def text(self, version: LawVersion) -> LawText:
        """The parsed text of a version; parsed once."""
        if version.key not in self._texts:
            self._texts[version.key] = self._parse(version)
        return self._texts[version.key]

    def _parse(self, version: LawVersion) -> LawText:
        return parse_file(self.root / version.file)

    def match_title(self, name: str) -> tuple[str, str]:
        """Find a law by a name that people write.

        Gives:  (title, remark): the exact short title and ""; or the one title that differs only
                by 试行/暂行 brackets and a remark; or ("", nearest title) when there is none.
        """
        if name not in self._matched:
            self._matched[name] = self._match(short_title(name))
        return self._matched[name]

    def _match(self, title: str) -> tuple[str, str]:
        if title in self._by_title:
            return title, ""
        loose = [t for t in self._by_title if _loose(t) == _loose(title)]
        if len(loose) == 1:
            return loose[0], f"按《{loose[0]}》处理"
        return "", nearest(title, self._by_title)

    def in_force(self, title: str, on: date, known_on: date | None = None) -> InForce:
        """Say which version of a law binds on a day; see `binding.pick_version`."""
        return pick_version(self, title, on, known_on)

    def resolve(
        self,
        ref: ClauseRef | str,
        on: date | None = None,
        known_on: date | None = None,
        *,
        alone: bool = False,
    ) -> Resolution:
        """Resolve an address to the clause as it stood on a day; see `binding.resolve_clause`.

        Takes:  alone, leave the neighbours and what stands below out.
        """
        return resolve_clause(self, ref, on, known_on, alone=alone)

    def gone_title(self, title: str) -> tuple[date, str] | None:
        """When and by which law a title without text here was repealed, if a text here says so."""
        known = sorted(
            (repeal.on, by.title) for repeal, by in self._repeals.get(title, []) if repeal.on
        )
        return known[0] if known else None

    def superseded_on(self, version: LawVersion) -> date | None:
        """When the next version of the same law commenced; None when there is none or unknown."""
        versions = self.versions_of(version.title)
        later = [
            self.effective_on(v) for v in versions if version_order(v) > version_order(version)
        ]
        dated = [day for day in later if day]
        return min(dated) if dated else None


def _after(version: LawVersion, on: date) -> bool:
    """Whether a version is younger than a repeal, which then meant an older law of that name."""
    return version.promulgated_on is not None and version.promulgated_on > on


def _loose(title: str) -> str:
    for word in ("（试行）", "（暂行）", "、", " "):
        title = title.replace(word, "")
    return title
