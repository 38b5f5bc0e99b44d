"""What stands on a document's pages, in the words of its language: texts alone, which HTML and PDF only lay out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from core.money import exponent, from_minor
from documents.content import country_in
from documents.models import Document
from documents.statuses import DocumentKind
from documents.words import Words, words_of


@dataclass(frozen=True)
class Column:
    """`share` of the width, or as wide as what is in it for 0. `numeric` is written to the right."""

    title: str
    share: int = 0
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """The cells of a table's row. `notes` stand small below the first."""

    cells: Sequence[str]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Sum:
    label: str
    amount: str
    strong: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Page:
    """A document, from its head to its foot. Addresses are lines, `facts` (label, value)."""

    language: str
    title: str
    number: str
    seller_name: str
    seller: Sequence[str]
    to_label: str
    to: Sequence[str]
    also_label: str
    also: Sequence[str]
    facts: Sequence[tuple[str, str]]
    table: Table
    sums: Sequence[Sum] = ()
    taxes: Table | None = None
    notes: Sequence[str] = ()
    texts: Sequence[tuple[str, str]] = field(default=())


def page_of(document: Document) -> Page:
    """The same for the same document, whatever has become of its order."""
    writer = _Writer(words_of(document.language), document.currency)
    content = document.content
    if document.kind == DocumentKind.INVOICE:
        return _invoice(document, content, writer)
    if document.kind == DocumentKind.CREDIT_NOTE:
        return _credit_note(document, content, writer)
    return _slip(document, content, writer)


