"""What a chain of references points at, while it is read: numbers put on numbers."""

from dataclasses import dataclass, field, replace

from riskwarn.law.cite_host import Host
from riskwarn.law.cite_tokens import REFERENCES, Level, Token
from riskwarn.records.law import article_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One thing a chain points at, still without version; `until` ends a range of articles."""

    part: int | None = None
    chapter: int | None = None
    section: int | None = None
    article: str | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    until: str | None = None


@dataclass(slots=True)
class Occurrence:
    """A chain: its span, its law (SELF or a title as written), what it points at."""

    start: int
    end: int
    law: str
    aims: list[Aim]
    host: Host
    law_only: bool = False
    dead: str | None = None  # points at nothing: why, or "" where it is no citation after all
    notes: list[str] = field(default_factory=list)


DEPTH = {level: depth for depth, level in enumerate(REFERENCES)}
_FIELD = {level: level.value for level in REFERENCES}


def here_aim(host: Host) -> Aim:
    """The article in which a word stands."""
    return Aim(article=host.article)


def limits(token: Token, host: Host) -> Aim:
    """A bare 第二节 is one of the chapter in which it stands."""
    if token.level is Level.SECTION:
        return Aim(part=host.part, chapter=host.chapter)
    return Aim(part=host.part) if token.level is Level.CHAPTER else Aim()


def spread(bases: list[Aim], token: Token) -> list[Aim]:
    """Put the numbers of a word on each base: 第一、二款 of one article gives two aims."""
    level = Level.ITEM if token.level is Level.MARK else token.level
    aims: list[Aim] = []
    for base in bases:
        for first, last in token.numbers:
            if level is Level.ARTICLE:
                until = article_key(last) if last > first else None
                key = article_key(first, token.branch)
                aims.append(replace(base, part=None, chapter=None, section=None, article=key))
                aims[-1] = replace(aims[-1], until=until)
            else:
                aims += [set_level(base, level, number) for number in range(first, last + 1)]
    return aims


def set_level(aim: Aim, level: Level, number: int) -> Aim:
    """The same address with one number set."""
    values = {_FIELD[level]: number}
    return replace(aim, **values)  # type: ignore[arg-type]  # the field is an int | None


def above(aim: Aim, level: Level) -> Aim:
    """The same address cut off above a level."""
    cut = {_FIELD[lower]: None for lower in REFERENCES if DEPTH[lower] >= DEPTH[level]}
    if level is Level.ARTICLE:
        cut |= {"part": None, "chapter": None, "section": None}
    return replace(aim, until=None, **cut)


def deepest_level(aim: Aim) -> Level | None:
    """The lowest level that an address names."""
    found = [level for level in REFERENCES if getattr(aim, _FIELD[level]) is not None]
    return found[-1] if found else None


def expand_range(done: list[Aim], pending: list[Aim], token: Token) -> tuple[list[Aim], list[Aim]]:
    """第一项至第四项: everything from the last aim to this word."""
    start, level = pending[-1], token.level
    first, last = token.numbers[0]
    rest = replace(token, numbers=token.numbers[1:])
    if level is Level.ARTICLE:
        ending = article_key(last, token.branch)
        ranged = [replace(start, until=ending)]
    else:
        begin = getattr(start, _FIELD[level])
        ranged = [set_level(start, level, number) for number in range(begin, max(first, last) + 1)]
    ranged += spread([above(start, level)], rest) if rest.numbers else []
    return done + pending[:-1], ranged


def unique(aims: list[Aim]) -> list[Aim]:
    """Each address once, in its order."""
    return list(dict.fromkeys(aims))
