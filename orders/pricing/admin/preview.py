"""A quote as panels: what a customer would pay, why, and what else there is to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.console import Fact, Panel
from core.money import format_money
from orders.pricing.admin.panels import TAX_HEADERS, amount_of, percent, tax_row
from orders.pricing.quotes import Quote, Stock
from pricing.queries import CalculatedLine, PriceReason

_STOCK = {
    "in_stock": "In stock",
    "backorder": "Backordered",
    "preorder": "Preorder",
    "out_of_stock": "Not enough",
}
_SUMS = (
    ("Goods", "subtotal", 1),
    ("Discounts", "discount", -1),
    ("Surcharges", "surcharge", 1),
    ("Taxes on top", "tax_on_top", 1),
    ("Rounding", "rounding", 1),
)


def quote_panels(quote: Quote) -> list[Panel]:
    """What it comes to first; then each line, what makes it dearer or cheaper, taxes, delivery and offers."""
    panels = [_total(quote), _lines(quote), _adjustments(quote), _taxes(quote), _delivery(quote), _offers(quote)]
    return [panel for panel in panels if panel.rows or panel.facts]


def _total(quote: Quote) -> Panel:
    calculation = quote.priced.calculation
    parts = list(calculation.parts())
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("discount", "surcharge", "tax")}
    included = sum(part.tax_included for part in parts)
    sums |= {
        "subtotal": calculation.subtotal,
        "tax_on_top": sums["tax"] - included,
        "rounding": calculation.rounding,
    }
    facts = [Fact(label, _money(quote, sign * sums[name])) for label, name, sign in _SUMS if sums[name]]
    if calculation.delivery:
        facts.insert(1, Fact("Delivery", _money(quote, calculation.delivery.price)))
    if included:
        facts.append(Fact("Taxes in the prices", _money(quote, included)))
    return Panel(f"The customer would pay {_money(quote, calculation.total)}", facts=facts)


def _lines(quote: Quote) -> Panel:
    items = zip(quote.priced.basket.items, quote.priced.calculation.lines, quote.stock, strict=True)
    rows = [
        (
            item.sku, line.quantity, _money(quote, line.unit_price), _why(quote, line.price), _money(quote, line.total),
            _there(line, stock),
        )
        for item, line, stock in items
    ]  # fmt: skip
    return Panel("Lines", ("SKU", "Units", "Each", "Price from", "Total", "Stock"), rows, numeric={1, 2, 4})


def _why(quote: Quote, price: PriceReason) -> str:
    words = {"given": "Given", "catalogue": "Catalogue", "list": f"Price list {price.list_code}"}
    from_units = f", from {price.from_quantity:,} units" if price.from_quantity > 1 else ""
    taxed = ", with tax" if price.includes_tax else ""
    untaxed = f", {_money(quote, price.before_untaxing)} with tax" if price.before_untaxing is not None else ""
    return f"{words[price.source]}{from_units}{taxed}{untaxed}"


def _there(line: CalculatedLine, stock: Stock) -> str:
    told = _STOCK[stock.state]
    if stock.state == "in_stock":
        return told
    expected = f", expected {stock.expected_on:%-d %B %Y}" if stock.expected_on else ""
    return f"{told}: {stock.available:,} of {line.quantity:,} there{expected}"


def _adjustments(quote: Quote) -> Panel:
    calculation = quote.priced.calculation
    skus = {line.key: item.sku for item, line in zip(quote.priced.basket.items, calculation.lines, strict=True)}
    of = [(f"{line.key}. {skus[line.key]}", line.adjustments) for line in calculation.lines]
    if calculation.delivery:
        of.append((calculation.delivery.name, calculation.delivery.adjustments))
    rows = [
        (what, each.label, percent(each.rate), amount_of(each, calculation.currency), each.reason.replace("_", " "))
        for what, adjustments in [*of, ("The whole order", calculation.adjustments)]
        for each in adjustments
    ]
    return Panel("What makes it dearer or cheaper", ("Of", "What", "Rate", "Amount", "Why"), rows, numeric={2, 3})


def _taxes(quote: Quote) -> Panel:
    calculation = quote.priced.calculation
    rows = [tax_row(tax, calculation.currency) for tax in calculation.tax_totals]
    return Panel("Taxes", TAX_HEADERS, rows, numeric={1, 2, 3})


def _delivery(quote: Quote) -> Panel:
    fit = [(each.code, each.name, _money(quote, each.price), each.why) for each in quote.fit]
    unfit = [(each.code, each.name, "", each.why) for each in quote.unfit]
    return Panel("Delivery methods", ("Code", "Name", "Price", "Why"), [*fit, *unfit], numeric={2})


def _offers(quote: Quote) -> Panel:
    return Panel("Offers", ("Code", "Offer", "Off", "Why"), list(_offer_rows(quote)), numeric={2})


def _offer_rows(quote: Quote) -> Iterator[Sequence[object]]:
    calculation = quote.priced.calculation
    for offer in calculation.applied:
        off = "Free delivery" if offer.free_delivery else _money(quote, sum(offer.by_line.values()))
        yield offer.code, offer.label, off, "It applies."
    for refused in calculation.refused:
        yield refused.code, refused.label, "", refused.detail


def _money(quote: Quote, amount: int) -> str:
    return format_money(amount, quote.priced.calculation.currency)
