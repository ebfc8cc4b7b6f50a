"""Which rule contains which by its text alone: every hit of the one must be a hit of the other.

Sound, not complete: what is said holds for every enterprise there could be; what is not said may
hold as well. Conditions are brought into alternatives of plain atoms, parameters put in for each
region that any value names, and the atoms of one column compared as intervals and sets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations, product

from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    Condition,
    InList,
    Not,
    ParamRef,
    Rule,
)
from riskwarn.rules.params import param_at
from riskwarn.rules.values import days_of, industry_prefixes

MAX_TERMS = 256  # alternatives of one rule; more are not looked at
_ORDERED = ("date", "fen", "bp", "int", "number")
_FLIP = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
_FLIP |= {"in": "not_in", "not_in": "in"}


@dataclass(frozen=True, slots=True)
class Atom:
    """One plain statement about one column; `op` may be negated with a leading `!`."""

    column: str
    kind: str
    op: str
    values: tuple[object, ...]


@dataclass(slots=True)
class Facts:
    """What all atoms of one alternative say about one column."""

    low: tuple[float, bool] = (float("-inf"), False)  # bound, strict
    high: tuple[float, bool] = (float("inf"), False)
    among: frozenset[object] | None = None
    outside: frozenset[object] = frozenset()
    atoms: set[Atom] = field(default_factory=set)
    known: bool = False
    null: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value fits."""
        (low, low_strict), (high, high_strict) = self.low, self.high
        crossed = low > high or (low == high and (low_strict or high_strict))
        return crossed or self.among == frozenset() or (self.known and self.null)


class TooManyTermsError(Exception):
    """A rule has more alternatives than are looked at."""


def subsumed(rules: Sequence[Rule], as_of: date) -> list[tuple[str, str]]:
    """Name every (narrow, wide): whatever `narrow` hits on the day, `wide` hits too.

    A rule that says hit when it knows nothing is never narrow. Rules equal to each other are
    named both ways.
    """
    return [(a.id, b.id) for a, b in permutations(rules, 2) if contained(a, b, as_of)]


def contained(narrow: Rule, wide: Rule, as_of: date) -> bool:
    """Whether every hit of `narrow` is one of `wide`, for sure."""
    if narrow.on_unknown == "hit":
        return False
    try:
        return all(
            all(_entails(term, _plain(wide.when, wide, region, as_of)) for term in terms)
            for region in _regions(narrow, wide)
            if (terms := _possible(narrow, region, as_of)) is not None
        )
    except TooManyTermsError:
        return False


def impossible(rule: Rule, as_of: date) -> bool:
    """Whether no enterprise anywhere can be hit: the conditions exclude each other."""
    if rule.on_unknown == "hit":
        return False
    try:
        return not any(_possible(rule, region, as_of) for region in _regions(rule))
    except TooManyTermsError:
        return False


def _regions(*rules: Rule) -> list[str | None]:
    """Give one region for each way in which values can hold: every prefix, elsewhere, unknown."""
    named = {v.region for rule in rules for param in rule.params.values() for v in param.values}
    return [*sorted(named | {""}), None]


Tree = Atom | tuple[str, tuple["Tree", ...]]  # ("all" | "any", parts)
FALSE: Tree = ("any", ())


def _plain(
    node: Condition, rule: Rule, region: str | None, as_of: date, negated: bool = False
) -> Tree:
    """Push `not` down to the atoms and put the parameters' values in."""
    if isinstance(node, Not):
        return _plain(node.child, rule, region, as_of, not negated)
    if isinstance(node, AllOf | AnyOf):
        word = "all" if isinstance(node, AllOf) is not negated else "any"
        parts = tuple(_plain(child, rule, region, as_of, negated) for child in node.children)
        return (word, parts)
    if isinstance(node, InList):
        listed = rule.lists[node.list]
        if not listed.fresh(as_of):
            return FALSE
        values = _forms(listed.members(as_of), node.input.type, "in")
        return Atom(node.input.name, node.input.type, "not_in" if negated else "in", values)
    return _atom(node, rule, region, as_of, negated)


def _atom(node: Compare, rule: Rule, region: str | None, as_of: date, negated: bool) -> Tree:
    value: object = node.value
    if isinstance(node.value, AsOf):
        value = days_of(as_of)
    elif isinstance(node.value, ParamRef):
        value = param_at(rule.params[node.value.name], region, as_of)
        if value is None:
            return FALSE  # unknown there: never a hit, and its negation neither
    values = value if isinstance(value, tuple) else (value,)
    op: str = node.op
    if op == "is_null":
        return Atom(node.input.name, node.input.type, op, (values[0] is not negated,))
    if negated:
        op = _FLIP.get(op, f"!{op}")
    return Atom(node.input.name, node.input.type, op, _forms(values, node.input.type, node.op))


def _forms(values: tuple[object, ...], kind: str, op: str) -> tuple[object, ...]:
    """Give every way in which a register writes an industry code, as the compiler does."""
    if kind != "industry":
        return tuple(values)
    texts = [str(one) for one in values]
    whole = [one for one in texts if op != "starts_with" and len(one) == 1]
    spread = [form for one in texts if one not in whole for form in industry_prefixes(one)]
    return tuple(sorted({*whole, *spread}))


def _possible(rule: Rule, region: str | None, as_of: date) -> list[Mapping[str, Facts]] | None:
    """Give the alternatives that can hold in a region, each as facts by column; None: none can."""
    found: list[Mapping[str, Facts]] = []
    for term in _terms(_plain(rule.when, rule, region, as_of)):
        facts = _gather(term)
        if not any(one.empty for one in facts.values()):
            found.append(facts)
    return found or None


