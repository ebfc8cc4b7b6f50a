"""What can go wrong, said to a person: where, what, what was expected, the nearest right word."""

import difflib
import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; lines and columns count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if self.column:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a stable code, where it stands, what is wrong and what would be right."""

    code: str
    message: str
    place: Place | None = None
    expected: str = ""
    nearest: str = ""
    severity: str = field(default="error")  # error | warning | info

    def __str__(self) -> str:
        text = f"{self.place}: " if self.place else ""
        text += f"{self.code} {self.message}"
        if self.expected:
            text += f"；应为：{self.expected}"
        if self.nearest:
            text += f"；是否想写：{self.nearest}"
        return text


def nearest(word: str, words: Iterable[str]) -> str:
    """Give the known word most like `word`, or an empty string when none is near."""
    found = difflib.get_close_matches(word, sorted(set(words)), n=1, cutoff=0.6)
    return found[0] if found else ""


_SYSTEM_WORDS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出磁盘配额",
    errno.EROFS: "磁盘只读",
    errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "文件名过长",
}


def system_words(error: OSError) -> str:
    """What the system refused, in words for a person; its own where we have none."""
    return _SYSTEM_WORDS.get(error.errno or 0) or error.strerror or str(error)


class RiskwarnError(Exception):
    """A fault that a person can mend; `exit_code` is the process's answer to a shell."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: Problem) -> None:
        self.problems: tuple[Problem, ...] = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class UsageError(RiskwarnError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ConfigError(RiskwarnError):
    """Settings, a rule pack, a mapping or a law text is wrong."""

    exit_code = 3


class InputRejectedError(RiskwarnError):
    """Delivered data was refused, whole; nothing of it was stored."""

    exit_code = 4


class VerificationError(RiskwarnError):
    """A hash, a proof, a model file or a log does not agree with what was pinned."""

    exit_code = 5


class NothingToDoError(RiskwarnError):
    """There is no input to work on."""

    exit_code = 6


class DiskError(RiskwarnError):
    """The disk is full or a file cannot be written or read."""

    exit_code = 74


class LockHeldError(RiskwarnError):
    """Another run works on this workspace."""

    exit_code = 75


def raise_all(error: type[RiskwarnError], problems: Sequence[Problem]) -> None:
    """Raise `error` with every problem of severity error; do nothing when there is none."""
    faults = [problem for problem in problems if problem.severity == "error"]
    if faults:
        raise error(*faults)
