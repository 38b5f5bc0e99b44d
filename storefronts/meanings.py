"""What each setting of a storefront does, and what holds without it: told by the console and the API's document."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    label: str
    does: str
    without: str
    """What holds while it is empty; nothing for what always has a value."""

    @property
    def help(self) -> str:
        return f"{self.does} Empty: {self.without}." if self.without else self.does


MEANINGS = {
    "time_zone": Meaning(
        "Time zone",
        "The days in customers' e-mails are those of this zone, and files of orders are read in it (IANA, such as "
        "Europe/Berlin).",
        "the server's zone",
    ),
    "country": Meaning(
        "Country of the seller", "Where it sells from (ISO 3166, two letters); taxes ask for it.", "not known"
    ),
    "region": Meaning("Region of the seller", "State or province, where taxes ask for it.", "not known"),
    "currencies": Meaning(
        "Currencies", "Orders in another currency are refused (ISO 4217, such as EUR).", "any currency"
    ),
    "countries": Meaning(
        "Countries sold to", "Orders to an address in another country are refused (ISO 3166, such as DE).", "all"
    ),
    "prices_include_tax": Meaning(
        "Prices include tax", "Whether prices of the catalogue, and those given with an order, have tax in them.", ""
    ),
    "cash_rounding": Meaning(
        "Rounding for cash",
        "Totals in the currency are rounded to a multiple of the step, in minor units (CHF 5: to five Rappen).",
        "totals stay as they are",
    ),
    "tax_provider": Meaning(
        "Tax provider",
        "Who says what taxes there are: “table”, the classes and rates that are kept here, or “http”, a service "
        "outside.",
        "",
    ),
    "terms": Meaning("Terms of sale", "Stand at the foot of customers' e-mails.", "none are told"),
    "terms_url": Meaning("Page of the terms", "Is linked in customers' e-mails (https://…).", "no link"),
    "mail_from": Meaning(
        "Sender's address", "Customers' e-mails come from it; its mail server must let us.", "the server's address"
    ),
    "mail_name": Meaning("Sender's name", "Is shown beside the sender's address.", "none, or the server's"),
    "reply_to": Meaning("Replies go to", "Where a customer's answer arrives.", "the sender's address"),
    "return_days": Meaning(
        "Days for returns",
        "After its delivery an order may be sent back for so many days; the e-mail of the delivery tells until when.",
        "none are told",
    ),
    "return_policy": Meaning("Return policy", "Stands in the e-mail of the delivery.", "none is told"),
    "hold_minutes": Meaning(
        "Minutes that a draft keeps stock",
        "A draft's reservation ends after so many minutes (1 to 1,440). Drafts that there are keep theirs.",
        "the server's setting",
    ),
    "number_prefix": Meaning(
        "Prefix of order numbers",
        "Is shown before the numbers of new orders, in e-mails, the console and the API: HF- makes #HF-100001.",
        "the bare number",
    ),
    "release_on_authorised": Meaning(
        "Release on authorised money",
        "Whether orders are released once cards have set aside all that is due; it is captured as parcels are "
        "dispatched.",
        "",
    ),
    "days_to_pay": Meaning(
        "Days to pay on account",
        "An order on account is payable so many days after the day on which it is placed (0 to 365).",
        "no day is agreed",
    ),
    "on_account_needs_credit": Meaning(
        "On account needs credit",
        "Whether orders on account are refused to guests, and to customers without a credit account in the order's "
        "currency.",
        "",
    ),
    "language": Meaning("Language of documents", "Invoices, credit notes and slips are written in it.", "English"),
    "letterhead": Meaning(
        "Letterhead",
        "Who sells, as the head of documents tells: name, address and tax numbers, a line each.",
        "the storefront's name and country",
    ),
    "e_invoice": Meaning(
        "E-invoices",
        "Whether the PDF of new invoices and credit notes has an e-invoice in it (Factur-X, also called ZUGFeRD). It "
        "needs the seller's legal name, VAT id, city and country.",
        "",
    ),
    "legal_name": Meaning("Seller's legal name", "Who sells, as e-invoices tell.", "no e-invoices"),
    "vat_id": Meaning("Seller's VAT id", "Is told by e-invoices (such as DE123456789).", "no e-invoices"),
    "street": Meaning("Seller's street", "Street and number, as e-invoices tell.", "not told"),
    "postal_code": Meaning("Seller's postal code", "Is told by e-invoices.", "not told"),
    "city": Meaning("Seller's city", "Is told by e-invoices.", "no e-invoices"),
    "iban": Meaning("Seller's IBAN", "The account that e-invoices ask to pay to.", "no account is told"),
    "sourcing": Meaning(
        "Sourcing rules", "Decide which locations the goods of an order come from, the first rule first.", "by priority"
    ),
}

RULE_MEANINGS = {
    "priority": "Locations of lower priority number send first.",
    "nearest": "Locations in the buyer's country send first, those with the most similar postcode before others.",
    "fewest_parcels": "As few locations as can be send something.",
    "never_split": "One location sends all of an order, or the order waits or is refused.",
    "reserve_for_shop_floor": "What each location keeps for its shop floor is never sent, nor counted as available.",
}
"""What each rule of sourcing does."""