@dataclass(frozen=True)
class _Writer:
    """Writes dates and amounts as the language does."""

    words: Words
    currency: str

    def amount(self, minor: int) -> str:
        """-123456 → "−1.234,56"."""
        digits = exponent(self.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return self._number(from_minor(minor, self.currency), pattern)

    def money(self, minor: int) -> str:
        """123456 → "1.234,56 EUR"."""
        return f"{self.amount(minor)}\N{NO-BREAK SPACE}{self.currency}"

    def count(self, units: int) -> str:
        return self._number(units, "#,##0")

    def day(self, text: str) -> str:
        """In one line, whatever is beside it."""
        day = format_date(dt.date.fromisoformat(text), format="long", locale=self.words.locale)
        return day.replace(" ", "\N{NO-BREAK SPACE}")

    def tax(self, tax: dict[str, Any]) -> str:
        """ "VAT 19 %"."""
        if tax["rate"] is None:
            return str(tax["name"])
        percent = self._number(Decimal(tax["rate"]) * 100, "#,##0.####")
        return f"{tax['name']} {percent}\N{NO-BREAK SPACE}%"

    def _number(self, number: Decimal | int, pattern: str) -> str:
        return format_decimal(number, format=pattern, locale=self.words.locale).replace("-", "\N{MINUS SIGN}")


# The kinds


def _invoice(document: Document, content: dict[str, Any], writer: _Writer) -> Page:
    words = writer.words
    columns = (
        Column(words.item, 1), Column(words.quantity, numeric=True), Column(words.unit_price, numeric=True),
        Column(words.tax, numeric=True), Column(words.amount, numeric=True),
    )  # fmt: skip
    rows = [
        *(_charged_line(line, writer) for line in content["lines"]),
        *(_charged_delivery(delivery, writer) for delivery in content["deliveries"]),
    ]
    return Page(
        **_head(document, content, writer),
        facts=_facts(document, content, writer),
        table=Table(columns, rows),
        sums=list(_sums_of_invoice(content, writer)),
        taxes=_taxes(content, writer),
        notes=_untaxed(content, writer),
        texts=_terms(content, words),
    )


def _credit_note(document: Document, content: dict[str, Any], writer: _Writer) -> Page:
    words = writer.words
    columns = (Column(words.item, 1), Column(words.quantity, numeric=True), Column(words.amount, numeric=True))
    corrects = content["corrects"]
    reason = words.cancelled if content["reason"] == "cancelled" else words.reasons[content["reason"]]
    extra = [(words.corrects, f"{corrects['number']}, {writer.day(corrects['date'])}"), (words.reason, reason)]
    sums = [Sum(words.total, writer.money(content["total"]), strong=True)]
    if content["given_back"]:
        sums.append(Sum(words.given_back, writer.money(content["given_back"])))
    return Page(
        **_head(document, content, writer),
        facts=[*_facts(document, content, writer), *extra],
        table=Table(columns, [_credited_line(line, writer) for line in content["lines"]]),
        sums=sums,
        taxes=_taxes(content, writer),
        notes=_untaxed(content, writer),
    )


def _slip(document: Document, content: dict[str, Any], writer: _Writer) -> Page:
    words, shipment = writer.words, content["shipment"]
    picks, returns = document.kind == DocumentKind.PICK_LIST, document.kind == DocumentKind.RETURN_SLIP
    columns = [
        *([Column(words.location)] if picks else []), Column("SKU", 2), Column(words.item, 3),
        Column(words.quantity, numeric=True),
        *([Column(words.picked)] if picks else []),
        *([Column(words.returned), Column(words.reason, 2)] if returns else []),
    ]  # fmt: skip
    rows = [
        Row(
            [
                *([line["location"]] if picks else []), line["sku"], line["name"], writer.count(line["quantity"]),
                *(["☐"] if picks else []), *(["", ""] if returns else []),
            ]
        )
        for line in content["lines"]
    ]  # fmt: skip
    place = shipment["location"]
    facts = [
        *_facts(document, content, writer), (words.shipment, shipment["number"]),
        (words.location, f"{place['name']} ({place['code']})"), (words.carrier, shipment["carrier"]),
        (words.tracking, shipment["tracking_number"]),
    ]  # fmt: skip
    head = {**_head(document, content, writer), "to_label": words.ship_to, "to": content["ship_to"]}
    head |= {"also_label": "", "also": ()}
    if returns:
        head |= {"to_label": words.from_}
    return Page(
        **head,
        facts=[(label, value) for label, value in facts if value],
        table=Table(columns, rows),
        texts=_returns(content, words) if returns else (),
    )


# Their parts


def _head(document: Document, content: dict[str, Any], writer: _Writer) -> dict[str, Any]:
    words, seller, buyer = writer.words, content["seller"], content["buyer"]
    lines = seller["letterhead"].splitlines() or [seller["name"], *_country(seller["country"], document.language)]
    to = buyer["address"] or [buyer["email"]]
    also = content["ship_to"] if content["ship_to"] != buyer["address"] else []
    return {
        "language": document.language,
        "title": words.title(document.kind),
        "number": document.printed,
        "seller_name": lines[0],
        "seller": [*lines[1:], *([seller["email"]] if seller["email"] else [])],
        "to_label": words.bill_to,
        "to": to,
        "also_label": words.ship_to,
        "also": also,
    }


def _country(code: str, language: str) -> list[str]:
    return [country_in(language, code)] if code else []


def _facts(document: Document, content: dict[str, Any], writer: _Writer) -> list[tuple[str, str]]:
    words, order = writer.words, content["order"]
    facts = [
        (words.number, document.printed), (words.date, writer.day(content["date"])), (words.order, order["number"]),
        (words.placed_on, writer.day(order["placed_on"])), (words.reference, order["reference"]),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]


def _charged_line(line: dict[str, Any], writer: _Writer) -> Row:
    taxes = " + ".join(_rate(tax, writer) for tax in line["taxes"])
    cells = [
        line["name"], writer.count(line["quantity"]), writer.amount(line["unit_price"]), taxes,
        writer.amount(line["amount"]),
    ]  # fmt: skip
    return Row(cells, [line["sku"], *_adjusted(line, writer)])


def _charged_delivery(delivery: dict[str, Any], writer: _Writer) -> Row:
    taxes = " + ".join(_rate(tax, writer) for tax in delivery["taxes"])
    name = writer.words.delivery.format(delivery["name"])
    price = writer.amount(delivery["price"])
    return Row([name, writer.count(1), price, taxes, writer.amount(delivery["amount"])], _adjusted(delivery, writer))


def _rate(tax: dict[str, Any], writer: _Writer) -> str:
    """ "19 %", or the name of a tax without a rate."""
    return writer.tax({**tax, "name": ""}).strip() if tax["rate"] is not None else str(tax["name"])


def _adjusted(part: dict[str, Any], writer: _Writer) -> list[str]:
    return [f"{each['label']}: {writer.amount(each['amount'])}" for each in part["adjustments"]]


def _credited_line(line: dict[str, Any], writer: _Writer) -> Row:
    words = writer.words
    names = {"delivery": words.delivery.format(line["name"]), "goodwill": words.goodwill, "balance": words.balance}
    name = names.get(line["kind"], line["name"])
    quantity = writer.count(line["quantity"]) if line["quantity"] else ""
    return Row([name, quantity, writer.amount(line["amount"])], [line["sku"]] if line["sku"] else [])


def _sums_of_invoice(content: dict[str, Any], writer: _Writer) -> Iterator[Sum]:
    words = writer.words
    added = [tax for tax in content["taxes"] if tax["added"]]
    if added or any(content[name] for name in ("rounding", "credited_before", "invoiced_before")):
        yield Sum(words.subtotal, writer.amount(content["subtotal"]))
    for tax in added:
        yield Sum(writer.tax(tax), writer.amount(tax["added"]))
    if content["rounding"]:
        yield Sum(words.rounding, writer.amount(content["rounding"]))
    if content["credited_before"]:
        yield Sum(words.credited_before, writer.amount(-content["credited_before"]))
    if content["invoiced_before"]:
        yield Sum(words.invoiced_before, writer.amount(-content["invoiced_before"]))
    yield Sum(words.total, writer.money(content["total"]), strong=True)
    for tax in content["taxes"]:
        if tax["amount"] and not tax["added"]:
            yield Sum(words.includes.format(writer.tax(tax)), writer.amount(tax["amount"]), quiet=True)
    if content["paid"]:
        yield Sum(words.paid, writer.amount(-content["paid"]))
    due = content["due"]
    yield Sum(words.due if due >= 0 else words.overpaid, writer.money(abs(due)), strong=True)
    for each in content.get("payable", ()):
        yield Sum(words.payable_by.format(writer.day(each["due_on"])), writer.amount(each["amount"]), quiet=True)


def _taxes(content: dict[str, Any], writer: _Writer) -> Table | None:
    words = writer.words
    rows = [
        Row([writer.tax(tax), writer.amount(tax["taxable"]), writer.amount(tax["amount"])]) for tax in content["taxes"]
    ]
    columns = (Column(words.rate, 1), Column(words.net, numeric=True), Column(words.tax, numeric=True))
    return Table(columns, rows) if rows else None


def _untaxed(content: dict[str, Any], writer: _Writer) -> list[str]:
    """Why a tax isn't raised, as the law wants it told."""
    words = writer.words
    reasons = [
        ", ".join(filter(None, [words.untaxed.get(tax["reason"], tax["reason"]), tax["given"]]))
        for tax in content["taxes"]
        if tax["reason"]
    ]
    return [words.without_tax.format(reason) for reason in reasons]


def _terms(content: dict[str, Any], words: Words) -> list[tuple[str, str]]:
    seller = content["seller"]
    text = "\n".join(filter(None, [seller["terms"], seller["terms_url"]]))
    return [(words.terms, text)] if text else []


def _returns(content: dict[str, Any], words: Words) -> list[tuple[str, str]]:
    days = words.return_until.format(content["return_days"]) if content["return_days"] else ""
    text = "\n".join(filter(None, [days, content["return_policy"]]))
    return [(words.return_policy, text)] if text else []
