"""Two wordings side by side: what joins up is the text, and a number is never cut in two."""

from hypothesis import given
from hypothesis import strategies as st

from riskwarn.law.sides import side_pieces, sides_html

TEXTS = st.text(alphabet="甲乙丙十五百万元，。3 <&", max_size=40)


@given(TEXTS, TEXTS)
def test_the_pieces_joined_are_the_two_texts(old, new):
    pieces = side_pieces(old, new)
    assert "".join(one for one, _ in pieces) == old
    assert "".join(other for _, other in pieces) == new


def test_a_number_that_changed_is_shown_whole():
    left, right = sides_html("处五万元以上五十万元以下的罚款", "处五万元以上二十万元以下的罚款")
    assert left == "处五万元以上<del>五十万</del>元以下的罚款"
    assert right == "处五万元以上<ins>二十万</ins>元以下的罚款"


def test_one_letter_between_two_changes_is_taken_along():
    left, right = sides_html("逾期不登记的", "拒不改正的")
    assert left == "<del>逾期不登记</del>的"
    assert right == "<ins>拒不改正</ins>的"


def test_markup_in_a_text_stays_text():
    left, right = sides_html("<b>甲", "<b>乙")
    assert left == "&lt;b&gt;<del>甲</del>"
    assert right == "&lt;b&gt;<ins>乙</ins>"
    assert sides_html("", "<i>") == ("", "<ins>&lt;i&gt;</ins>")
