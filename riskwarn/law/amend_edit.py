"""One instruction carried out on the draft; what cannot be done exactly raises `HeldError`."""

from collections.abc import Callable

from riskwarn.law.amend_draft import Draft
from riskwarn.law.amend_edit_annex import delete_annex, replace_annex
from riskwarn.law.amend_edit_articles import (
    add_article,
    delete_article,
    merge_articles,
    renumber,
    split_article_of,
)
from riskwarn.law.amend_edit_divisions import (
    add_division,
    delete_division,
    merge_division,
    rename_title,
    replace_preamble,
)
from riskwarn.law.amend_edit_parts import add_part, delete_part, replace_article, replace_part
from riskwarn.law.amend_edit_words import delete_words_of, insert_words_of, replace_words_of
from riskwarn.law.amend_terms import AmendKind, Instruction


def carry_out(draft: Draft, made: Instruction) -> None:
    """Carry one instruction out.

    Raises: HeldError; the draft may then be changed in part and is to be thrown away.
    """
    _ACTIONS[made.kind](draft, made)


def _other(draft: Draft, made: Instruction) -> None:
    """个别文字作相应修改: says nothing that could be carried out; it is reported."""


_ACTIONS: dict[AmendKind, Callable[[Draft, Instruction], None]] = {
    AmendKind.REPLACE_WORDS: replace_words_of,
    AmendKind.INSERT_WORDS: insert_words_of,
    AmendKind.DELETE_WORDS: delete_words_of,
    AmendKind.REPLACE_ARTICLE: replace_article,
    AmendKind.REPLACE_PARAGRAPH: replace_part,
    AmendKind.REPLACE_ITEM: replace_part,
    AmendKind.REPLACE_SUBITEM: replace_part,
    AmendKind.ADD_ARTICLE: add_article,
    AmendKind.ADD_PARAGRAPH: add_part,
    AmendKind.ADD_ITEM: add_part,
    AmendKind.ADD_SUBITEM: add_part,
    AmendKind.ADD_DIVISION: add_division,
    AmendKind.DELETE_ARTICLE: delete_article,
    AmendKind.DELETE_PARAGRAPH: delete_part,
    AmendKind.DELETE_ITEM: delete_part,
    AmendKind.DELETE_SUBITEM: delete_part,
    AmendKind.DELETE_DIVISION: delete_division,
    AmendKind.MERGE_DIVISION: merge_division,
    AmendKind.RENUMBER: renumber,
    AmendKind.MERGE_ARTICLES: merge_articles,
    AmendKind.SPLIT_ARTICLE: split_article_of,
    AmendKind.RENAME_TITLE: rename_title,
    AmendKind.REPLACE_PREAMBLE: replace_preamble,
    AmendKind.REPLACE_ANNEX: replace_annex,
    AmendKind.DELETE_ANNEX: delete_annex,
    AmendKind.OTHER: _other,
}