def _terms(tree: Tree) -> list[tuple[Atom, ...]]:
    """Multiply out into alternatives.

    Raises: TooManyTermsError.
    """
    if isinstance(tree, Atom):
        return [(tree,)]
    word, parts = tree
    inner = [_terms(part) for part in parts]
    if word == "any":
        terms = [term for one in inner for term in one]
    else:
        size = 1
        for one in inner:
            size *= len(one)
        if size > MAX_TERMS:
            raise TooManyTermsError
        terms = [sum(chosen, ()) for chosen in product(*inner)]
    if len(terms) > MAX_TERMS:
        raise TooManyTermsError
    return terms


def _gather(term: Sequence[Atom]) -> dict[str, Facts]:
    facts: dict[str, Facts] = {}
    for atom in term:
        one = facts.setdefault(atom.column, Facts())
        one.atoms.add(atom)
        if atom.op == "is_null":
            one.null |= bool(atom.values[0])
            one.known |= not atom.values[0]
            continue
        one.known = True
        _narrow(one, atom)
    return facts


def _narrow(facts: Facts, atom: Atom) -> None:
    if atom.op in ("in", "eq"):
        values = frozenset(atom.values)
        facts.among = values if facts.among is None else facts.among & values
    elif atom.op in ("not_in", "ne"):
        facts.outside |= frozenset(atom.values)
    if facts.among is not None:
        facts.among -= facts.outside
    if atom.kind not in _ORDERED or atom.op not in ("lt", "le", "gt", "ge", "eq", "in"):
        return
    numbers = [_number(value) for value in atom.values]
    if not numbers:
        return
    whole = atom.kind != "number"
    if atom.op in ("gt", "ge", "eq", "in"):
        facts.low = max(facts.low, _bound(min(numbers), atom.op == "gt", 1 if whole else 0))
    if atom.op in ("lt", "le", "eq", "in"):
        bound = _bound(max(numbers), atom.op == "lt", -1 if whole else 0)
        facts.high = min(facts.high, bound, key=lambda b: (b[0], not b[1]))


def _number(value: object) -> float:
    """Give a number as it is: whole ones stay whole, so that large amounts stay exact."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value


def _bound(number: float, strict: bool, step: int) -> tuple[float, bool]:
    """Whole numbers need no strict bounds: more than 4 is at least 5."""
    return (number + step, False) if strict and step else (number, strict)


def _entails(facts: Mapping[str, Facts], tree: Tree) -> bool:
    if isinstance(tree, Atom):
        return tree.column in facts and _says(facts[tree.column], tree)
    word, parts = tree
    test = all if word == "all" else any
    return test(_entails(facts, part) for part in parts)


def _says(facts: Facts, atom: Atom) -> bool:
    """Whether what is known of a column makes the atom true."""
    if atom in facts.atoms:
        return True
    if atom.op == "is_null":
        return facts.null if atom.values[0] else facts.known
    if not facts.known:
        return False
    if facts.among is not None:
        return all(_true_of(value, atom) for value in facts.among)
    if atom.op in ("not_in", "ne") and frozenset(atom.values) <= facts.outside:
        return True
    if atom.kind in _ORDERED:
        return _interval_says(facts, atom)
    return any(_prefix_says(known, atom) for known in facts.atoms if known.op == "starts_with")


def _true_of(value: object, atom: Atom) -> bool:
    if atom.op in ("in", "eq", "not_in", "ne"):
        return (value in atom.values) is (atom.op in ("in", "eq"))
    if atom.op in ("starts_with", "!starts_with"):
        begins = any(str(value).startswith(str(prefix)) for prefix in atom.values)
        return begins is (atom.op == "starts_with")
    if atom.op in ("contains", "!contains"):
        if atom.kind == "set":
            return False
        return (str(atom.values[0]) in str(value)) is (atom.op == "contains")
    left, right = _number(value), _number(atom.values[0])
    return {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[
        atom.op
    ]


def _interval_says(facts: Facts, atom: Atom) -> bool:
    numbers = [_number(value) for value in atom.values]
    (low, low_strict), (high, high_strict) = facts.low, facts.high
    if atom.op in ("ge", "gt"):
        return low > numbers[0] or (low == numbers[0] and (atom.op == "ge" or low_strict))
    if atom.op in ("le", "lt"):
        return high < numbers[0] or (high == numbers[0] and (atom.op == "le" or high_strict))
    if atom.op in ("ne", "not_in"):
        return all(_outside(number, facts) for number in numbers)
    return low == high and not (low_strict or high_strict) and low in numbers


def _outside(number: float, facts: Facts) -> bool:
    (low, low_strict), (high, high_strict) = facts.low, facts.high
    below = number < low or (number == low and low_strict)
    return below or number > high or (number == high and high_strict) or number in facts.outside


def _prefix_says(known: Atom, atom: Atom) -> bool:
    """Whether a value that begins with one of some prefixes makes the atom true."""
    prefixes = [str(value) for value in known.values]
    others = [str(value) for value in atom.values]
    if atom.op == "starts_with":
        return all(any(mine.startswith(other) for other in others) for mine in prefixes)
    if atom.op == "!starts_with":
        return not any(_meet(mine, other) for mine in prefixes for other in others)
    if atom.op in ("not_in", "ne"):
        return not any(other.startswith(mine) for mine in prefixes for other in others)
    return False


def _meet(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)
