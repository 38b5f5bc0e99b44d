"""What refunds credit and give back, who may, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from core.actors import Actor
from core.errors import AuthorityExceeded, InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Client
from core.operations import OperationRefused
from inventory.actions import update_variant
from orders.actions import (
    Asked,
    NewLine,
    NewOrder,
    UnitsAsked,
    approve_refund,
    cancel_order,
    place_order,
    record_payment,
    redeem_gift_card,
    refund_items,
    reject_refund,
    reopen_order,
)
from orders.errors import CreditTooLarge, NothingToRefund, SecondPersonNeeded
from orders.models import Order
from orders.refunds.models import Refund
from stored_value.actions import disable
from stored_value.errors import StoredValueUnusable
from stored_value.models import StoredValue
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_draft,
    a_placed_order,
    assert_everything_adds_up,
    ledger,
    pay,
    reload,
)
from tests.factories.staff import a_person
from tests.factories.stored_value import a_gift_card_and_code
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_rate
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Ann", "line1": "1 Weg", "city": "Bonn", "postal_code": "53111", "country": "DE"}
EVERYTHING = Asked(everything=True)


def refund(order: Order, asked: Asked, **fields: Any) -> Refund:
    return refund_items(order.pk, **{"asked": asked, "reason": "damaged", "actor": ACTOR, **fields})


def units(order: Order, **wanted: int) -> Asked:
    """So many units of the lines of these SKUs."""
    lines = {line.sku: line.pk for line in order.lines.all()}
    return Asked([UnitsAsked(lines[sku], quantity) for sku, quantity in wanted.items()])


def told(refund: Refund) -> list[tuple[str, int, int]]:
    return [(line.kind, line.quantity, line.amount) for line in refund.lines.all()]


def money(order: Order) -> tuple[int, int, int, str]:
    """Credited, refunded, due, and the payment status."""
    order = reload(order)
    return order.credited, order.refunded, order.due, order.payment_status


@pytest.fixture
def shop() -> Client:
    """Prices include 19 %, of B 7 %; a tenth is off; delivery costs 4.93; cash is rounded to 0.05."""
    found = stock_up({"A": 50, "B": 50})
    a_tax_rate("DE", "0.19")
    a_tax_rate("DE", "0.07", tax_class_code="reduced", name="Reduced")
    update_variant(found["B"].pk, {"tax_class_code": "reduced"}, actor=ACTOR)
    client = a_storefront("Laden", country="DE", prices_include_tax=True, cash_rounding={"EUR": 5})
    an_offer(client, "TEN", automatic=True)
    a_method(client, "POST", a_rate(493), prices_include_tax=True)
    return client


def bought(shop: Client, **fields: Any) -> Order:
    new = NewOrder(
        currency="EUR", lines=[NewLine("A", 3), NewLine("B", 1)], shipping_address=ADDRESS, delivery_method="POST",
        **fields,
    )  # fmt: skip
    return reload(place_order(new, client_id=shop.pk, actor=ACTOR))


def test_units_of_a_paid_order_are_credited_with_their_share_and_paid_back() -> None:
    order = a_placed_order()
    payment = pay(order)
    done = refund(order, units(order, A=1))
    assert (done.status, done.credited, done.amount) == ("succeeded", 250, 250)
    assert told(done) == [("goods", 1, 250)]
    assert [(part.payment_id, part.amount) for part in done.parts.all()] == [(payment.pk, 250)]
    assert money(order) == (250, 250, 0, "paid")
    assert ledger(order)[-2:] == [("credited", 250), ("refunded", 250)]
    assert timeline(order.pk)[-3:] == ["refund.approved", "payment.refunded", "refund.succeeded"]
    assert_everything_adds_up()


def test_three_parts_of_a_line_with_a_remainder_sum_to_it(shop: Client) -> None:
    """3 × 2.50 less a tenth is 6.75: three units are credited with 2.25 each; their tax is 0.36, 0.36 and 0.36."""
    order = bought(shop)
    pay(order)
    amounts = [refund(order, units(order, A=1)).credited for _ in range(3)]
    line = order.lines.get(sku="A")
    assert (sum(amounts), line.credited, line.total) == (line.total, 3, sum(amounts))
    assert_everything_adds_up()


def test_everything_is_the_order_with_its_delivery_and_its_rounding(shop: Client) -> None:
    order = bought(shop)
    assert order.rounding != 0
    pay(order)
    refund(order, units(order, B=1))
    rest = refund(order, EVERYTHING)
    assert [kind for kind, _, _ in told(rest)] == ["goods", "delivery", "balance"]
    assert told(rest)[-1] == ("balance", 0, order.rounding)
    assert money(order) == (order.total, order.total, 0, "refunded")
    assert_everything_adds_up()


def test_what_is_not_paid_is_credited_and_nothing_goes_back() -> None:
    order = a_placed_order()
    done = refund(order, units(order, A=2))
    assert (done.credited, done.amount, list(done.parts.all())) == (500, 0, [])
    assert money(order) == (500, 0, TOTAL - 500, "unpaid")
    assert_everything_adds_up()


def test_of_what_is_paid_in_part_only_what_is_overpaid_goes_back() -> None:
    order = a_placed_order()
    pay(order, TOTAL - 100)
    done = refund(order, units(order, A=1))
    assert (done.credited, done.amount) == (250, 150)
    assert money(order) == (250, 150, 0, "paid")


def test_less_may_go_back_than_is_credited_and_the_rest_later() -> None:
    order = a_placed_order()
    pay(order)
    asked = units(order, A=1)
    done = refund(order, Asked(asked.lines, amount=100))
    assert (done.credited, done.amount, money(order)) == (250, 100, (250, 100, -150, "overpaid"))
    later = refund(order, Asked())
    assert (later.credited, later.amount, money(order)) == (0, 150, (250, 250, 0, "paid"))
    assert_everything_adds_up()


def test_goodwill_is_credited_for_nothing_and_counts_when_all_is_credited() -> None:
    order = a_placed_order()
    pay(order)
    assert told(refund(order, Asked(goodwill=300))) == [("goodwill", 0, 300)]
    rest = refund(order, EVERYTHING)
    assert told(rest)[-1] == ("balance", 0, -300)
    assert money(order) == (TOTAL, TOTAL, 0, "refunded")
    assert_everything_adds_up()


def test_delivery_is_credited_in_parts(shop: Client) -> None:
    order = bought(shop)
    pay(order)
    assert told(refund(order, Asked(delivery=193))) == [("delivery", 0, 193)]
    with refused(CreditTooLarge) as caught:
        refund(order, Asked(delivery=301))
    assert caught.value.detail == "3.00 EUR of the delivery charge is left to credit."
    assert told(refund(order, Asked(delivery=300))) == [("delivery", 0, 300)]
    assert_everything_adds_up()


def test_the_newest_payment_gives_back_first(shop: Client) -> None:
    order = bought(shop)
    card, code = a_gift_card_and_code(shop, 1_000)
    redeem_gift_card(order.pk, code=code, actor=ACTOR)
    record_payment(order.pk, method="cash", amount=reload(order).due, actor=ACTOR)
    done = refund(order, EVERYTHING)
    cash = order.total - 1_000
    assert [(part.payment.method, part.amount) for part in done.parts.all()] == [("cash", cash), ("gift_card", 1_000)]
    assert StoredValue.objects.get(pk=card.pk).balance == 1_000
    assert_everything_adds_up()


def test_to_store_credit_whatever_it_was_paid_with() -> None:
    client = a_client()
    customer = a_customer(client)
    order = a_placed_order(client, customer_id=customer.pk)
    pay(order)
    refund(order, units(order, A=1), to="store_credit")
    assert StoredValue.objects.get(customer=customer).balance == 250
    assert_everything_adds_up()


def test_to_a_gift_card_whatever_it_was_paid_with(shop: Client) -> None:
    order = bought(shop)
    pay(order)
    card, _ = a_gift_card_and_code(shop, 1_000)
    done = refund(order, EVERYTHING, to="gift_card", gift_card_id=card.pk)
    assert (done.status, StoredValue.objects.get(pk=card.pk).balance) == ("succeeded", 1_000 + order.total)
    assert_everything_adds_up()


@pytest.mark.parametrize("to", ["store_credit", "gift_card", "original"])
def test_what_several_payments_give_back_comes_together_on_one_balance(to: str) -> None:
    client = a_client()
    order = a_placed_order(client, customer_id=a_customer(client).pk)
    card, code = a_gift_card_and_code(client, TOTAL)
    for amount in (1_000, TOTAL - 1_000):
        if to == "original":
            redeem_gift_card(order.pk, code=code, amount=amount, actor=ACTOR)
        else:
            pay(order, amount)
    done = refund(order, EVERYTHING, to=to, gift_card_id=card.pk if to == "gift_card" else None)
    kind = "store_credit" if to == "store_credit" else "gift_card"
    given_back = StoredValue.objects.get(kind=kind).entries.filter(kind="give_back").order_by("version")
    assert [entry.amount for entry in given_back] == [TOTAL - 1_000, 1_000]
    assert (done.status, money(order)) == ("succeeded", (TOTAL, TOTAL, 0, "refunded"))
    assert_everything_adds_up()


def test_a_gift_card_that_a_second_person_approves_is_the_one_that_was_named() -> None:
    order = a_placed_order()
    pay(order)
    card, _ = a_gift_card_and_code(Client.objects.get(pk=order.client_id), 1_000)
    nobody = Actor.staff(a_person(email="nobody@example.com"))
    asked = refund(order, EVERYTHING, to="gift_card", gift_card_id=card.pk, actor=nobody)
    assert (asked.status, StoredValue.objects.get(pk=card.pk).balance) == ("requested", 1_000)
    approve_refund(order.pk, asked.pk, actor=ACTOR)
    assert StoredValue.objects.get(pk=card.pk).balance == 1_000 + TOTAL


@pytest.mark.parametrize(("to", "named"), [("gift_card", False), ("original", True), ("store_credit", True)])
def test_a_gift_card_is_named_where_it_goes_back_to_one_and_nowhere_else(to: str, named: bool) -> None:
    client = a_client()
    order = a_placed_order(client, customer_id=a_customer(client).pk)
    pay(order)
    card, _ = a_gift_card_and_code(client)
    with refused(InvalidInput) as caught:
        refund(order, EVERYTHING, to=to, gift_card_id=card.pk if named else None)
    assert caught.value.errors[0].pointer == "/gift_card_id"


def test_a_gift_card_of_another_storefront_is_unknown() -> None:
    order = a_placed_order()
    pay(order)
    card, _ = a_gift_card_and_code(a_client("Elsewhere"))
    with refused(InvalidInput) as caught:
        refund(order, EVERYTHING, to="gift_card", gift_card_id=card.pk)
    assert caught.value.errors[0].code == "unknown_gift_card"


def test_a_gift_card_that_cannot_be_spent_gets_nothing(shop: Client) -> None:
    order = bought(shop)
    pay(order)
    card, _ = a_gift_card_and_code(shop)
    disable(card.pk, reason="Lost", actor=ACTOR)
    with refused(StoredValueUnusable):
        refund(order, EVERYTHING, to="gift_card", gift_card_id=card.pk)
    dollars, _ = a_gift_card_and_code(shop, currency="USD")
    with refused(StoredValueUnusable):
        refund(order, EVERYTHING, to="gift_card", gift_card_id=dollars.pk)


def test_a_guest_gets_no_store_credit() -> None:
    order = a_placed_order()
    pay(order)
    with refused(InvalidInput) as caught:
        refund(order, units(order, A=1), to="store_credit")
    assert caught.value.errors[0].pointer == "/to"


def test_what_is_cancelled_later_is_only_what_was_not_refunded(shop: Client) -> None:
    order = bought(shop)
    pay(order)
    first = refund(order, units(order, A=2)).credited
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    assert money(order) == (order.total, first, first - order.total, "overpaid")
    assert refund(order, Asked()).amount == order.total - first
    assert money(order) == (order.total, order.total, 0, "refunded")
    assert_everything_adds_up()


def test_a_reopened_order_stays_credited_with_what_was_refunded() -> None:
    order = a_placed_order()
    pay(order)
    refund(order, units(order, A=1))
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)
    assert money(order) == (250, 250, 0, "paid")
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"A": 4}, "3 of 3 units of A are left to credit."),
        ({"A": 1, "B": 3}, "2 of 2 units of B are left to credit."),
    ],
)
def test_more_units_than_are_left_are_refused(asked: dict[str, int], detail: str) -> None:
    order = a_placed_order()
    with refused(CreditTooLarge) as caught:
        refund(order, units(order, **asked))
    assert caught.value.detail == detail


def test_the_same_line_twice_in_one_request_is_summed() -> None:
    order = a_placed_order()
    line = order.lines.get(sku="A")
    assert told(refund(order, Asked([UnitsAsked(line.pk, 1), UnitsAsked(line.pk, 2)]))) == [("goods", 3, 750)]
    with refused(CreditTooLarge):
        refund(order, Asked([UnitsAsked(line.pk, 1)]))


def test_refusals_say_why() -> None:
    order = a_placed_order()
    cases: list[tuple[Asked, type[Exception], str]] = [
        (Asked([UnitsAsked(new_id(), 1)]), InvalidInput, "The order has no such line."),
        (
            Asked(goodwill=TOTAL + 1), CreditTooLarge,
            "27.51 EUR is more than is left of what was charged, which is 27.50 EUR.",
        ),
        (Asked(), NothingToRefund, "This credits nothing, and nothing is overpaid."),
        (Asked(goodwill=5, everything=True, delivery=1), InvalidInput, "Say everything, or what: not both."),
        (Asked(goodwill=5, amount=1), CreditTooLarge, "With 0.05 EUR credited, 0.00 EUR is paid beyond what is owed."),
    ]  # fmt: skip
    for asked, error, detail in cases:
        with refused(error) as caught:  # type: ignore[arg-type]
            refund(order, asked)
        assert detail in [caught.value.detail, *(each.detail for each in caught.value.errors)]


def test_a_draft_and_what_is_all_credited_are_refused() -> None:
    draft, order = a_draft(), a_placed_order()
    with refused(OperationRefused):
        refund(draft, EVERYTHING)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    with refused(OperationRefused):
        refund(order, EVERYTHING)


def test_a_stale_version_is_refused() -> None:
    order = a_placed_order()
    with refused(StaleVersion):
        refund(order, EVERYTHING, expected_version=order.version + 5)


def a_dear_order() -> Order:
    order = a_placed_order(units={"A": 30})
    pay(order)
    return order


def requested(order: Order, agent: Actor) -> Refund:
    return refund(order, EVERYTHING, actor=agent)


def test_beyond_the_limit_it_waits_for_a_second_person() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = requested(order, agent)
    assert (waiting.status, waiting.above_limit, waiting.credited, waiting.amount) == ("requested", True, 7_500, 7_500)
    assert money(order) == (0, 0, 0, "paid")
    assert timeline(order.pk)[-1] == "refund.requested"
    manager = Actor.staff(a_person("manager"))
    done = approve_refund(order.pk, waiting.pk, actor=manager)
    assert (done.status, done.actor, done.decided_by) == ("succeeded", agent, manager)
    assert money(order) == (7_500, 7_500, 0, "refunded")
    assert approve_refund(order.pk, waiting.pk, actor=manager).status == "succeeded"
    assert_everything_adds_up()


def test_within_the_limit_nobody_else_is_asked() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    assert refund(order, units(order, A=20), actor=agent).status == "succeeded"
    assert refund(order, units(order, A=1), actor=agent).status == "requested"


def test_who_asked_does_not_approve_nor_does_somebody_with_too_small_a_limit() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = requested(order, agent)
    with refused(SecondPersonNeeded):
        approve_refund(order.pk, waiting.pk, actor=agent)
    other = Actor.staff(a_person("support_agent"))
    with refused(AuthorityExceeded):
        approve_refund(order.pk, waiting.pk, actor=other)


def test_a_rejected_refund_stays_rejected() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = requested(order, agent)
    manager = Actor.staff(a_person("manager"))
    done = reject_refund(order.pk, waiting.pk, reason="Worn", actor=manager)
    assert (done.status, done.rejection, done.decided_by) == ("rejected", "Worn", manager)
    assert reject_refund(order.pk, waiting.pk, reason="Worn", actor=manager).status == "rejected"
    with refused(OperationRefused):
        approve_refund(order.pk, waiting.pk, actor=manager)
    assert money(order) == (0, 0, 0, "paid")
    assert_everything_adds_up()


def test_what_is_approved_is_what_it_comes_to_then() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = requested(order, agent)
    refund(order, units(order, A=10))
    done = approve_refund(order.pk, waiting.pk, actor=Actor.staff(a_person("manager")))
    assert (done.credited, done.amount) == (5_000, 5_000)
    assert money(order) == (7_500, 7_500, 0, "refunded")
    assert_everything_adds_up()


def test_what_is_no_longer_left_is_not_approved() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = refund(order, units(order, A=25), actor=agent)
    refund(order, units(order, A=10))
    manager = Actor.staff(a_person("manager"))
    with refused(CreditTooLarge):
        approve_refund(order.pk, waiting.pk, actor=manager)


def test_another_orders_refund_is_not_found() -> None:
    order, agent = a_dear_order(), Actor.staff(a_person("support_agent"))
    waiting = requested(order, agent)
    other = a_dear_order()
    with refused(NotFound):
        approve_refund(other.pk, waiting.pk, actor=ACTOR)
