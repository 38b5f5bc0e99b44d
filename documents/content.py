"""What a document says: a snapshot of its order as JSON, with amounts in minor units and dates as YYYY-MM-DD."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale

from books.queries import Account, Line
from core.money import allot, share
from customers.queries import address_lines
from orders.queries import tax_in_words
from storefronts.queries import StorefrontRules

Json = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """How the storefront writes documents now: by what rules, in which language, and which day it is there."""

    rules: StorefrontRules
    language: str
    today: dt.date


@dataclass(frozen=True)
class Credited:
    """One thing that a credit note lists, in minor units of what the customer need not pay."""

    kind: str
    amount: int
    name: str = ""
    sku: str = ""
    quantity: int = 0
    part: Any = None
    """The line or delivery charge that it is of, if it is of one."""


def heading_of(order: Any, setting: Setting) -> Json:
    """Who sells to whom, and what order it is of."""
    billing = order.billing_address or order.shipping_address
    return {
        "date": setting.today.isoformat(),
        "seller": _seller(order, setting.rules),
        "buyer": {"address": _written(billing, setting.language), "email": order.email},
        "ship_to": _written(order.shipping_address, setting.language),
        "order": {
            "number": order.display_number,
            "placed_on": setting.rules.day_of(order.placed_at).isoformat(),
            "reference": order.external_ref or "",
        },
    }


def invoice_of(order: Any, setting: Setting, credited: Sequence[Line], earlier: Sequence[Json]) -> Json:
    """All of the order; `credited` is what was credited of it before, as the books have it, `earlier` what its other
    invoices and credit notes say. `payable`: by which days what is due is to be paid, where that was agreed.
    """
    invoiced = sum(each["total"] for each in earlier)
    lines, deliveries = list(order.lines.all()), list(order.deliveries.all())
    return {
        **heading_of(order, setting),
        **_parties(order, setting.rules),
        "lines": [_charged_line(line) for line in lines],
        "deliveries": [_charged_delivery(each) for each in deliveries],
        "subtotal": sum(_net_of(part, _price_of(part)) for part in [*lines, *deliveries]),
        "taxes": _invoiced_taxes(order, credited, earlier),
        "rounding": order.rounding,
        "credited_before": order.credited,
        "invoiced_before": invoiced,
        "total": order.charged - order.credited - invoiced,
        "paid": order.captured - order.refunded,
        "due": order.due,
        "payable": [
            {"due_on": each.due_on.isoformat(), "amount": each.outstanding}
            for each in sorted(order.instalments.all(), key=lambda each: each.position)
            if each.outstanding
        ],
    }


def credit_note_of(
    order: Any,
    setting: Setting,
    lines: Sequence[Credited],
    *,
    posted: Sequence[Line],
    earlier: Sequence[Json],
    corrects: Mapping[str, str],
    reason: str,
    given_back: int,
) -> Json:
    """`posted` is the credit as the books have it, `earlier` what the invoice and the notes of it say already."""
    total = sum(each.amount for each in lines)
    return {
        **heading_of(order, setting),
        **_parties(order, setting.rules),
        "lines": [_credited_line(each) for each in lines],
        "taxes": _credited_taxes(order, lines, posted, earlier),
        "total": -total,
        "corrects": dict(corrects),
        "reason": reason,
        "given_back": given_back,
    }


def slip_of(order: Any, shipment: Any, setting: Setting) -> Json:
    """What is in a shipment, by SKU; no prices."""
    lines = sorted(shipment.lines.all(), key=lambda line: (line.order_line.sku, line.order_line.position))
    return {
        **heading_of(order, setting),
        "ship_to": _written(shipment.address, setting.language),
        "lines": [
            {
                "location": shipment.location.code, "sku": line.order_line.sku, "name": line.order_line.name,
                "quantity": line.quantity,
            }
            for line in lines
        ],
        "shipment": {
            "number": f"{order.display_number}/{shipment.sequence}",
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
            "location": {"code": shipment.location.code, "name": shipment.location.name},
        },
        "return_days": setting.rules.return_days,
        "return_policy": setting.rules.return_policy,
    }  # fmt: skip


# Who


def _seller(order: Any, rules: StorefrontRules) -> Json:
    return {
        "name": order.client.name,
        "letterhead": rules.letterhead,
        "country": rules.country,
        "email": rules.reply_to or rules.mail_from,
        "terms": rules.terms,
        "terms_url": rules.terms_url,
    }


def _parties(order: Any, rules: StorefrontRules) -> Json:
    """Who sells to whom in parts, as e-invoices tell, where the storefront writes them."""
    if not rules.e_invoice:
        return {}
    seller = {name: getattr(rules, name) for name in _SELLER_PARTS}
    ship_to = order.shipping_address
    return {
        "e_invoice": {
            "seller": seller,
            "buyer": _without_phone(order.billing_address or ship_to),
            "ship_to": _without_phone(ship_to),
        }
    }


_SELLER_PARTS = ("legal_name", "vat_id", "street", "postal_code", "city", "country", "iban")


def _without_phone(address: Mapping[str, str]) -> Json:
    return {name: text for name, text in address.items() if name != "phone"}


def _written(address: Mapping[str, str], language: str) -> list[str]:
    """The lines of an address, without its telephone, its country in the language of the document."""
    place = {name: text for name, text in address.items() if name not in {"country", "phone"}}
    return [*address_lines(place).splitlines(), *([country_in(language, address["country"])] if address else [])]


def country_in(language: str, code: str) -> str:
    """ "de", "CH" → "Schweiz"; the code itself for a country that the language has no name for, "" for none."""
    return str(Locale.parse(language).territories.get(code, code)) if code else ""


# What is charged


def _charged_line(line: Any) -> Json:
    return {
        "sku": line.sku, "name": line.name, "quantity": line.quantity, "unit_price": line.unit_price,
        **_charged_part(line), "amount": _net_of(line, _price_of(line)),
    }  # fmt: skip


def _charged_delivery(delivery: Any) -> Json:
    return {
        "name": delivery.name, "price": delivery.price, **_charged_part(delivery),
        "amount": _net_of(delivery, _price_of(delivery)),
    }  # fmt: skip


def _charged_part(part: Any) -> Json:
    """What makes it cheaper or dearer, and the taxes that it has."""
    adjustments = list(part.adjustments.all())
    return {
        "adjustments": [
            {"kind": each.kind, "label": each.label, "amount": each.amount}
            for each in adjustments
            if each.kind in {"discount", "surcharge"}
        ],
        "taxes": [{**_named(each), "amount": each.amount, "included": each.included} for each in _taxes_of(part)],
    }


def _named(tax: Any) -> Json:
    """Which tax an adjustment is of."""
    return {"name": tax.label, "rate": _rate(tax.rate), "reason": tax.reason}


def _credited_line(line: Credited) -> Json:
    return {
        "kind": line.kind, "sku": line.sku, "name": line.name, "quantity": line.quantity, "amount": -line.amount,
        "net": -_net_credited(line),
        "taxes": [] if line.part is None else [_named(each) for each in _taxes_of(line.part)],
    }  # fmt: skip


def _net_credited(line: Credited) -> int:
    """What of it is no tax; 0 of what is of no line and no delivery, whose taxes are those that are left."""
    if line.part is None:
        return 0
    return line.amount - (share(line.part.tax, line.part.total, 0, line.amount) if line.part.total else 0)


def _taxes_of(part: Any) -> list[Any]:
    return [each for each in part.adjustments.all() if each.kind == "tax"]


def _price_of(part: Any) -> int:
    price: int = part.price if hasattr(part, "price") else part.unit_price * part.quantity
    return price


def _net_of(part: Any, price: int) -> int:
    """What it costs before the taxes that come on top."""
    found: int = price - part.discount + part.surcharge
    return found


# Taxes


def _invoiced_taxes(order: Any, credited: Sequence[Line], earlier: Sequence[Json]) -> list[Json]:
    """Each tax of the order, less what was credited of it and is invoiced before; `added` is what of all of it came on
    top.
    """
    back = _taxes_in(credited)
    found = []
    for words, taxes in _by_words(order).items():
        taxable, amount = sum(each.taxable for each in taxes), sum(each.amount for each in taxes)
        gone = back.get(words, 0)
        added = sum(each.amount for each in taxes if not each.included)
        found.append(
            {
                **_tax(taxes[0]), "added": added, "amount": amount - gone - _said(taxes[0], earlier, "amount"),
                "taxable": taxable - _upto(taxable, amount, gone) - _said(taxes[0], earlier, "taxable"),
            }
        )  # fmt: skip
    return found


def _credited_taxes(
    order: Any, lines: Sequence[Credited], posted: Sequence[Line], earlier: Sequence[Json]
) -> list[Json]:
    """Each tax that is credited, exactly as the books have it, and the net amount that has it.

    The note that credits all that was left has what is left of each net amount, so that the notes of an invoice come
    to what it taxed.
    """
    now, taxes = _taxes_in(posted), _by_words(order)
    if not taxes:
        return []
    total = sum(each.amount for each in lines)
    left = {words: _said(rows[0], earlier, "taxable") for words, rows in taxes.items()}
    if total == sum(each["total"] for each in earlier):
        nets = left
    elif any(len(_taxes_of(part)) > 1 for part in [*order.lines.all(), *order.deliveries.all()]):
        nets = {words: _taxed_by(rows, now.get(words, 0)) for words, rows in taxes.items()}
    else:
        called = {_key(row.name, row.rate): words for words, rows in taxes.items() for row in rows}
        nets = _nets(lines, total - sum(now.values()), left, called)
    return [
        {**_tax(rows[0]), "amount": -now.get(words, 0), "taxable": -nets[words]}
        for words, rows in taxes.items()
        if now.get(words) or nets[words]
    ]


def _said(tax: Any, earlier: Sequence[Json], what: str) -> int:
    """What invoices, less credit notes, say of a tax: its "amount", or what is "taxable"."""
    key = _key(tax.name, tax.rate)
    return sum(row[what] for each in earlier for row in each["taxes"] if (row["name"], row["rate"]) == key)


def _taxed_by(rows: Sequence[Any], credited: int) -> int:
    """The net amount that so much of a tax is of."""
    return _upto(sum(each.taxable for each in rows), sum(each.amount for each in rows), credited)


def _nets(
    lines: Sequence[Credited], net: int, left: Mapping[str, int], called: Mapping[tuple[str, str | None], str]
) -> dict[str, int]:
    """Words of the tax → the net amount credited: of goods and delivery by their own tax; goodwill and what rounding
    leaves by what is left of each. `called` are the words by name and rate.
    """
    found = dict.fromkeys(left, 0)
    for each in lines:
        if each.part is not None:
            own = _net_credited(each)
            net -= own
            for tax in _taxes_of(each.part):
                words = called.get(_key(tax.label, tax.rate))
                if words is not None:
                    found[words] += own
    weights = [max(amount, 0) for amount in left.values()]
    for words, part in zip(left, allot(net, weights), strict=True):
        found[words] += part
    return found


def _by_words(order: Any) -> dict[str, list[Any]]:
    """The order's taxes as the books name them: those of one name and rate are one."""
    found: dict[str, list[Any]] = {}
    for tax in order.tax_totals.all():
        found.setdefault(tax_in_words(tax), []).append(tax)
    return found


def _taxes_in(credited: Iterable[Line]) -> dict[str, int]:
    """Words of the tax → what of it was credited, in minor units."""
    return {line.detail: line.amount for line in credited if line.account == Account.TAX}


def _tax(tax: Any) -> Json:
    return {"name": tax.name, "rate": _rate(tax.rate), "reason": tax.reason, "given": tax.given}


def _key(name: str, rate: Any) -> tuple[str, str | None]:
    """What tells one tax from another."""
    return name, _rate(rate)


def _rate(rate: Any) -> str | None:
    """ "0.19"; None for a tax that was given as an amount."""
    return None if rate is None else f"{rate.normalize():f}"


def _upto(taxable: int, tax: int, credited: int) -> int:
    """What has been taxed by so much of the tax."""
    return share(taxable, tax, 0, min(max(credited, 0), tax)) if tax else 0
