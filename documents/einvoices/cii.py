"""The XML of an e-invoice: EN 16931 in the syntax CII, as Factur-X embeds it. Keys are the standard's own terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from facturx.generate_xml import generate_cii_xml

from core.money import exponent, from_minor
from documents.einvoices.figures import REVERSE_CHARGE, Category, Extra, Figures, Item, TaxSum, figures_of
from documents.einvoices.refusals import not_set, refused
from documents.models import Document
from documents.statuses import OF_MONEY, DocumentKind
from documents.words import Words, words_of

Json = dict[str, Any]

PROFILE = "en16931"
MOST_DIGITS = 2
"""Digits after the point that EN 16931 has for amounts."""

_INVOICE, _CREDIT_NOTE = "380", "381"
_PIECE = "C62"
_CREDIT_TRANSFER, _SEPA_TRANSFER = "30", "58"
_REVERSE_CHARGE = "VATEX-EU-AE"
_NEEDED = {"legal_name": "legal name", "vat_id": "VAT id", "city": "city", "country": "country"}


def e_invoice_of(document: Document) -> bytes:
    """The same bytes for the same document. Raises NoEInvoice where it lacks what EN 16931 asks for."""
    _require_told(document)
    words = words_of(document.language)
    figures = figures_of(document, words)
    told = {**_heading(document), **_money(document, figures, words)}
    # Tests hold it to the schema and the rules; by itself the library would ask a server for the rules.
    made: bytes = generate_cii_xml(told, level=PROFILE, check_xsd=False, check_schematron=None)
    return made


def _require_told(document: Document) -> None:
    parties = document.content.get("e_invoice")
    if document.kind not in OF_MONEY:
        raise refused("Only invoices and credit notes are e-invoices.")
    if parties is None:
        raise not_set("The storefront wrote no e-invoices as it was issued.")
    if missing := [name for field, name in _NEEDED.items() if not parties["seller"][field]]:
        raise not_set(f"The seller's {', '.join(missing)} was not set as it was issued.")
    if not parties["buyer"].get("country"):
        raise refused("It has no address of its buyer.")
    if exponent(document.currency) > MOST_DIGITS:
        raise refused(f"Amounts in {document.currency} have more than two digits after the point.")


# Who, and of what


def _heading(document: Document) -> Json:
    content = document.content
    parties, order = content["e_invoice"], content["order"]
    buyer = _buyer(parties["buyer"], content)
    corrects = content.get("corrects")
    return {
        "BT-1": document.printed,
        "BT-2": content["date"],
        "BT-3": _INVOICE if document.kind == DocumentKind.INVOICE else _CREDIT_NOTE,
        "BT-5": document.currency,
        "BT-13": order["reference"],
        "BT-14": order["number"],
        "BG-3": [{"BT-25": corrects["number"], "BT-26": corrects["date"]}] if corrects else [],
        "BG-4": _seller(parties["seller"]),
        "BG-7": {**buyer, "vat_identifier": _vat_id_of_buyer(content)},
        "BG-13": _place(parties["ship_to"]) if parties["ship_to"].get("country") else buyer,
    }


def _seller(seller: Mapping[str, str]) -> Json:
    return {
        "name": seller["legal_name"],
        "vat_identifier": seller["vat_id"],
        "addr_l1": seller["street"],
        "postcode": seller["postal_code"],
        "city": seller["city"],
        "country_code": seller["country"],
    }


def _buyer(address: Mapping[str, str], content: Json) -> Json:
    found = _place(address)
    return {**found, "name": found["name"] or content["buyer"]["email"]}


def _place(address: Mapping[str, str]) -> Json:
    return {
        "name": address.get("company") or address.get("name") or "",
        "addr_l1": address.get("line1", ""),
        "addr_l2": address.get("line2", ""),
        "postcode": address.get("postal_code", ""),
        "city": address.get("city", ""),
        "country_code": address["country"],
        "country_subdivision": address.get("region", ""),
    }


def _vat_id_of_buyer(content: Json) -> str:
    """The one that the buyer owes the tax by."""
    given = (tax["given"] for tax in content["taxes"] if tax["reason"] == REVERSE_CHARGE)
    return next(given, "")


# How much


def _money(document: Document, figures: Figures, words: Words) -> Json:
    write = _Writer(document.currency)
    invoice = document.kind == DocumentKind.INVOICE
    allowances = [each for each in figures.extras if each.net < 0]
    charges = [each for each in figures.extras if each.net > 0]
    net = sum(item.net for item in figures.items)
    found = {
        "BG-25": [write.line(position, item) for position, item in enumerate(figures.items, start=1)],
        "BG-20": [write.on_all(each) for each in allowances],
        "BG-21": [write.on_all(each) for each in charges],
        "BG-23": [write.tax(tax, words) for tax in figures.taxes],
        "BT-106": write.amount(net),
        "BT-109": write.amount(figures.taxable),
        "BT-110": write.amount(figures.tax),
        "BT-112": write.amount(figures.taxable + figures.tax),
        "BT-115": write.amount(figures.due),
        **(_terms(document, words, write) if figures.due > 0 else {}),
        **(_account(document) if invoice and figures.due > 0 else {}),
    }
    optional = {
        "BT-107": -sum(each.net for each in allowances), "BT-108": sum(each.net for each in charges),
        "BT-113": figures.prepaid, "BT-114": figures.rounding,
    }  # fmt: skip
    return {**found, **{term: write.amount(minor) for term, minor in optional.items() if minor}}


def _terms(document: Document, words: Words, write: _Writer) -> Json:
    """By when what is due is to be paid; the standard has one day, so that several are told in words."""
    if document.kind != DocumentKind.INVOICE:
        return {"BT-20": words.settled}
    payable = document.content.get("payable", [])
    if len(payable) == 1:
        return {"BT-9": payable[0]["due_on"]}
    by_day = [f"{words.payable_by.format(each['due_on'])}: {write.amount(each['amount'])}" for each in payable]
    return {"BT-20": "; ".join(by_day) or words.payable}


def _account(document: Document) -> Json:
    """Where to pay to, if the storefront has told."""
    iban = document.content["e_invoice"]["seller"]["iban"]
    means = _SEPA_TRANSFER if document.currency == "EUR" else _CREDIT_TRANSFER
    return {"BT-81": means, "BT-84": iban} if iban else {}


class _Writer:
    def __init__(self, currency: str) -> None:
        self._currency = currency

    def amount(self, minor: int) -> str:
        """123456 → "1234.56"."""
        return f"{from_minor(minor, self._currency):f}"

    def line(self, position: int, item: Item) -> Json:
        return {
            "BT-126": str(position),
            "BT-153": item.name,
            "BT-155": item.sku,
            "BT-129": str(item.quantity),
            "BT-130": _PIECE,
            "BT-146": self.amount(item.price),
            "BT-149": str(item.per),
            "BT-131": self.amount(item.net),
            "BT-151": item.category.code,
            "BT-152": item.category.percent,
            "BG-27": [self._adjusted(label, -amount) for label, amount in item.adjustments if amount < 0],
            "BG-28": [self._adjusted(label, amount) for label, amount in item.adjustments if amount > 0],
        }

    def _adjusted(self, label: str, amount: int) -> Json:
        return {"amount": self.amount(amount), "reason": label}

    def on_all(self, extra: Extra) -> Json:
        category = extra.category
        return {
            **self._adjusted(extra.label, abs(extra.net)),
            "vat_category_code": category.code,
            "vat_rate": category.percent,
        }

    def tax(self, tax: TaxSum, words: Words) -> Json:
        return {
            "BT-116": self.amount(tax.taxable),
            "BT-117": self.amount(tax.amount),
            "BT-118": tax.category.code,
            "BT-119": tax.category.percent,
            **dict(_untaxed(tax.category, tax.given, words)),
        }


def _untaxed(category: Category, given: str, words: Words) -> Iterator[tuple[str, str]]:
    """Why a tax isn't raised: by code where the law has one."""
    if category.code == "AE":
        yield "BT-120", words.untaxed[REVERSE_CHARGE]
        yield "BT-121", _REVERSE_CHARGE
    if category.code == "E":
        yield "BT-120", ", ".join(filter(None, [words.untaxed["exempt"], given]))
