"""Addresses in amending language: 第八条第一款、第九条, 第二、三项, 第五条至第八条, 其中的."""

from dataclasses import dataclass, field, replace

from riskwarn.law.amend_terms import Target
from riskwarn.law.amend_tokens import Term, keys_between
from riskwarn.records.law import article_key, short_title
from riskwarn.records.numerals import read_numeral

PREAMBLE = "引言"
NUMBERED = {"PARA": "paragraph", "ITEM": "item", "SUB": "subitem"}
_OPENS = (
    "ORIG",
    "LAW",
    "BARELAW",
    "DIV",
    "ART",
    "PARA",
    "ITEM",
    "SUB",
    "BACK",
    "NAME",
    "ALL",
    "ANNEX",
    "PREAMBLE",
    "SENT",
    "LEADP",
)


@dataclass(slots=True)
class Scope:
    """What was named last: an item's later words hang on it. `law` is that of the item."""

    law: str
    order: tuple[str, ...]
    subject: list[Target] = field(default_factory=list)

    @property
    def here(self) -> Target:
        """The article (with 款) named last."""
        return self.subject[-1] if self.subject else Target(law=self.law)

    def base(self, level: str) -> Target:
        """The address on which a bare 第二款 or 第三项 hangs."""
        return cut_at(replace(self.here, name=False), level)


def opens_reference(term: Term | None, after: Term | None) -> bool:
    """Whether an address begins here; （一） of a list that was not masked does not."""
    if term is None or term.kind not in _OPENS:
        return False
    return not (term.kind == "ORIG" and after is not None and after.kind == "Q")


def read_targets(
    terms: list[Term], at: int, scope: Scope, limit: int = 0
) -> tuple[list[Target], int]:
    """Read one list of addresses.

    Takes:  terms; at, where it begins; scope, what was named before; limit, how many there may be
            before a 、 (0: any number).
    Gives:  (targets, position after them); no targets when there is no address.
    """
    targets: list[Target] = []
    base: Target | None = None
    ranged = False
    while at < len(terms):
        term = terms[at]
        if term.kind == "ORIG":
            at += 1
            continue
        if term.kind in ("LAW", "BARELAW"):
            if targets and base is not None and base.article == "":
                break
            scope.law = (
                short_title(term.text.partition("》")[0] + "》")
                if term.kind == "LAW"
                else (short_title(term.text))
            )
            scope.subject, base = [], Target(law=scope.law)
            at += 1
            if (
                at < len(terms)
                and terms[at].kind == "OF"
                and opens_reference(_at(terms, at + 1), None)
            ):
                at += 1
            continue
        found = _step(term, base, targets, scope, ranged)
        if found is None:
            break
        targets, base = found
        at += 1
        if limit and len(targets) >= limit and _another_move(terms, at):
            break
        ranged, at, more = _join(terms, at, bool(targets))
        if not more:
            break
    return targets, at


def _another_move(terms: list[Term], at: int) -> bool:
    """Whether 、第七项改为第三项 follows: what stands there is no new number but an old one."""
    if at >= len(terms) or terms[at].kind != "AND":
        return False
    passed = (*_OPENS, "AND", "RANGE", "EACH")
    rest = next((t.kind for t in terms[at:] if t.kind not in passed), "")
    return rest in ("REPL", "AS")


def _at(terms: list[Term], at: int) -> Term | None:
    return terms[at] if at < len(terms) else None


def _join(terms: list[Term], at: int, begun: bool) -> tuple[bool, int, bool]:
    """After one address: (a range goes on, position, whether another address follows)."""
    term, after = _at(terms, at), _at(terms, at + 1)
    if term is None:
        return False, at, False
    if term.kind in ("RANGE", "AND") and after is not None:
        counted = after.kind == "COUNT" and after.unit == "article" and term.kind == "AND"
        if opens_reference(after, _at(terms, at + 2)) or counted:
            return term.kind == "RANGE", at + 1, True
        return False, at, False
    below = ("PARA", "ITEM", "SUB", "NAME", "SENT", "LEADP")
    deeper = term.kind in ("ART", "DIV", *below)
    if term.kind == "OF" and after is not None and after.kind in below:
        return False, at + 1, True
    return False, at, deeper and begun


def _step(
    term: Term, base: Target | None, targets: list[Target], scope: Scope, ranged: bool
) -> tuple[list[Target], Target] | None:
    """Take one word into the list; None when it does not belong there."""
    law = scope.law
    if term.kind in ("SENT", "LEADP"):
        return _within(term, targets, scope)
    if term.kind == "DIV":
        above = base.division if base is not None and not base.article else ""
        joined = bool(targets) and targets[-1] == base and above and term.text[-1:] != above[-1:]
        target = Target(law=law, division=(above if joined else "") + term.text)
        return ([*targets[:-1], target] if joined else [*targets, target]), target
    if term.kind == "ART" or (term.kind == "COUNT" and term.unit == "article"):
        return _articles(term, base, targets, scope, ranged)
    if term.kind in NUMBERED:
        return _numbered(term, base, targets, scope, ranged)
    if term.kind == "BACK":
        if targets:
            return None
        return _back(term, scope)
    if term.kind == "NAME":
        return _name(targets, scope, of_chapter=term.text.lstrip("的")[:1] in "章节编")
    if term.kind == "ANNEX":
        target = Target(law=law, annex="".join(term.text.split()).removeprefix("所"))
        return [*targets, target], target
    if term.kind == "PREAMBLE":
        target = Target(law=law, division=PREAMBLE)
        return [*targets, target], target
    if term.kind == "ALL":
        target = Target(law=law, whole=True)
        return [*targets, target], target
    return None


