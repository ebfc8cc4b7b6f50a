"""Effect records of a decision: one a clause that it changes, one a title that it repeals."""

from dataclasses import replace

from riskwarn.law.amend import Amendment
from riskwarn.law.amend_compare import Finding
from riskwarn.law.amend_decision import Decision
from riskwarn.law.amend_terms import Instruction, Target
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import LawText
from riskwarn.records.effects import Effect, EffectStatus
from riskwarn.records.law import ClauseRef


def repeals_of(decision: Decision) -> list[Effect]:
    """Give the repeal list of a decision as effects: lineage data, one a title."""
    return [
        Effect(
            instrument=decision.title,
            kind="repeal",
            target=ClauseRef(law=found.title),
            instrument_on=decision.dated_on,
            effective_on=decision.effective_on,
            status=EffectStatus.ANNOUNCED,
            note=found.history,
        )
        for found in decision.repealed
    ]


def effects_of(
    made: Amendment,
    before: LawText,
    decision: Decision,
    findings: list[Finding] | None = None,
) -> list[Effect]:
    """Give the effects of a decision on one law, then its repeals.

    Takes:  made, the amendment; before, the older text; decision; findings, what differs from the
            published text where that was compared: an effect on an article that agrees is
            confirmed.
    Gives:  effects in the order of the decision; old and new text are those of the whole article
            (the new one of the amended text), so that they can be shown side by side.
    """
    after = parse_law(made.text)
    held = {(hold.no, hold.wording) for hold in made.holds}
    differing = {finding.article for finding in findings or []}
    found: list[Effect] = []
    for instruction in made.instructions:
        status = (
            EffectStatus.HELD
            if (instruction.no, instruction.written) in held
            else EffectStatus.APPLIED
        )
        found += [
            replace(
                effect,
                instrument=decision.title,
                instrument_on=decision.dated_on,
                effective_on=decision.effective_on,
                status=_confirmed(effect, status, differing) if findings is not None else status,
            )
            for effect in _effects(made, instruction, before, after)
        ]
    return found + repeals_of(decision)


def _confirmed(effect: Effect, status: EffectStatus, differing: set[str]) -> EffectStatus:
    agrees = effect.becomes is None or effect.becomes.article not in differing
    return EffectStatus.CONFIRMED if agrees and status is EffectStatus.APPLIED else status


def _effects(
    made: Amendment, instruction: Instruction, before: LawText, after: LawText
) -> list[Effect]:
    kind = instruction.kind.value
    if not instruction.articles:
        news = [new for new in instruction.news if new.article]
        if not news:
            return [Effect(instrument="", kind=kind, target=None, note=instruction.written)]
        return [
            Effect(
                instrument="",
                kind=kind,
                target=None,
                becomes=ClauseRef(law=made.title, article=new.article),
                new_text=_text(after, new.article),
            )
            for new in news
        ]
    return [
        _effect(made, kind, target, before, after)
        for target in instruction.targets
        if target.article
    ]


def _effect(made: Amendment, kind: str, target: Target, before: LawText, after: LawText) -> Effect:
    new = made.new_keys.get(target.article, "")
    return Effect(
        instrument="",
        kind=kind,
        target=ClauseRef(
            law=made.title,
            article=target.article,
            paragraph=target.paragraph,
            item=target.item,
            subitem=target.subitem,
        ),
        becomes=ClauseRef(law=made.title, article=new) if new else None,
        old_text=_text(before, target.article),
        new_text=_text(after, new),
    )


def _text(law: LawText, key: str) -> str:
    article = law.articles.get(key)
    return article.node.text if article else ""
