"""Where a cited 款 or 项 lives in another version: lineage below the article."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from riskwarn.law.lineage import Lineage, trace
from riskwarn.law.lineage_kinds import Change, classify, learn_renames
from riskwarn.law.lineage_score import overlaps
from riskwarn.law.lineage_units import grams_of, plain_words
from riskwarn.law.normal import bare
from riskwarn.law.tree import Article, Kind, LawText, Node
from riskwarn.records.law import ClauseRef

_GONE = 0.12  # a clause less like anything in the articles that continue its own is gone
_MOSTLY = 0.33  # a 项 that has this much of itself from an old one, and from no other, is its half
_ALL = 0.85  # a 项 that has this much of an old one continues it alone
_LEAD_SHARE = 0.25  # how much the lead-in counts beside the words of a 项


class Fate(StrEnum):
    """What became of a cited clause."""

    UNCHANGED, RENUMBERED = "unchanged", "renumbered"
    CHANGED_HERE, CHANGED_MOVED = "text_changed_same_place", "text_changed_moved"
    SPLIT, MERGED = "split", "merged"
    GONE, REPLACED = "repealed_no_successor", "law_replaced"
    PENDING = "not_yet_in_force_change"
    UNKNOWN = "cannot_tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A clause in the other version: its fate, places (the main one first), both texts.

    `score` is 0–1, how alike the texts are; `article_changed` says whether the article that holds
    the clause changed anywhere, numbering apart.
    """

    fate: Fate
    places: tuple[ClauseRef, ...]
    related: tuple[ClauseRef, ...]
    old_text: str
    new_text: str
    change: Change
    score: float
    article_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A clause of a version as compared: its own words and those of its lead-in."""

    ref: ClauseRef
    text: str
    lead: str = ""

    @property
    def whole(self) -> str:
        return self.lead + self.text


@dataclass(slots=True)
class Follower:
    """Follows clauses from one version to another; answers are kept."""

    old: LawText
    new: LawText
    base: ClauseRef  # law and version of the new text
    lineage: Lineage = field(init=False)
    renames: tuple[tuple[str, str], ...] = field(init=False)
    _answers: dict[tuple[str | None, int | None, int | None], Followed] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        """Raises: ConfigError L141 when a text is not whole."""
        self.lineage = trace(self.old, self.new)
        links = [row for row in self.lineage.rows if row.old_article and row.new_article]
        texts = [
            (
                self.old.articles[row.old_article].node.text,
                self.new.articles[row.new_article].node.text,
            )
            for row in links
        ]
        self.renames = learn_renames(texts)

    def follow(self, ref: ClauseRef) -> Followed:
        """Say where a clause of the old version is in the new one.

        Takes:  an address with article, and 款 and 项 as cited (a 项 without 款 is completed).
        Gives:  its fate and places. A clause that the old version does not have is cannot_tell.
        """
        key = (ref.article, ref.paragraph, ref.item)
        if key not in self._answers:
            self._answers[key] = self._follow(ref)
        return self._answers[key]

    def _follow(self, ref: ClauseRef) -> Followed:
        article = self.old.articles.get(ref.article or "")
        here = find_place(article, ref) if article else None
        if article is None or here is None:
            return self._nothing(Fate.UNKNOWN, "")
        rows = self.lineage.successors(article.key)
        if not rows:
            return self._nothing(Fate.GONE, here.whole)
        successors = [self.new.articles[row.new_article] for row in rows]
        if ref.paragraph is None and ref.item is None:
            return self._whole(article, here, successors)
        return self._part(article, here, successors)

    def _nothing(self, fate: Fate, text: str) -> Followed:
        change = classify(text, "") if text else classify("", "")
        return Followed(
            fate=fate,
            places=(),
            related=(),
            old_text=text,
            new_text="",
            change=change,
            score=0.0,
            article_changed=fate is Fate.GONE,
        )

    def _whole(self, article: Article, here: _Place, successors: list[Article]) -> Followed:
        if len(successors) > 1:
            places = tuple(replace(self.base, article=found.key) for found in successors)
            new = "\n".join(found.node.text for found in successors)
            return self._told(Fate.SPLIT, places, (), here, new, True)
        found = successors[0]
        place = _Place(ref=replace(self.base, article=found.key), text=found.node.text)
        changed = bare(here.text) != bare(place.text)
        related: tuple[ClauseRef, ...] = ()
        main = place.ref
        if changed and len(article.paragraphs) == 1 and len(found.paragraphs) > 1:
            best, score = self._best(here, _paragraphs(found, self.base))
            if best is not None and score >= _GONE:
                main = best.ref
                related = tuple(
                    replace(place.ref, paragraph=p.number)
                    for p in found.paragraphs
                    if p.number != best.ref.paragraph
                )
        fate = _fate(article.key != found.key, changed)
        return self._told(fate, (main,), related, here, place.text, changed)

    def _part(self, article: Article, here: _Place, successors: list[Article]) -> Followed:
        places = [
            place
            for found in successors
            for place in (
                _items(found, self.base)
                if here.ref.item is not None
                else _paragraphs(found, self.base)
            )
        ]
        if here.ref.item is not None:
            places += [p for found in successors for p in _paragraphs(found, self.base)]
        best, score = self._best(here, places)
        if best is None or score < _GONE:
            return self._nothing(Fate.GONE, here.whole)
        more = self._other_halves(article, here, best, places) if here.ref.item else ()
        if more:
            parts = sorted((best, *more), key=lambda place: place.ref.sort_key)
            new = best.lead + "".join(place.text for place in parts)
            return self._told(Fate.SPLIT, tuple(p.ref for p in parts), (), here, new, True)
        moved = (best.ref.article, best.ref.paragraph, best.ref.item) != (
            here.ref.article,
            here.ref.paragraph,
            here.ref.item,
        )
        changed = bare(best.whole) != bare(here.whole)
        whole_changed = all(bare(article.node.text) != bare(f.node.text) for f in successors)
        fate = _fate(moved, changed)
        return self._told(fate, (best.ref,), (), here, best.whole, whole_changed)

    def _other_halves(
        self, article: Article, here: _Place, best: _Place, places: list[_Place]
    ) -> list[_Place]:
        """The further 项 beside the likest that say mostly what this one said, and no other did."""
        kept = overlaps(
            [grams_of(plain_words(here.text))],
            [grams_of(plain_words(best.text))],
            self.lineage.weights,
        )[0].get(0)
        if best.ref.item is None or kept is None or kept.of_old >= _ALL:
            return []
        beside = [
            place
            for place in places
            if place.ref != best.ref
            and place.ref.item is not None
            and (place.ref.article, place.ref.paragraph) == (best.ref.article, best.ref.paragraph)
        ]
        siblings = [place for place in _items(article, here.ref) if place.ref.item != here.ref.item]
        texts = [here.text, *(place.text for place in siblings)]
        rows = overlaps(
            [grams_of(plain_words(text)) for text in texts],
            [grams_of(plain_words(place.text)) for place in beside],
            self.lineage.weights,
        )
        found = []
        for at, place in enumerate(beside):
            like = rows[0].get(at)
            rivals = [row[at].near for row in rows[1:] if at in row]
            if like and like.of_new >= _MOSTLY and like.near > max(rivals, default=0.0):
                found.append(place)
        return found

    def _told(
        self,
        fate: Fate,
        places: tuple[ClauseRef, ...],
        related: tuple[ClauseRef, ...],
        here: _Place,
        new: str,
        article_changed: bool,
    ) -> Followed:
        grams = (grams_of(plain_words(here.whole)), grams_of(plain_words(new)))
        alike = overlaps([grams[0]], [grams[1]], self.lineage.weights)[0].get(0)
        same = bare(here.whole) == bare(new)
        return Followed(
            fate=fate,
            places=places,
            related=related,
            old_text=here.whole,
            new_text=new,
            change=classify(here.whole, new, self.renames),
            score=1.0 if same else round(alike.even if alike else 0.0, 3),
            article_changed=article_changed,
        )

    def _best(self, here: _Place, places: list[_Place]) -> tuple[_Place | None, float]:
        """The likest place; among equals the one in the same position."""
        own = [grams_of(plain_words(here.text)), grams_of(plain_words(here.lead))]
        texts = overlaps(
            own[:1], [grams_of(plain_words(p.text)) for p in places], self.lineage.weights
        )
        leads = overlaps(
            own[1:], [grams_of(plain_words(p.lead)) for p in places], self.lineage.weights
        )
        best: tuple[float, int, int] | None = None
        for at, place in enumerate(places):
            if bare(place.text) == bare(here.text):
                alike = 1.0
            else:
                like = texts[0].get(at)
                alike = (like.near + like.even) / 2 if like else 0.0
            if here.lead:
                lead = leads[0].get(at)
                same = bare(place.lead) == bare(here.lead)
                beside = 1.0 if same else (lead.even if lead else 0.0)
                alike = alike * (1 - _LEAD_SHARE) + beside * _LEAD_SHARE
            same_item = (place.ref.item or 0) == (here.ref.item or 0)
            same_paragraph = (place.ref.paragraph or 0) == (here.ref.paragraph or 0)
            rank = (round(alike, 6), same_item + same_paragraph, -at)
            best = max(best, rank) if best else rank
        return (places[-best[2]], best[0]) if best else (None, 0.0)


def _fate(moved: bool, changed: bool) -> Fate:
    if changed:
        return Fate.CHANGED_MOVED if moved else Fate.CHANGED_HERE
    return Fate.RENUMBERED if moved else Fate.UNCHANGED


def find_place(article: Article, ref: ClauseRef) -> _Place | None:
    """The cited clause with its lead-in; a 项 without 款 is sought where there are 项."""
    if ref.paragraph is None and ref.item is None:
        return _Place(ref=ref, text=article.node.text)
    for paragraph in article.paragraphs:
        if ref.paragraph is not None and paragraph.number != ref.paragraph:
            continue
        if ref.item is None:
            return _Place(ref=ref, text=paragraph.text)
        item = paragraph.item(ref.item)
        if item is not None:
            at = replace(ref, paragraph=paragraph.number)
            return _Place(ref=at, text=item.text, lead=paragraph.own_text)
    return None


def _paragraphs(article: Article, base: ClauseRef) -> list[_Place]:
    return [
        _Place(ref=replace(base, article=article.key, paragraph=p.number), text=p.text)
        for p in article.paragraphs
    ]


def _items(article: Article, base: ClauseRef) -> list[_Place]:
    def place(paragraph: Node, item: Node) -> _Place:
        ref = replace(base, article=article.key, paragraph=paragraph.number, item=item.number)
        return _Place(ref=ref, text=item.text, lead=paragraph.own_text)

    return [
        place(paragraph, item)
        for paragraph in article.paragraphs
        for item in paragraph.of_kind(Kind.ITEM)
    ]
