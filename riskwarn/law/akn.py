"""A version of a law as Akoma Ntoso 1.0 (OASIS LegalDocML): every word under its number.

章 节 条 款 项 目 become chapter, section, article, paragraph, point, indent. An eId names a place
in this version; permanent ids (wId) are not written: `law trace` gives them.
"""

from collections import Counter
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.law.tree import DIVISIONS, Kind, LawText, Node
from riskwarn.records.law import LawVersion

NAMESPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
_SOURCE = "#source"
_BODY = {
    Kind.PART: ("part", "part"),
    Kind.SUBPART: ("subpart", "subpart"),
    Kind.CHAPTER: ("chapter", "chp"),
    Kind.SECTION: ("section", "sec"),
    Kind.ARTICLE: ("article", "art"),
    Kind.PARAGRAPH: ("paragraph", "para"),
    Kind.ITEM: ("point", "point"),
    Kind.SUBITEM: ("indent", "indent"),
    Kind.ENTRY: ("clause", "clause"),
}


def write_akn(law: LawText, version: LawVersion, first: LawVersion) -> str:
    """Print a version as an Akoma Ntoso act.

    Takes:  law, its parsed text; version, its header; first, the eldest version in the book, which
            dates the work.
    Gives:  an XML document; the same text gives the same bytes. The table of contents is left out.
    Raises: ConfigError L176 when the version is not dated: an expression has a date.
    """
    if version.promulgated_on is None or first.promulgated_on is None:
        place = Place(version.file)
        message = f"《{version.title}》的公布日期不详，不能导出为 Akoma Ntoso"
        raise ConfigError(Problem("L176", message, place, "在文件头补上 promulgated"))
    writer = _Writer(version, first)
    root = ET.Element("akomaNtoso", {"xmlns": NAMESPACE})
    act = ET.SubElement(root, "act", {"name": "act", "contains": "singleVersion"})
    writer.meta(act, "main")
    writer.front(act, law)
    body = ET.SubElement(act, "body")
    for node in law.root.children:
        if node.kind in _BODY:
            writer.hierarchy(body, node, "")
    if not len(body):  # a reply or decision without numbered parts: its running text is the body
        running = ET.SubElement(body, "hcontainer", {"eId": "hcontainer_1", "name": "text"})
        _paragraphs(ET.SubElement(running, "content"), _preamble(law) or [""])
    writer.annexes(act, law)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


