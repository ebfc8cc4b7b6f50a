"""Instructions as the rows of a table: kind, old places, new places, words."""

from riskwarn.law.amend_terms import ADDS, AmendKind, Instruction, Target
from riskwarn.records.law import short_title

COLUMNS = (
    "seq",
    "no",
    "kind",
    "target_as_written",
    "article",
    "paragraph",
    "item",
    "new_number",
    "old_words",
    "new_words",
)
_ADDS_BELOW = (AmendKind.ADD_PARAGRAPH, AmendKind.ADD_ITEM, AmendKind.ADD_SUBITEM)


def instruction_rows(instructions: list[Instruction], title: str) -> list[dict[str, str]]:
    """Give one row an instruction of one law.

    Takes:  instructions of a decision; title of the law.
    Gives:  rows with COLUMNS as strings. article, paragraph, item are OLD numbers, several joined
            by semicolons; new_number is the NEW article (56.4 its paragraph).
    """
    wanted = short_title(title)
    rows = []
    renumbered: dict[tuple[str, str], str] = {}
    inside: dict[tuple[str, str, int], int] = {}
    mine = [made for made in instructions if made.law in (wanted, "")]
    for made in mine:
        if made.kind is AmendKind.RENUMBER:
            for old, new in zip(made.targets, made.news, strict=True):
                if old.level == "article":
                    renumbered[made.no, old.article] = new.article
                elif old.level == "paragraph" and old.paragraph and new.paragraph:
                    inside[made.no, old.article, old.paragraph] = new.paragraph
    for seq, made in enumerate(mine, 1):
        row = {
            "seq": str(seq),
            "no": made.no,
            "kind": made.kind.value,
            "target_as_written": made.written,
            "article": _joined([t.article or t.division for t in made.targets]),
            "paragraph": _paragraphs(made),
            "item": _items(made),
            "new_number": _new_number(made, renumbered, inside),
            "old_words": made.old_words,
            "new_words": made.new_words,
        }
        if made.kind is AmendKind.INSERT_WORDS and not made.old_words:
            unit = {"paragraph": "款", "item": "项", "article": "条"}.get(
                made.targets[0].level, "条"
            )
            number = (
                made.targets[0].label if unit == "条" else made.targets[0].label.split("条")[-1]
            )
            row["old_words"] = f"（{number}{'最后' if made.place == 'end' else '开头'}）"
        rows.append(row)
    return rows


def _joined(values: list[str]) -> str:
    return ";".join(dict.fromkeys(value for value in values if value))


def _numbers(targets: tuple[Target, ...], level: str) -> list[str]:
    return ["" if (n := getattr(t, level)) is None else str(n) for t in targets]


def _spread(values: list[str], articles: int) -> str:
    """Values of several targets: one each where they belong to several articles."""
    if not any(values):
        return ""
    return ";".join(values if articles > 1 else list(dict.fromkeys(values)))


def _paragraphs(made: Instruction) -> str:
    if made.kind is AmendKind.ADD_PARAGRAPH:
        numbers = [t.paragraph for t in made.news if t.paragraph]
        if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{numbers[0]}-{numbers[-1]}"
        return ";".join(str(n) for n in numbers)
    return _spread(_numbers(made.targets, "paragraph"), len(made.articles))


def _items(made: Instruction) -> str:
    if made.kind is AmendKind.ADD_ITEM:
        numbers = [t.item for t in made.news if t.item]
        if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{numbers[0]}-{numbers[-1]}"
        return ";".join(str(n) for n in numbers)
    return _spread(_numbers(made.targets, "item"), len(made.articles))


def _new_number(
    made: Instruction,
    renumbered: dict[tuple[str, str], str],
    inside: dict[tuple[str, str, int], int],
) -> str:
    if made.kind is AmendKind.RENUMBER and made.targets[0].level != "article":
        return _renumbered_inside(made, renumbered)
    if made.news and made.kind not in _ADDS_BELOW:
        return ";".join(t.division + t.article for t in made.news)
    article = made.targets[0].article if made.targets else ""
    new = renumbered.get((made.no, article), "")
    target = made.targets[0] if made.targets else None
    moved = inside.get((made.no, article, (target.paragraph or 0) if target else 0))
    if moved and made.kind not in ADDS.values():
        return f"{new or article}.{moved}"
    return new


def _renumbered_inside(made: Instruction, renumbered: dict[tuple[str, str], str]) -> str:
    level = made.targets[0].level
    if level == "division":
        return ";".join(t.division for t in made.news)
    new = renumbered.get((made.no, made.targets[0].article), "")
    numbers = [str(getattr(t, level)) for t in made.news]
    return ";".join(f"{new}.{number}" if new else number for number in numbers)
