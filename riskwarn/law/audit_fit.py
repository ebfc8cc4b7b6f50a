"""Does an article say what a row checks? Judged by words and by what cites what, never by number.

A number proves nothing: after an amendment the same number may be another rule.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from riskwarn.law.lineage_units import Piece, cut_law, grams_of, plain_words
from riskwarn.law.tree import LawText

_NEAR_ARTICLES = 4  # an amendment that inserts or strikes a few articles shifts numbers this far
_CLEARLY = 1.7  # times better the other article must fit before the number is doubted
_SHIFT = 0.08  # a shift by one article is likelier than one by four
_SOME = 0.25  # share of the row's telling words that the other article must have
_PLAIN = 0.5  # share from which the other article is plainly what the row checks
_CITES = 0.5  # what it is worth that an article cites, or is cited by, another of the row
_POWER = "监督检查"
_NOISE = [
    "检查",
    "监督检查",
    "抽查",
    "监督抽查",
    "情况的检查",
    "行为的检查",
    "的行为检查",
    "情况",
    "违法行为检查",
    "日常检查",
    "监管",
    "县级以上",
    "等违法行为",
    "规定遵守情况的",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How the cited article fits the row, and the article that fits better, if one clearly does.

    `plain` False: that other article fits better, yet not plainly: the rule may have been struck.
    """

    share: float
    better: str = ""
    better_share: float = 0.0

    @property
    def plain(self) -> bool:
        return self.better_share >= _PLAIN


@dataclass(slots=True)
class FitJudge:
    """Judges citations of one law text; its articles are cut up once."""

    law: LawText
    _pieces: dict[str, Piece] = field(init=False)
    _spread: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self._pieces = {piece.key: piece for piece in cut_law(self.law)}
        self._spread = Counter(gram for piece in self._pieces.values() for gram in piece.grams)

    def judge(self, article: str, about: str, also_cited: Iterable[str]) -> Fit:
        """Say whether an article is about what a row checks.

        Takes:  article, its number; about, the row's words (item, sub-item, object); also_cited,
                the other articles of this law that the row cites.
        Gives:  the share (0–1, and more for citations) of the row's telling words that it has;
                `better`, where another article near by fits clearly better and is not cited.
        """
        words = about
        for noise in _NOISE:
            words = words.replace(noise, " ")
        asked = grams_of("。".join(plain_words(part) for part in words.split()))
        cited = [key for key in also_cited if key != article]
        here = self._score(article, asked, cited)
        if _POWER in self._pieces[article].words:
            return Fit(share=here)  # the power to inspect is the basis of any inspection
        keys = list(self._pieces)
        at = keys.index(article)
        best, best_score = "", here
        for key in keys[max(0, at - _NEAR_ARTICLES) : at + _NEAR_ARTICLES + 1]:
            if key == article or key in cited:
                continue
            score = self._score(key, asked, cited) * (1 - _SHIFT * abs(keys.index(key) - at))
            if score > best_score:
                best, best_score = key, score
        if best and best_score >= _SOME and best_score >= here * _CLEARLY:
            return Fit(share=here, better=best, better_share=best_score)
        return Fit(share=here)

    def _score(self, key: str, asked: Counter[str], cited: list[str]) -> float:
        piece = self._pieces[key]
        total = found = 0.0
        for gram in asked:
            spread = self._spread.get(gram, 0)
            if not spread:
                continue
            weight = math.log(1 + len(self._pieces) / spread)
            total += weight
            found += weight if gram in piece.grams else 0.0
        score = found / total if total else 0.0
        linked = any(other in piece.cites for other in cited)
        linked = linked or any(key in self._pieces[o].cites for o in cited if o in self._pieces)
        return score + (_CITES if linked else 0.0)
