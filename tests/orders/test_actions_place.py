"""Creating orders: placed at once, or as a draft that is placed later."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.money import MAX_MINOR
from core.operations import OperationRefused
from core.transactions import UnitOfWorkError, action
from customers.actions import add_address
from inventory.actions import update_product, update_variant
from inventory.errors import OutOfStock
from inventory.models import Variant
from orders.actions import NewLine, create_draft, delete_order, expire_reservation, place, place_draft, place_order
from orders.errors import DuplicateReference
from orders.models import Order
from storefronts.errors import NotSold
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_customer, an_address
from tests.factories.inventory import stock_up
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_draft,
    a_placed_order,
    assert_everything_adds_up,
    ledger,
    new_order,
    pay,
    reload,
    stock,
)
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


def pointers(refusal: pytest.ExceptionInfo) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in refusal.value.errors]


class TestPlacing:
    def test_a_placed_order_reserves_its_stock_and_charges_its_total(self) -> None:
        stock_up({"A": 5, "B": 5})
        order = reload(place_order(new_order(), client_id=a_client().pk, actor=ACTOR))
        assert (order.status, order.payment_status, order.fulfilment_status) == ("placed", "unpaid", "unfulfilled")
        assert (order.subtotal, order.total, order.charged, order.due) == (TOTAL, TOTAL, TOTAL, TOTAL)
        assert [(line.position, line.sku, line.quantity, line.reserved, line.total) for line in order.lines.all()] == [
            (1, "A", 3, 3, 750),
            (2, "B", 2, 2, 2_000),
        ]
        assert stock() == {"A": (5, 3), "B": (5, 2)}
        assert ledger(order) == [("charged", TOTAL)]
        assert timeline(order.pk) == ["order.created", "inventory.reserved"]
        assert order.version == 2
        assert order.placed_at == order.created_at
        assert_everything_adds_up()

    def test_what_place_order_returns_is_what_is_stored(self) -> None:
        placed = a_placed_order(tags=["b", "a", "b"], metadata={"channel": "web"}, external_ref="W-1")
        stored = reload(placed)
        for field in Order._meta.concrete_fields:
            assert getattr(placed, field.attname) == getattr(stored, field.attname), field.attname
        assert placed.tags == ["a", "b"]

    def test_the_amounts_of_lines_and_shipping_add_up_to_the_total(self) -> None:
        stock_up({"A": 3, "B": 2})
        lines = [NewLine("A", 3, discount=50, tax=70), NewLine("B", 2, unit_price=900)]
        order = reload(place_order(new_order(lines=lines, shipping=495), client_id=a_client().pk, actor=ACTOR))
        assert (order.subtotal, order.discount, order.tax, order.shipping) == (2_550, 50, 70, 495)
        assert order.total == order.charged == 2_550 - 50 + 70 + 495
        assert [line.total for line in order.lines.all()] == [770, 1_800]

    def test_an_order_of_nothing_but_free_goods_has_nothing_due(self) -> None:
        stock_up({"A": 1})
        order = place_order(new_order(lines=[NewLine("A", 1, unit_price=0)]), client_id=a_client().pk, actor=ACTOR)
        assert (order.total, order.payment_status, ledger(order)) == (0, "nothing_due", [])

    def test_the_same_sku_twice_is_one_line_and_is_summed_before_stock_is_asked(self) -> None:
        stock_up({"A": 3})
        lines = [NewLine("A", 2, tax=1), NewLine("A", 2, discount=3)]
        client = a_client()
        with refused(OutOfStock) as refusal:
            place_order(new_order(lines=lines), client_id=client.pk, actor=ACTOR)
        assert refusal.value.context["shortages"] == [{"sku": "A", "requested": 4, "available": 3}]
        stock_up({"A": 1})
        order = reload(place_order(new_order(lines=lines), client_id=a_client().pk, actor=ACTOR))
        assert [(line.quantity, line.discount, line.tax, line.total) for line in order.lines.all()] == [(4, 3, 1, 998)]

    def test_one_sku_at_two_prices_is_two_lines_that_are_summed_before_stock_is_asked(self) -> None:
        stock_up({"A": 3})
        lines = [NewLine("A", 2), NewLine("A", 2, unit_price=100)]
        client = a_client()
        with refused(OutOfStock) as refusal:
            place_order(new_order(lines=lines), client_id=client.pk, actor=ACTOR)
        assert refusal.value.context["shortages"] == [{"sku": "A", "requested": 4, "available": 3}]

    def test_a_shortage_names_every_sku_that_falls_short_and_no_other(self) -> None:
        stock_up({"A": 1, "B": 9, "C": 0 + 2})
        client = a_client()
        with refused(OutOfStock) as refusal:
            place_order(new_order({"A": 3, "B": 9, "C": 5}), client_id=client.pk, actor=ACTOR)
        assert refusal.value.context["shortages"] == [
            {"sku": "A", "requested": 3, "available": 1},
            {"sku": "C", "requested": 5, "available": 2},
        ]
        assert refusal.value.detail == ("Not enough stock (A: 3 requested, 1 available, C: 5 requested, 2 available).")

    def test_stock_comes_from_several_locations_in_order_of_priority(self) -> None:
        stock_up({"A": 2}, location="FIRST")
        stock_up({"A": 2}, location="SECOND")
        order = place_order(new_order({"A": 3}), client_id=a_client().pk, actor=ACTOR)
        units = Event.objects.get(subject_id=order.pk, type="inventory.reserved").data["units"]
        assert [unit["quantity"] for unit in units] == [2, 1]
        assert_everything_adds_up()

    def test_unknown_and_inactive_products_are_refused_by_their_place_in_the_request(self) -> None:
        variants = stock_up({"A": 5, "B": 5})
        update_variant(variants["B"].pk, {"active": False}, actor=ACTOR)
        client = a_client()
        with refused(InvalidInput) as refusal:
            place_order(new_order({"A": 1, "X": 1, "B": 1}), client_id=client.pk, actor=ACTOR)
        assert pointers(refusal) == [("/lines/1/sku", "unknown_sku"), ("/lines/2/sku", "unknown_sku")]

    @pytest.mark.parametrize("currency", ["BGN", "HRK", "XXX", "eur"])
    def test_no_order_is_in_a_currency_that_is_none_of_today(self, currency: str) -> None:
        stock_up({"A": 5})
        client, lines = a_client(), [NewLine("A", 1, unit_price=199)]
        for create in (place_order, create_draft):
            with refused(InvalidInput) as refusal:
                create(new_order(lines=lines, currency=currency), client_id=client.pk, actor=ACTOR)
            assert pointers(refusal) == [("/currency", "unknown_currency")]

    def test_a_product_without_a_price_in_the_currency_needs_one_given(self) -> None:
        stock_up({"A": 5})
        client = a_client()
        with refused(InvalidInput) as refusal:
            place_order(new_order({"A": 1}, currency="GBP"), client_id=client.pk, actor=ACTOR)
        assert pointers(refusal) == [("/lines/0/sku", "no_price")]
        lines = [NewLine("A", 1, unit_price=199)]
        order = place_order(new_order(lines=lines, currency="GBP"), client_id=a_client().pk, actor=ACTOR)
        assert (order.currency, order.total) == ("GBP", 199)

    @pytest.mark.parametrize(
        ("lines", "problem"),
        [
            ([NewLine("A", 1, discount=251)], ("/lines/0/discount", "too_large")),
            ([NewLine("A", 1_000_000), NewLine("A", 1)], ("/lines/1/quantity", "too_large")),
            ([NewLine("A", 2, unit_price=MAX_MINOR)], ("/lines", "too_large")),
            ([NewLine("A", 1, tax=MAX_MINOR)], ("/lines", "too_large")),
        ],
    )
    def test_amounts_that_are_too_large_are_refused(self, lines: list[NewLine], problem: tuple[str, str]) -> None:
        stock_up({"A": 5})
        client = a_client()
        with refused(InvalidInput) as refusal:
            place_order(new_order(lines=lines), client_id=client.pk, actor=ACTOR)
        assert pointers(refusal) == [problem]

    def test_a_customer_gives_the_order_their_email_and_default_address(self) -> None:
        client = a_client()
        customer = a_customer(client, "bea@example.com")
        add_address(customer.pk, an_address(name="Bea"), actor=ACTOR)
        order = a_placed_order(client, customer_id=customer.pk, email="", shipping_address={})
        assert order.email == "bea@example.com"
        assert order.shipping_address["name"] == "Bea"
        given = a_placed_order(
            client, customer_id=customer.pk, email="gift@example.com", shipping_address={"name": "C"}
        )
        assert (given.email, given.shipping_address) == ("gift@example.com", {"name": "C"})

    def test_a_customer_of_nobody_or_of_another_storefront_is_invalid_input(self) -> None:
        client, other = a_client(), a_client()
        stock_up({"A": 5, "B": 5})
        for customer_id in (new_id(), a_customer(other).pk):
            with refused(InvalidInput) as refusal:
                place_order(new_order(customer_id=customer_id), client_id=client.pk, actor=ACTOR)
            assert pointers(refusal) == [("/customer_id", "unknown_customer")]

    def test_a_guest_needs_neither_customer_nor_email(self) -> None:
        order = a_placed_order(email="")
        assert (order.customer_id, order.email) == (None, "")

    def test_an_imported_order_keeps_the_time_at_which_it_was_placed(self) -> None:
        then = dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)
        assert reload(a_placed_order(placed_at=then)).placed_at == then


class TestReferences:
    def test_a_reference_that_is_taken_names_its_order(self) -> None:
        client = a_client()
        first = a_placed_order(client, external_ref="W-1")
        stock_up({"A": 3, "B": 2})
        with refused(DuplicateReference) as refusal:
            place_order(new_order(external_ref="W-1"), client_id=client.pk, actor=ACTOR)
        assert refusal.value.context == {"order_id": str(first.pk)}
        assert str(first.pk) in refusal.value.detail

    def test_a_reference_that_took_the_last_stock_is_a_duplicate_rather_than_a_shortage(self) -> None:
        client = a_client()
        first = a_placed_order(client, external_ref="W-1")
        with refused(DuplicateReference) as refusal:
            place_order(new_order(external_ref="W-1"), client_id=client.pk, actor=ACTOR)
        assert refusal.value.context == {"order_id": str(first.pk)}

    def test_a_reference_stays_taken_when_its_order_is_deleted(self) -> None:
        client = a_client()
        first = a_placed_order(client, external_ref="W-1")
        delete_order(first.pk, actor=ACTOR)
        with refused(DuplicateReference):
            place_order(new_order(external_ref="W-1"), client_id=client.pk, actor=ACTOR)

    def test_references_belong_to_a_storefront_and_many_orders_have_none(self) -> None:
        a_placed_order(external_ref="W-1")
        a_placed_order(external_ref="W-1")
        a_placed_order()
        a_placed_order()
        assert Order.objects.count() == 4


ABROAD = {"name": "Ann", "line1": "1 Main St", "city": "Boston", "country": "US"}


class TestWhatAStorefrontSells:
    def test_another_currency_or_country_is_refused_with_what_is_sold(self) -> None:
        stock_up({"A": 5, "B": 5})
        client = a_storefront(currencies=["CHF", "GBP"], countries=["GB", "CH"])
        for create in (place_order, create_draft):
            with refused(NotSold) as refusal:
                create(new_order(shipping_address=ABROAD), client_id=client.pk, actor=ACTOR)
            assert pointers(refusal) == [
                ("/currency", "currency_not_sold"),
                ("/shipping_address/country", "country_not_sold"),
            ]
            assert refusal.value.detail == (
                "The storefront doesn't sell in EUR, but in CHF, GBP. The storefront doesn't sell to US, but to CH, GB."
            )

    def test_what_is_sold_is_placed(self) -> None:
        client = a_storefront(currencies=["EUR"], countries=["US"])
        assert a_placed_order(client, shipping_address=ABROAD).status == "placed"

    def test_the_address_that_a_customer_has_counts_too(self) -> None:
        stock_up({"A": 5, "B": 5})
        client = a_storefront(countries=["DE"])
        ann = a_customer(client)
        add_address(ann.pk, an_address(country="GB"), actor=ACTOR)
        with refused(NotSold):
            place_order(new_order(customer_id=ann.pk), client_id=client.pk, actor=ACTOR)

    def test_an_order_without_an_address_or_handed_over_in_person_goes_nowhere(self) -> None:
        client = a_storefront(countries=["DE"])
        assert a_placed_order(client, shipping_address={}).status == "placed"
        assert a_placed_order(client, shipping_address=ABROAD, handover="in_person").status == "placed"

    def test_what_was_placed_elsewhere_before_is_brought_in_as_it_was(self) -> None:
        client = a_storefront(currencies=["GBP"], countries=["DE"])
        order = a_placed_order(client, shipping_address=ABROAD, placed_at=timezone.now() - dt.timedelta(days=900))
        assert order.currency == "EUR"

    def test_a_change_holds_from_the_next_order_on(self) -> None:
        client = a_storefront(countries=["US"])
        order = a_placed_order(client, shipping_address=ABROAD)
        sells(client, countries=["DE"])
        with refused(NotSold):
            place_order(new_order(shipping_address=ABROAD), client_id=client.pk, actor=ACTOR)
        sells(client, countries=[])
        assert a_placed_order(client, shipping_address=ABROAD).status == reload(order).status == "placed"

    def test_another_storefront_s_settings_are_nothing_to_it(self) -> None:
        a_storefront(currencies=["GBP"])
        assert a_placed_order(a_client(), shipping_address=ABROAD).status == "placed"


class TestNumbers:
    def test_an_order_keeps_the_prefix_that_its_storefront_had(self) -> None:
        client = a_storefront(number_prefix="HF-")
        order, draft = reload(a_placed_order(client)), reload(a_draft(client))
        sells(client, number_prefix="NEW/")
        later = reload(a_placed_order(client))
        plain = reload(a_placed_order())
        assert [each.display_number for each in (order, draft, later, plain)] == [
            f"HF-{order.number}", f"HF-{draft.number}", f"NEW/{later.number}", str(plain.number),
        ]  # fmt: skip
        assert str(reload(order)) == f"#HF-{order.number}"

    def test_the_database_keeps_a_prefix_as_it_was_and_apart_from_the_number(self) -> None:
        a_placed_order(a_storefront(number_prefix="HF-"))
        with refused_by_the_database("Cannot update rows"):
            Order.objects.update(number_prefix="HX-")
        with refused_by_the_database("order_prefix_ends_before_digits"):
            Order.objects.create(client=a_client(), currency="EUR", number_prefix="HF1")


class TestDrafts:
    def test_a_draft_keeps_its_stock_as_long_as_its_storefront_says(self) -> None:
        client = a_storefront(hold_minutes=45)
        draft = reload(a_draft(client))
        sells(client, hold_minutes=1)
        assert draft.reserved_until == draft.created_at + dt.timedelta(minutes=45)
        assert reload(draft).reserved_until == draft.reserved_until
        assert reload(a_placed_order(client)).reserved_until is None

    def test_a_draft_reserves_for_a_while_and_charges_nothing(self) -> None:
        draft = reload(a_draft())
        assert (draft.status, draft.payment_status, draft.charged, draft.due) == ("draft", "unpaid", 0, 0)
        assert draft.reserved_until == draft.created_at + dt.timedelta(minutes=30)
        assert (stock(), ledger(draft), draft.placed_at) == ({"A": (3, 3), "B": (2, 2)}, [], None)

    def test_placing_a_draft_charges_it_and_its_reservation_no_longer_expires(self) -> None:
        draft = a_draft()
        order = reload(place_draft(draft.pk, actor=ACTOR))
        assert (order.status, order.charged, order.reserved_until) == ("placed", TOTAL, None)
        assert timeline(order.pk) == ["order.created", "inventory.reserved", "order.placed"]
        assert ledger(order) == [("charged", TOTAL)]
        assert not expire_reservation(order.pk, now=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        assert_everything_adds_up()

    def test_a_draft_that_expired_keeps_its_lines_and_gives_its_stock_back(self) -> None:
        draft = a_draft()
        later = timezone.now() + dt.timedelta(minutes=31)
        assert expire_reservation(draft.pk, now=later, actor=ACTOR)
        assert not expire_reservation(draft.pk, now=later, actor=ACTOR)
        assert stock() == {"A": (3, 0), "B": (2, 0)}
        assert reload(draft).status == "draft"
        assert timeline(draft.pk)[-2:] == ["inventory.released", "order.reservation_expired"]
        assert_everything_adds_up()

    def test_a_draft_is_not_expired_before_its_time(self) -> None:
        draft = a_draft()
        assert draft.reserved_until is not None
        early = draft.reserved_until - dt.timedelta(seconds=1)
        assert not expire_reservation(draft.pk, now=early, actor=ACTOR)
        assert expire_reservation(draft.pk, now=draft.reserved_until, actor=ACTOR)

    def test_placing_an_expired_draft_reserves_again(self) -> None:
        draft = a_draft()
        expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(hours=1), actor=ACTOR)
        order = reload(place_draft(draft.pk, actor=ACTOR))
        assert order.status == "placed"
        assert stock() == {"A": (3, 3), "B": (2, 2)}
        assert_everything_adds_up()

    def test_placing_an_expired_draft_whose_stock_is_gone_is_refused_with_the_shortage(self) -> None:
        draft = a_draft()
        expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(hours=1), actor=ACTOR)
        place_order(new_order({"B": 1}), client_id=a_client().pk, actor=ACTOR)
        with refused(OutOfStock) as refusal:
            place_draft(draft.pk, actor=ACTOR)
        assert refusal.value.context["shortages"] == [{"sku": "B", "requested": 2, "available": 1}]

    def test_a_draft_is_placed_once(self) -> None:
        draft = a_draft()
        place_draft(draft.pk, actor=ACTOR)
        with nothing_changes():
            assert place_draft(draft.pk, actor=ACTOR).status == "placed"

    @pytest.mark.parametrize("expired", [True, False])
    @pytest.mark.parametrize("withdrawn", ["variant", "product"])
    def test_a_draft_of_what_was_withdrawn_from_sale_is_not_placed(self, withdrawn: str, expired: bool) -> None:
        draft = a_draft()
        if expired:
            expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(hours=1), actor=ACTOR)
        variant = Variant.objects.get(sku="B")
        if withdrawn == "variant":
            update_variant(variant.pk, {"active": False}, actor=ACTOR)
        else:
            update_product(variant.product_id, {"active": False}, actor=ACTOR)
        with refused(OperationRefused) as refusal:
            place_draft(draft.pk, actor=ACTOR)
        assert refusal.value.detail == "No longer on sale: B."
        assert refusal.value.unblock == "Put B on sale again, or create a new order without."
        update_variant(variant.pk, {"active": True}, actor=ACTOR)
        update_product(variant.product_id, {"active": True}, actor=ACTOR)
        assert place_draft(draft.pk, actor=ACTOR).status == "placed"

    def test_a_draft_is_placed_at_the_prices_that_it_was_made_with(self) -> None:
        draft = a_draft()
        for variant in Variant.objects.all():
            update_variant(variant.pk, {"prices": {"EUR": 9_999}}, actor=ACTOR)
        assert place_draft(draft.pk, actor=ACTOR).charged == TOTAL

    def test_a_draft_that_is_too_large_for_the_stock_is_refused(self) -> None:
        stock_up({"A": 1})
        client = a_client()
        with refused(OutOfStock):
            create_draft(new_order({"A": 2}), client_id=client.pk, actor=ACTOR)

    def test_a_stale_version_places_nothing(self) -> None:
        draft = a_draft()
        with refused(StaleVersion) as refusal:
            place_draft(draft.pk, actor=ACTOR, expected_version=1)
        assert refusal.value.context == {"current_etag": '"v2"'}
        assert place_draft(draft.pk, actor=ACTOR, expected_version=2).version == 3

    def test_an_order_that_does_not_exist_is_not_found(self) -> None:
        with refused(NotFound):
            place_draft(new_id(), actor=ACTOR)


def test_an_order_of_one_sku_at_one_price_in_two_lots_has_two_lines() -> None:
    stock_up({"A": 5})
    order = place_order(
        new_order(lines=[NewLine("A", 3, 20, lot="x"), NewLine("A", 2, 20, lot="y")]),
        client_id=a_client().pk,
        actor=ACTOR,
    )
    lines = reload(order).lines.values_list("position", "quantity", "unit_price", "reserved", "total")
    assert list(lines) == [(1, 3, 20, 3, 60), (2, 2, 20, 2, 40)]
    assert stock() == {"A": (5, 5)}
    assert_everything_adds_up()


class TestPlacingWithinAnotherAction:
    def test_it_is_part_of_that_action(self) -> None:
        stock_up({"A": 5, "B": 5})
        placed = reload(action(place)(new_order(), client_id=a_client().pk, actor=ACTOR))
        assert (placed.status, placed.charged, placed.version) == ("placed", TOTAL, 2)
        assert timeline(placed.pk) == ["order.created", "inventory.reserved"]
        assert_everything_adds_up()

    def test_outside_of_one_it_refuses_to_run(self) -> None:
        with pytest.raises(UnitOfWorkError):
            place(new_order(), client_id=a_client().pk, actor=ACTOR)

    def test_what_fails_after_it_takes_it_back(self) -> None:
        stock_up({"A": 5, "B": 5})
        client = a_client()

        @action
        def place_and_refuse() -> None:
            place(new_order(), client_id=client.pk, actor=ACTOR)
            raise NotFound("That is not there.")

        with refused(NotFound):
            place_and_refuse()


def test_a_paid_order_is_paid() -> None:
    order = a_placed_order()
    pay(order)
    assert reload(order).payment_status == "paid"
