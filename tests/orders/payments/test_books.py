"""What becomes of an order's money in the books."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from books.models import Posting, PostingLine
from books.queries import postings_of, trial_balance
from core.models import Client
from orders.actions import (
    NewLine,
    NewOrder,
    cancel_order,
    create_draft,
    place_draft,
    place_order,
    record_payment,
    redeem_gift_card,
    reopen_order,
)
from orders.models import Order
from orders.payments.actions import refund_payment, write_off_balance
from orders.queries.verification import postings_off
from tests.factories.customers import a_customer
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import ACTOR, assert_everything_adds_up, reload
from tests.factories.stored_value import a_gift_card_and_code
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_rate
from tests.factories.watching import as_superuser, nothing_changes

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Ann", "line1": "1 Weg", "city": "Bonn", "postal_code": "53111", "country": "DE"}


@pytest.fixture
def shop() -> Client:
    """Prices include 19 %; a tenth is off; delivery costs 4.95."""
    stock_up({"A": 50, "B": 50})
    a_tax_rate("DE", "0.19")
    client = a_storefront("Laden", country="DE", prices_include_tax=True)
    an_offer(client, "TEN", automatic=True)
    a_method(client, "POST", a_rate(495), prices_include_tax=True)
    return client


def new_order(**fields: Any) -> NewOrder:
    given = {"currency": "EUR", "lines": [NewLine("A", 2), NewLine("B", 1)], "shipping_address": ADDRESS}
    return NewOrder(**{**given, "delivery_method": "POST", **fields})


def placed(shop: Client, **fields: Any) -> Order:
    return place_order(new_order(**fields), client_id=shop.pk, actor=ACTOR)


def posted(order: Order) -> list[tuple[str, dict[str, int]]]:
    """Oldest first: the kind, and what each account got."""
    return [
        (each.kind, {f"{line.account} {line.detail}".strip(): line.amount for line in each.lines.all()})
        for each in postings_of(order.pk).order_by("version")
    ]


def in_all() -> dict[str, int]:
    return {f"{each.account} {each.detail}".strip(): each.amount for each in trial_balance(None)}


CHARGE = {"receivable": 1_845, "goods": -1_260, "discounts": 126, "delivery": -416, "tax VAT 19 %": -295}
"""5.00 and 10.00 less a tenth are 4.50 and 9.00, with 0.72 and 1.44 of tax in them; of these, 0.08 and 0.16 are in the
discounts too. Goods are 5.00 − 0.80 and 10.00 − 1.60, discounts 0.50 − 0.08 and 1.00 − 0.16, delivery 4.95 − 0.79."""


def test_a_charge_is_goods_delivery_and_discounts_net_and_each_tax(shop: Client) -> None:
    order = placed(shop)
    assert posted(order) == [("charged", CHARGE)]
    assert (order.total, order.tax, sum(CHARGE.values())) == (1_845, 295, 0)
    assert_everything_adds_up()


def test_a_draft_is_posted_when_it_is_placed(shop: Client) -> None:
    draft = create_draft(new_order(), client_id=shop.pk, actor=ACTOR)
    assert posted(draft) == []
    order = place_draft(draft.pk, actor=ACTOR)
    assert posted(order) == posted(placed(shop))
    assert_everything_adds_up()


def test_paying_and_giving_back_move_cash_by_its_method(shop: Client) -> None:
    order = placed(shop)
    payment = record_payment(order.pk, method="bank_transfer", amount=1_845, actor=ACTOR)
    assert in_all()["cash bank_transfer"] == 1_845
    assert "receivable" not in in_all()
    refund_payment(order.pk, payment.pk, amount=45, actor=ACTOR)
    assert (in_all()["cash bank_transfer"], in_all()["receivable"]) == (1_800, 45)
    assert reload(order).due == 45
    assert [kind for kind, _ in posted(order)] == ["charged", "captured", "refunded"]
    assert_everything_adds_up()


def test_cancelling_takes_the_charge_back_and_reopening_takes_that_back(shop: Client) -> None:
    order = placed(shop)
    charge = posted(order)[0][1]
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    assert posted(order)[1] == ("credited", {account: -amount for account, amount in charge.items()})
    assert in_all() == {}
    reopen_order(order.pk, actor=ACTOR)
    assert posted(order)[2] == ("credited", charge)
    assert Posting.objects.get(reverses__isnull=False).reverses.kind == "credited"  # type: ignore[union-attr]
    assert_everything_adds_up()


def test_what_was_written_off_stays_sold_when_the_rest_is_credited(shop: Client) -> None:
    order = placed(shop)
    record_payment(order.pk, method="cash", amount=1_000, actor=ACTOR)
    write_off_balance(order.pk, note="Lost", actor=ACTOR)
    assert in_all()["written_off"] == 845
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    assert (in_all()["receivable"], in_all()["written_off"], in_all()["cash cash"]) == (-1_000, 845, 1_000)
    assert reload(order).due == -1_000
    assert_everything_adds_up()


def test_a_gift_card_pays_out_of_what_is_owed_to_its_holder(shop: Client) -> None:
    order = placed(shop)
    _, code = a_gift_card_and_code(shop, 5_000)
    payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
    assert in_all()["gift_cards"] == -(5_000 - 1_845)
    refund_payment(order.pk, payment.pk, amount=1_845, actor=ACTOR)
    assert (in_all()["gift_cards"], in_all()["given_value"]) == (-5_000, 5_000)
    assert_everything_adds_up()


def test_a_refund_to_store_credit_is_owed_and_no_cash(shop: Client) -> None:
    order = placed(shop, customer_id=a_customer(shop).pk)
    payment = record_payment(order.pk, method="cash", amount=1_845, actor=ACTOR)
    refund_payment(order.pk, payment.pk, amount=500, as_store_credit=True, actor=ACTOR)
    assert (in_all()["cash cash"], in_all()["store_credit"], in_all()["receivable"]) == (1_845, -500, 500)
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE books_postingline SET amount = amount - 1 WHERE account IN ('goods', 'tax')", 2),
        ("UPDATE books_postingline SET account = 'surcharges' WHERE account = 'delivery'", 2),
        ("UPDATE books_postingline SET detail = 'VAT 7 %' WHERE account = 'tax'", 2),
        ("DELETE FROM books_postingline WHERE account = 'discounts'", 1),
        ("UPDATE books_posting SET currency = 'USD'", 2),
        ("UPDATE books_posting SET version = version + 7 WHERE kind = 'captured'", 4),
    ],
)
def test_a_change_of_what_was_posted_is_found(shop: Client, change: str, found: int) -> None:
    order = placed(shop)
    record_payment(order.pk, method="cash", amount=5, actor=ACTOR)
    with as_superuser(Posting, PostingLine), connection.cursor() as cursor:
        cursor.execute(change)
    orders = list(Order.objects.prefetch_related("lines", "payments"))
    wrong = [str(each) for each in postings_off(orders)]
    assert len(wrong) == found
    assert all("posting" in each for each in wrong)


def test_what_is_older_than_the_books_is_posted_as_it_would_have_been(shop: Client) -> None:
    order = placed(shop, customer_id=a_customer(shop).pk)
    payment = record_payment(order.pk, method="cash", amount=1_845, actor=ACTOR)
    refund_payment(order.pk, payment.pk, amount=500, as_store_credit=True, actor=ACTOR)
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)
    a_gift_card_and_code(shop, 700)
    before, columns = in_all(), ("subject_id", "version", "kind", "actor_id", "reverses__version")
    rows = list(Posting.objects.order_by("subject_id", "version").values_list(*columns))
    with as_superuser(Posting, PostingLine), connection.cursor() as cursor:
        cursor.execute("DELETE FROM books_postingline; DELETE FROM books_posting")
    call_command("post_books", stdout=StringIO())
    assert in_all() == before
    assert list(Posting.objects.order_by("subject_id", "version").values_list(*columns)) == rows
    assert_everything_adds_up()
    with nothing_changes():
        call_command("post_books", stdout=StringIO())


def test_a_posting_that_nothing_tells_of_is_found(shop: Client) -> None:
    order = placed(shop)
    posting = Posting.objects.get()
    posting.pk, posting.version = order.pk, 9
    posting.save(force_insert=True)
    PostingLine.objects.bulk_create(
        PostingLine(posting=posting, account=account, amount=amount) for account, amount in (("cash", 7), ("goods", -7))
    )
    wrong = [str(each) for each in postings_off(list(Order.objects.prefetch_related("lines")))]
    assert len(wrong) == 2