def _within(term: Term, targets: list[Target], scope: Scope) -> tuple[list[Target], Target] | None:
    """第二句, 最后一句, 第一自然段: a piece of what was named."""
    hosts = targets[-1:] or list(scope.subject[-1:])
    if not hosts or not hosts[-1].article:
        return None
    if term.kind == "LEADP":
        if hosts[-1].item is not None:
            return None
        target = replace(hosts[-1], lead=True)
    else:
        number = read_numeral(term.text[1:-1]) if term.text.startswith("第") else -1
        target = replace(hosts[-1], sentence=number or 0)
    return [*targets[:-1], target], target


def _name(targets: list[Target], scope: Scope, *, of_chapter: bool) -> tuple[list[Target], Target]:
    """章名, 名称: of what was named; 名称 alone is the law's, 章名 alone that of a chapter."""
    last = targets[-1] if targets else None
    if last is not None and (last.whole or (last.division and not last.article)):
        target = replace(last, whole=False, name=True)
        return [*targets[:-1], target], target
    here = scope.here
    keep = here.division if not targets and here.division and not here.article else ""
    target = Target(law=scope.law, division=keep, name=True, heading=of_chapter)
    return [*targets, target], target


def _back(term: Term, scope: Scope) -> tuple[list[Target], Target] | None:
    """其中的, 该条, 该款: what was named just before."""
    if not scope.subject:
        return None
    word = term.text[-1:]
    if word == "条":
        cut = [replace(t, paragraph=None, item=None, subitem=None) for t in scope.subject]
    elif word == "款":
        cut = [replace(t, item=None, subitem=None) for t in scope.subject]
    else:
        cut = list(scope.subject)
    cut = list(dict.fromkeys(cut))
    return cut, cut[-1]


def _articles(
    term: Term, base: Target | None, targets: list[Target], scope: Scope, ranged: bool
) -> tuple[list[Target], Target] | None:
    division = ""
    if base is not None and base.division and not base.article and targets and targets[-1] == base:
        division, targets = base.division, targets[:-1]
    keys: list[str] = []
    for first, last in term.numbers:
        keys += (
            keys_between(str(first), str(last), scope.order)
            if last > first
            else [article_key(first)]
        )
    if term.branch and keys:
        keys[-1] = article_key(int(keys[-1]), term.branch)
    if not keys:
        return None
    if ranged and targets and targets[-1].article:
        keys = keys_between(targets[-1].article, keys[0], scope.order)[1:] + keys[1:]
    made = [Target(law=scope.law, division=division, article=key) for key in keys]
    return [*targets, *made], (made or targets)[-1]


def _numbered(
    term: Term, base: Target | None, targets: list[Target], scope: Scope, ranged: bool
) -> tuple[list[Target], Target] | None:
    level = NUMBERED[term.kind]
    numbers = [n for first, last in term.numbers for n in range(first, last + 1)]
    if not numbers:
        return None
    host = _host(level, base, targets, scope)
    if ranged and targets:
        begin = getattr(targets[-1], level)
        if begin is not None:
            numbers = [*range(begin + 1, numbers[0]), *numbers]
            host = set_number(targets[-1], level, None)
    deeper = bool(targets) and targets[-1] == host
    made = [set_number(host, level, number) for number in numbers]
    return [*(targets[:-1] if deeper else targets), *made], made[-1]


def _host(level: str, base: Target | None, targets: list[Target], scope: Scope) -> Target:
    """What a 款, 项 or 目 hangs on: the word before, the list, or what was named earlier."""
    if base is None or not (targets or base.article):
        return scope.base(level)
    return cut_at(base, level)


def set_number(target: Target, level: str, number: int | None) -> Target:
    """The same address with the number of one level set."""
    if level == "paragraph":
        return replace(target, paragraph=number)
    if level == "item":
        return replace(target, item=number)
    return replace(target, subitem=number)


def cut_at(target: Target, level: str) -> Target:
    """The same address without this level and those below."""
    if level == "paragraph":
        return replace(target, paragraph=None, item=None, subitem=None, sentence=0, lead=False)
    if level == "item":
        return replace(target, item=None, subitem=None, sentence=0, lead=False)
    return replace(target, subitem=None, sentence=0, lead=False)
