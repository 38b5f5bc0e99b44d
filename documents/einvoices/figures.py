"""What EN 16931 asks of an invoice or credit note, in minor units, of the snapshot alone.

A credit note's amounts are what is credited, positive: that it is a credit note says the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money import exponent
from documents.einvoices.refusals import refused
from documents.models import Document
from documents.statuses import DocumentKind
from documents.words import Words

Json = Mapping[str, Any]

REVERSE_CHARGE = "reverse_charge"
"""The reason of a tax that its buyer owes, as taxes tell it; another is why it is exempt."""


_OF_A_PART = {"goods", "delivery"}
"""What of a credit note's lines is of a line or delivery of its order, and has the taxes of that."""


@dataclass(frozen=True)
class Category:
    """A kind of VAT: its code (S standard, Z zero rate, E exempt, AE reverse charge) and its rate, 0.19 of 19 %."""

    code: str
    rate: Decimal

    @property
    def percent(self) -> str:
        """ "19"."""
        return f"{(self.rate * 100).normalize():f}"


@dataclass(frozen=True)
class Item:
    """A line: `net` is what it comes to without tax, of `quantity` units at `price` for each `per` of them.

    `adjustments` are (label, amount), negative ones allowances, and are in `net` but not in `price`.
    """

    name: str
    sku: str
    quantity: int
    category: Category
    net: int
    price: int
    per: int = 1
    adjustments: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Extra:
    """A charge on the whole of it, such as delivery, or an allowance where it is negative."""

    label: str
    category: Category
    net: int


@dataclass(frozen=True)
class TaxSum:
    """All of one category. `given` is what its reason was given as: a VAT id, a charity's name."""

    category: Category
    taxable: int
    amount: int
    given: str


@dataclass(frozen=True)
class Figures:
    """`prepaid` is what was paid, or given back, of `total` already; `rounding` is in `total` but in no tax's sums."""

    items: Sequence[Item]
    extras: Sequence[Extra]
    taxes: Sequence[TaxSum]
    total: int
    prepaid: int

    @property
    def taxable(self) -> int:
        return sum(each.taxable for each in self.taxes)

    @property
    def tax(self) -> int:
        return sum(each.amount for each in self.taxes)

    @property
    def rounding(self) -> int:
        return self.total - self.taxable - self.tax

    @property
    def due(self) -> int:
        return self.total - self.prepaid


def figures_of(document: Document, words: Words) -> Figures:
    """Raises NoEInvoice where the snapshot's taxes aren't such as EN 16931 has, or don't come to its total."""
    content = document.content
    found = _invoice(content, words) if document.kind == DocumentKind.INVOICE else _credit_note(content, words)
    _require_sound(found, document.currency)
    return found


def _invoice(content: Json, words: Words) -> Figures:
    items = [_charged(line) for line in content["lines"]]
    deliveries = [
        Extra(words.delivery.format(each["name"]), _category_of(each), _net(each))
        for each in content["deliveries"]
        if _net(each)
    ]
    taxes = _sums(content["taxes"], [*items, *deliveries], sign=1)
    before = words.credited_before if content["credited_before"] else words.invoiced_before
    gone = [Extra(before, category, net) for category, net in _missing(taxes, [*items, *deliveries])]
    # What other documents of the order leave due is asked for by them.
    prepaid = max(content["total"] - content["due"], 0)
    return Figures(items, [*deliveries, *gone], taxes, content["total"], prepaid)


def _credit_note(content: Json, words: Words) -> Figures:
    """What is credited of no line and no delivery is a line for each category of VAT that it is of."""
    items = [_credited(line, words) for line in content["lines"] if line["kind"] in _OF_A_PART]
    taxes = _sums(content["taxes"], items, sign=-1)
    missing = list(_missing(taxes, items))
    goodwill = [Item(words.goodwill, "", 1, category, net, net) for category, net in missing if net > 0]
    over = [Extra(words.balance, category, net) for category, net in missing if net < 0]
    if not items and not goodwill:
        raise refused("It credits nothing that has a VAT rate.")
    total = -content["total"]
    return Figures([*items, *goodwill], over, taxes, total, min(max(content["given_back"], 0), total))


# Lines


def _charged(line: Json) -> Item:
    """At the price of the catalogue, or where that has tax in it at the net price of all of its units."""
    category, net, quantity = _category_of(line), _net(line), line["quantity"]
    if net != line["amount"]:
        return Item(line["name"], line["sku"], quantity, category, net, price=net, per=quantity)
    adjustments = [(each["label"], each["amount"]) for each in line["adjustments"]]
    return Item(line["name"], line["sku"], quantity, category, net, price=line["unit_price"], adjustments=adjustments)


def _credited(line: Json, words: Words) -> Item:
    name = words.delivery.format(line["name"]) if line["kind"] == "delivery" else line["name"]
    quantity, net = line["quantity"] or 1, -line["net"]
    return Item(name, line["sku"], quantity, _category_of(line), net, price=net, per=quantity)


def _net(part: Json) -> int:
    included: int = sum(tax["amount"] for tax in part["taxes"] if tax["included"])
    return int(part["amount"]) - included


def _category_of(part: Json) -> Category:
    """Raises NoEInvoice unless it has one tax, by a rate."""
    if not part["taxes"]:
        raise refused(f"{part['name']}: it has no tax, and no reason for that is kept.")
    if len(part["taxes"]) > 1:
        raise refused(f"{part['name']}: it has more than one tax, and EN 16931 knows one for each line.")
    return _category(part["taxes"][0])


def _category(tax: Json) -> Category:
    if tax["rate"] is None:
        raise refused(f"{tax['name']}: a tax without a rate is none that EN 16931 knows.")
    rate = Decimal(tax["rate"])
    if tax["reason"]:
        return Category("AE" if tax["reason"] == REVERSE_CHARGE else "E", rate)
    return Category("S" if rate else "Z", rate)


# Sums


def _sums(rows: Sequence[Json], parts: Sequence[Item | Extra], *, sign: int) -> list[TaxSum]:
    """One for each category of VAT that the snapshot's taxes or the parts have."""
    taxable: Counter[Category] = Counter({part.category: 0 for part in parts})
    amount: Counter[Category] = Counter()
    given: dict[Category, str] = {}
    for row in rows:
        category = _category(row)
        taxable[category] += sign * row["taxable"]
        amount[category] += sign * row["amount"]
        given[category] = row["given"] or given.get(category, "")
    return [TaxSum(category, net, amount[category], given.get(category, "")) for category, net in taxable.items()]


def _missing(taxes: Sequence[TaxSum], parts: Sequence[Item | Extra]) -> Iterator[tuple[Category, int]]:
    """(category, what the parts of it lack, or are too much, of what is taxed)."""
    told: Counter[Category] = Counter()
    for part in parts:
        told[part.category] += part.net
    for tax in taxes:
        if tax.taxable != told[tax.category]:
            yield tax.category, tax.taxable - told[tax.category]


def _require_sound(figures: Figures, currency: str) -> None:
    """Raises NoEInvoice unless each tax is its rate of its net amount, and all come to the total, each to less than one
    unit of the currency: as near as EN 16931's rules want it.
    """
    unit = 10 ** exponent(currency)
    if abs(figures.rounding) >= unit:
        raise refused("Its net amounts and taxes don't come to its total, as some of it was credited before.")
    for tax in figures.taxes:
        if abs(tax.amount - tax.taxable * tax.category.rate) >= unit:
            raise refused(f"Its tax at {tax.category.percent} % isn't that rate of its net amount.")