@dataclass(slots=True)
class _Writer:
    version: LawVersion
    first: LawVersion
    used: Counter[str] = field(default_factory=Counter)

    def meta(self, parent: ET.Element, component: str) -> None:
        work = f"/akn/cn/act/{self.first.promulgated_on}/{self.version.title}"
        expression = f"{work}/zho@{self.version.promulgated_on}"
        prefix = "" if component == "main" else f"{component}__"
        meta = ET.SubElement(parent, "meta")
        told = ET.SubElement(meta, "identification", {"source": _SOURCE})
        levels = (
            ("FRBRWork", work, self.first.promulgated_on, "FRBRcountry", {"value": "cn"}),
            ("FRBRExpression", expression, self.version.promulgated_on, "FRBRlanguage",
             {"language": "zho"}),
            ("FRBRManifestation", f"{expression}/akn.xml", self.version.promulgated_on,
             "FRBRformat", {"value": "application/akn+xml"}),
        )  # fmt: skip
        for name, uri, on, last, value in levels:
            level = ET.SubElement(told, name)
            ET.SubElement(level, "FRBRthis", {"value": f"{uri}/!{component}"})
            ET.SubElement(level, "FRBRuri", {"value": uri})
            ET.SubElement(level, "FRBRdate", {"date": str(on), "name": "promulgation"})
            ET.SubElement(level, "FRBRauthor", {"href": f"#{prefix}body"})
            ET.SubElement(level, last, value)
        self._life(meta)
        references = ET.SubElement(meta, "references", {"source": _SOURCE})
        for key, name in (("body", self.version.issuing_body or "不详"),
                          ("source", self.version.source_repo or "不详")):  # fmt: skip
            shown = {"eId": prefix + key, "href": f"/ontology/organization/{key}", "showAs": name}
            ET.SubElement(references, "TLCOrganization", shown)

    def _life(self, meta: ET.Element) -> None:
        """Promulgation, and commencement where it is known: unknown is left out, not guessed."""
        life = ET.SubElement(meta, "lifecycle", {"source": _SOURCE})
        events = [("promulgated", self.version.promulgated_on, "generation")]
        events += [("commences", self.version.effective_on, "amendment")]
        events += [("repealed", self.version.repealed_on, "repeal")]
        for key, on, kind in events:
            if on is not None:
                event = {"eId": self._id(key), "date": str(on), "source": _SOURCE, "type": kind}
                ET.SubElement(life, "eventRef", event)

    def front(self, act: ET.Element, law: LawText) -> None:
        preface = ET.SubElement(act, "preface")
        head = (Kind.TITLE, Kind.HEADER, Kind.CAPTION)
        for node in law.root.children:
            if node.kind in head and (node.own_text or node.children):
                for line in _lines(node):
                    paragraph = ET.SubElement(preface, "p")
                    if node.kind is Kind.TITLE:
                        paragraph = ET.SubElement(paragraph, "docTitle")
                    paragraph.text = line
        if not len(preface):  # the file begins with its first article
            title = ET.SubElement(ET.SubElement(preface, "p"), "docTitle")
            title.text = self.version.full_title or self.version.title
        preamble = _preamble(law)
        if preamble and any(node.kind in _BODY for node in law.root.children):
            _paragraphs(ET.SubElement(act, "preamble"), preamble)

    def hierarchy(self, parent: ET.Element, node: Node, above: str) -> None:
        name, short = _BODY[node.kind]
        whole = node.kind in (Kind.PARAGRAPH, Kind.ITEM, Kind.SUBITEM, Kind.SECTION)
        key = f"{above}__{short}_{node.key}" if whole and above else f"{short}_{node.key}"
        element = ET.SubElement(parent, name, {"eId": self._id(key)})
        number = node.own[: node.marker].strip().lstrip("#").strip()
        if number:
            ET.SubElement(element, "num").text = number
        words = node.own_text
        if node.kind in DIVISIONS:
            ET.SubElement(element, "heading").text = words
            words = ""
        below = [child for child in node.children if child.kind in _BODY]
        lines = [words] if words else []
        if not below:
            lines += [line for child in node.children for line in _lines(child)]
            _paragraphs(ET.SubElement(element, "content"), lines or [""])
            return
        if lines:
            _paragraphs(ET.SubElement(element, "intro"), lines)
        for child in below:
            self.hierarchy(element, child, key)
        rest = [x for c in node.children if c not in below for x in _lines(c)]
        if rest:
            _paragraphs(ET.SubElement(element, "wrapUp"), rest)

    def annexes(self, act: ET.Element, law: LawText) -> None:
        nodes = [n for n in law.root.children if n.kind in (Kind.ANNEX, Kind.NOTE)]
        if not nodes:
            return
        folder = ET.SubElement(act, "attachments")
        for place, node in enumerate(nodes, 1):
            attachment = ET.SubElement(folder, "attachment", {"eId": self._id(f"att_{place}")})
            document = ET.SubElement(attachment, "doc", {"name": "annex"})
            self.meta(document, f"att_{place}")
            _paragraphs(ET.SubElement(document, "mainBody"), _lines(node))

    def _id(self, key: str) -> str:
        """An id that stands once: a number that a text uses twice gets a mark."""
        self.used[key] += 1
        return key if self.used[key] == 1 else f"{key}_dup{self.used[key]}"


def _preamble(law: LawText) -> list[str]:
    return [line for node in law.set_aside(Kind.PREAMBLE) for line in _lines(node)]


def _lines(node: Node) -> list[str]:
    raw = (line.strip(" \t\r\n\u3000\u00a0\ufeff#") for line in node.raw.splitlines())
    return [line for line in raw if line]


def _paragraphs(parent: ET.Element, lines: list[str]) -> None:
    for line in lines:
        ET.SubElement(parent, "p").text = line
