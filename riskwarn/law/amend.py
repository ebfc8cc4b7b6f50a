"""Apply an amending decision to the older version of a law, article by article or not at all.

What was understood is carried out on stable nodes and numbered at the end. What was not, or does
not fit the text, holds its articles: they stay as they were, with the wording and the reason.
"""

import re
from dataclasses import dataclass, field

from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.law.amend_cites import Citations, read_citations
from riskwarn.law.amend_conflicts import find_conflicts
from riskwarn.law.amend_decision import Decision
from riskwarn.law.amend_draft import Draft, make_draft
from riskwarn.law.amend_edit import carry_out
from riskwarn.law.amend_find import HeldError
from riskwarn.law.amend_follow import Consequence, follow_citations
from riskwarn.law.amend_grammar import parse_items
from riskwarn.law.amend_number import number_articles, number_parts
from riskwarn.law.amend_print import print_law
from riskwarn.law.amend_terms import AmendKind, Instruction, Target, Unread
from riskwarn.law.amend_tokens import ANNEX_NAME
from riskwarn.law.normal import normalise
from riskwarn.law.tree import LawText
from riskwarn.records.law import short_title
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_NEW_ARTICLES = re.compile(rf"第([{NUMERAL_CHARS}]+)条")
_TRIAL = re.compile(r"[（(](?:试行|暂行|修订|修正)[）)]")
_ANNEX = re.compile(ANNEX_NAME)
_STRUCTURE = (AmendKind.RENUMBER,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why an article was left as it was: the wording of the decision, the reason and the cure."""

    no: str
    line: int
    wording: str
    reason: str
    cure: str
    articles: tuple[str, ...]

    def problem(self, file: str) -> Problem:
        """The hold as a message for people."""
        places = "、".join(Target(article=key).label for key in self.articles)
        kept = f"（{places}保持修改前文字）" if places else "（这一项没有执行）"
        message = f"第{self.no}项“{self.wording}”未执行：{self.reason}{kept}"
        return Problem("L301", message, Place(file, self.line), self.cure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What came of a decision for one law.

    `text` is the amended law. `new_keys` maps old to new article numbers ("" where it is gone);
    `touched` are NEW numbers of articles whose words the decision changed, `edited` their
    paragraphs and items that it changed, normalised.
    """

    title: str
    text: str
    instructions: tuple[Instruction, ...]
    holds: tuple[Hold, ...]
    consequences: tuple[Consequence, ...]
    notes: tuple[str, ...]
    new_keys: dict[str, str]
    touched: tuple[str, ...]
    held_keys: tuple[str, ...]
    edited: dict[str, frozenset[str]] = field(default_factory=dict)
    rewords: bool = False


@dataclass(slots=True)
class _Run:
    """One law and one decision; `held` grows until a run goes through."""

    law: LawText
    decision: Decision
    instructions: list[Instruction]
    citations: Citations
    held: set[str] = field(default_factory=set)
    held_annexes: set[str] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    holds: list[Hold] = field(default_factory=list)
    reserved: set[int] = field(default_factory=set)


def amend(law: LawText, decision: Decision, title: str, file: str = "") -> Amendment:
    """Apply the part of a decision that amends one law.

    Takes:  law, the older version; decision, read; title of the law; file, the decision's name in
            messages.
    Gives:  the amended text and everything there is to know about it.
    Raises: ConfigError L302 when the decision does not amend the law, L303 when the older text
            has no articles or is cut off, L304 when it is another law.
    """
    wanted = _filed(short_title(title), decision.laws)
    _check(law, decision, wanted, file)
    found, unread = parse_items(decision, law.order)
    mine = [made for made in found if made.law in (wanted, "")]
    run = _Run(law, decision, mine, read_citations(law))
    for left in unread:
        if left.law in (wanted, ""):
            _hold_unread(run, left)
    for index, reason in find_conflicts(mine):
        _hold(run, index, HeldError(reason, "核对决定原文，或者分两次执行"))
    draft = _until_done(run)
    consequences = follow_citations(draft, run.citations, decision.reorders, run.held)
    return _result(run, draft, consequences, wanted)


def _filed(title: str, laws: list[str]) -> str:
    """The law as the decision names it: （试行） may be left out on either side."""
    plain = _TRIAL.sub("", title)
    alike = [law for law in laws if _TRIAL.sub("", law) == plain]
    return alike[0] if title not in laws and len(alike) == 1 else title


def _check(law: LawText, decision: Decision, title: str, file: str) -> None:
    if not law.articles:
        raise ConfigError(
            Problem("L303", "修改前文本没有条文", Place(law.file), "以“第…条”开头的法律文本")
        )
    if law.completeness == "truncated":
        raise ConfigError(
            Problem("L303", "修改前文本不完整，不能执行修改", Place(law.file), "完整的修改前文本")
        )
    unnamed = not decision.laws and bool(decision.items)
    if title not in decision.laws and not unnamed:
        known = "、".join(f"《{name}》" for name in decision.laws) or "没有认出任何法律"
        raise ConfigError(
            Problem(
                "L302",
                f"决定没有修改《{title}》",
                Place(file),
                known,
                nearest(title, decision.laws),
            )
        )
    printed = _TRIAL.sub("", short_title(law.title))
    plain = _TRIAL.sub("", title)
    if printed and plain not in printed and printed not in plain:
        message = f"修改前文本是《{printed}》，不是《{title}》"
        raise ConfigError(Problem("L304", message, Place(law.file), f"《{title}》的修改前文本"))


def _hold_unread(run: _Run, left: Unread) -> None:
    old = tuple(key for key in left.articles if key in run.law.articles)
    run.held.update(old)
    run.held_annexes.update("".join(name.split()) for name in _ANNEX.findall(left.wording))
    if "增加" in left.wording:
        run.reserved.update(
            read_numeral(n) or 0 for n in _NEW_ARTICLES.findall(left.wording.split("作为")[-1])
        )
    run.holds.append(
        Hold(
            no=left.no,
            line=left.line,
            wording=left.wording,
            reason=left.reason,
            cure="人工核对这一项并手工修改",
            articles=old,
        )
    )


def _hold(run: _Run, index: int, held: HeldError) -> None:
    """Leave the articles of an instruction as they were."""
    made = run.instructions[index]
    old = tuple(key for key in made.articles if key in run.law.articles)
    if index in run.dropped:
        return
    run.dropped.add(index)
    run.held.update(old)
    run.held_annexes.update(made.annexes)
    if made.kind is AmendKind.ADD_ARTICLE:
        run.reserved.update(int(n.article) for n in made.news if n.article.isdecimal())
    run.holds.append(
        Hold(
            no=made.no,
            line=made.line,
            wording=made.written,
            reason=held.reason,
            cure=held.cure,
            articles=old,
        )
    )


def _until_done(run: _Run) -> Draft:
    """Run from the start until nothing new has to be held: nothing is ever half applied."""
    while True:
        draft = make_draft(run.law, run.citations.tag_at)
        if not _carry_all(run, draft):
            continue
        if not _number_all(run, draft):
            continue
        return draft


def _carry_all(run: _Run, draft: Draft) -> bool:
    for index, made in enumerate(run.instructions):
        if index in run.dropped:
            continue
        if set(made.annexes) & run.held_annexes:
            waits = "、".join(made.annexes)
            _hold(run, index, HeldError(f"{waits}另有未执行的指令", "先处理那一项"))
            return False
        touched = set(made.articles) & run.held
        moves = made.kind in _STRUCTURE and made.targets[0].level == "article"
        if touched and not moves:
            label = "、".join(Target(article=key).label for key in sorted(touched))
            _hold(run, index, HeldError(f"{label}另有未执行的指令", "先处理那一项"))
            return False
        try:
            carry_out(draft, made)
        except HeldError as held:
            _hold(run, index, held)
            return False
    return True


def _number_all(run: _Run, draft: Draft) -> bool:
    for article in draft.articles:
        if not article.touched:
            continue
        try:
            number_parts(article)
        except HeldError as held:
            _hold_article(run, article.key, held)
            return False
    try:
        number_articles(draft, run.decision.reorders, run.reserved, strict=not run.holds)
    except HeldError as held:
        for index, made in enumerate(run.instructions):
            if any(new.article == held.number for new in made.news):
                _hold(run, index, held)
        return False
    return True


def _hold_article(run: _Run, key: str, held: HeldError) -> None:
    for index, made in enumerate(run.instructions):
        mine = key in made.articles if key else made.kind is AmendKind.ADD_ARTICLE
        if (
            mine
            and index not in run.dropped
            and not (made.kind in _STRUCTURE and made.targets[0].level == "article")
        ):
            _hold(run, index, held)


def _result(run: _Run, draft: Draft, consequences: list[Consequence], title: str) -> Amendment:
    new_keys = dict.fromkeys(run.law.articles, "")
    new_keys |= {a.key: a.new_key for a in draft.articles if a.key}
    new_keys |= {key: into.new_key for key, into in draft.gone.items() if into is not None}
    return Amendment(
        title=title,
        text=print_law(draft),
        instructions=tuple(run.instructions),
        holds=tuple(sorted(run.holds, key=lambda hold: (hold.line, hold.no, hold.articles))),
        consequences=tuple(consequences),
        notes=tuple(dict.fromkeys([*draft.notes, *(t for _, t in run.decision.odd)])),
        new_keys=new_keys,
        touched=tuple(a.new_key for a in draft.articles if a.touched),
        held_keys=tuple(new_keys.get(key, key) for key in run.law.articles if key in run.held),
        edited={
            a.new_key: frozenset(
                normalise(p.head + p.words.text) for p in a.walk() if p.touched or not p.node
            )
            for a in draft.articles
            if a.touched
        },
        rewords=run.decision.rewords is not None,
    )
