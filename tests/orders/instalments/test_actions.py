"""When what is due of an order is to be paid: by the storefront's terms, or as it is agreed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from core.errors import InvalidInput, StaleVersion
from core.models import Client, Event
from core.operations import OperationRefused
from orders.actions import (
    cancel_order,
    create_draft,
    place_draft,
    record_payment,
    refund_payment,
    reopen_order,
    update_order,
    write_off_balance,
)
from orders.instalments.actions import Agreed, agree_instalments
from orders.instalments.errors import InstalmentsOff
from orders.instalments.models import MOST_INSTALMENTS, Instalment
from orders.models import Order
from tests.factories.core import ACTOR
from tests.factories.inventory import stock_up
from tests.factories.orders import TOTAL, a_placed_order, new_order, reload
from tests.factories.shipping import an_order_on_account
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return a_storefront(days_to_pay=30)


def days(count: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=count)


def schedule(order: Order) -> list[tuple[dt.date, int, int]]:
    """(day, amount, what is left of it) of each, the earliest first."""
    rows = Instalment.objects.filter(order=order).select_related("order").order_by("position")
    return [(each.due_on, each.amount, each.outstanding) for each in rows]


def in_parts(*amounts: int, every: int = 30) -> list[Agreed]:
    return [Agreed(days(every * number), amount) for number, amount in enumerate(amounts, start=1)]


def told(order: Order) -> list[list[dict[str, object]]]:
    events = Event.objects.filter(subject_id=order.pk, type="order.instalments_agreed").order_by("version")
    return [event.data["instalments"] for event in events]


class TestTheTerms:
    def test_an_order_on_account_is_payable_so_many_days_after_its_placing(self, client: Client) -> None:
        order = an_order_on_account(client)
        total = order.total
        assert schedule(order) == [(days(30), total, total)]
        assert told(order) == [[{"due_on": days(30).isoformat(), "amount": total}]]

    def test_one_that_was_a_draft_is_payable_so_many_days_after_it_is_placed(self, client: Client) -> None:
        stock_up({"A": 3, "B": 2})
        draft = create_draft(new_order(payment_terms="on_account"), client_id=client.pk, actor=ACTOR)
        assert schedule(draft) == []
        order = place_draft(draft.pk, actor=ACTOR)
        assert schedule(order) == [(days(30), order.total, order.total)]

    def test_one_that_was_cancelled_as_a_draft_has_its_day_once_it_is_reopened(self, client: Client) -> None:
        stock_up({"A": 3, "B": 2})
        draft = create_draft(new_order(payment_terms="on_account"), client_id=client.pk, actor=ACTOR)
        cancel_order(draft.pk, reason="Changed their mind", actor=ACTOR)
        order = reopen_order(draft.pk, actor=ACTOR)
        assert schedule(order) == [(days(30), order.total, order.total)]

    def test_one_that_is_paid_before_release_has_no_day(self, client: Client) -> None:
        assert schedule(a_placed_order(client)) == []

    def test_no_day_is_agreed_where_the_storefront_names_none(self) -> None:
        order = an_order_on_account()
        assert (schedule(order), told(order)) == ([], [])

    def test_the_day_is_the_one_where_the_storefront_is(self) -> None:
        zone = "Pacific/Kiritimati"
        order = an_order_on_account(a_storefront(days_to_pay=0, time_zone=zone))
        placed_on = order.placed_at.astimezone(dt.timezone(dt.timedelta(hours=14))).date()  # type: ignore[union-attr]
        assert [day for day, *_ in schedule(order)] == [placed_on]

    def test_changed_terms_bring_a_day_and_take_it_away(self, client: Client) -> None:
        order = a_placed_order(client)
        update_order(order.pk, payment_terms="on_account", actor=ACTOR)
        assert schedule(order) == [(days(30), TOTAL, TOTAL)]
        update_order(order.pk, payment_terms="prepaid", actor=ACTOR)
        assert schedule(order) == []
        assert told(order) == [[{"due_on": days(30).isoformat(), "amount": TOTAL}], []]

    def test_a_storefront_that_gives_other_days_gives_them_to_later_orders(self, client: Client) -> None:
        order = an_order_on_account(client)
        sells(client, days_to_pay=7)
        assert [day for day, *_ in schedule(order)] == [days(30)]
        assert [day for day, *_ in schedule(an_order_on_account(client))] == [days(7)]


class TestAgreeing:
    def test_instalments_take_the_place_of_what_was_agreed(self, client: Client) -> None:
        order = an_order_on_account(client)
        agreed = in_parts(1_000, 1_000, order.total - 2_000)
        changed = agree_instalments(order.pk, instalments=agreed, actor=ACTOR)
        assert [(day, amount) for day, amount, _ in schedule(order)] == [(each.due_on, each.amount) for each in agreed]
        assert told(order)[1:] == [[{"due_on": each.due_on.isoformat(), "amount": each.amount} for each in agreed]]
        assert changed.version == order.version + 1

    def test_agreed_already_they_stay_so(self, client: Client) -> None:
        order = an_order_on_account(client)
        agreed = in_parts(1_000, order.total - 1_000)
        agree_instalments(order.pk, instalments=agreed, actor=ACTOR)
        with nothing_changes():
            agree_instalments(order.pk, instalments=agreed, actor=ACTOR)

    def test_they_are_of_what_is_left_once_a_part_is_paid(self, client: Client) -> None:
        order = an_order_on_account(client)
        record_payment(order.pk, method="cash", amount=700, actor=ACTOR)
        left = order.total - 700
        agree_instalments(order.pk, instalments=in_parts(500, left - 500), actor=ACTOR)
        assert [amount for *_, amount in schedule(order)] == [500, left - 500]

    @pytest.mark.parametrize("off", [-1, 1])
    def test_what_does_not_come_to_what_is_due_is_refused_with_both_figures(self, client: Client, off: int) -> None:
        order = an_order_on_account(client)
        with refused(InstalmentsOff) as refusal:
            agree_instalments(order.pk, instalments=in_parts(1_000, order.total - 1_000 + off), actor=ACTOR)
        assert refusal.value.context["due"] == order.total

    @pytest.mark.parametrize(
        ("due", "pointer", "code"),
        [
            ((-1, 30), "/instalments/0/due_on", "in_the_past"),
            ((30, 30), "/instalments/1/due_on", "out_of_order"),
            ((30, 29), "/instalments/1/due_on", "out_of_order"),
        ],
    )
    def test_days_that_are_over_or_out_of_order_are_refused(
        self, client: Client, due: tuple[int, int], pointer: str, code: str
    ) -> None:
        order = an_order_on_account(client)
        agreed = [Agreed(days(due[0]), 1_000), Agreed(days(due[1]), order.total - 1_000)]
        with refused(InvalidInput) as refusal:
            agree_instalments(order.pk, instalments=agreed, actor=ACTOR)
        assert [(each.pointer, each.code) for each in refusal.value.errors] == [(pointer, code)]

    def test_none_and_too_many_and_nothing_are_refused(self, client: Client) -> None:
        order = an_order_on_account(client)
        for agreed in ([], in_parts(*[1] * (MOST_INSTALMENTS + 1))):
            with refused(InvalidInput) as refusal:
                agree_instalments(order.pk, instalments=agreed, actor=ACTOR)
            assert [(each.pointer, each.code) for each in refusal.value.errors] == [("/instalments", "out_of_range")]
        with refused(InvalidInput):
            agree_instalments(order.pk, instalments=in_parts(0, order.total), actor=ACTOR)

    def test_an_order_that_is_paid_before_release_is_refused(self) -> None:
        order = a_placed_order()
        with refused(OperationRefused) as refusal:
            agree_instalments(order.pk, instalments=in_parts(TOTAL), actor=ACTOR)
        assert refusal.value.detail == "The order is paid before it is released."

    def test_an_order_of_which_nothing_is_due_is_refused(self) -> None:
        order = an_order_on_account()
        record_payment(order.pk, method="cash", amount=order.total, actor=ACTOR)
        with refused(OperationRefused):
            agree_instalments(order.pk, instalments=in_parts(order.total), actor=ACTOR)

    def test_an_outdated_caller_changes_nothing(self, client: Client) -> None:
        order = an_order_on_account(client)
        with refused(StaleVersion):
            agree_instalments(order.pk, instalments=in_parts(order.total), actor=ACTOR, expected_version=1)


class TestWhatIsLeft:
    def test_what_is_paid_counts_for_the_earliest_first(self, client: Client) -> None:
        order = an_order_on_account(client)
        last = order.total - 2_000
        agree_instalments(order.pk, instalments=in_parts(1_000, 1_000, last), actor=ACTOR)
        record_payment(order.pk, method="bank_transfer", amount=1_400, actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [0, 600, last]

    def test_what_is_given_back_is_outstanding_again_and_a_write_off_settles_it(self, client: Client) -> None:
        order = an_order_on_account(client)
        agree_instalments(order.pk, instalments=in_parts(1_000, order.total - 1_000), actor=ACTOR)
        payment = record_payment(order.pk, method="cash", amount=order.total, actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [0, 0]
        refund_payment(order.pk, payment.pk, amount=300, actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [0, 300]
        write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [0, 0]

    def test_what_is_due_beyond_all_of_them_is_the_first_one_s(self, client: Client) -> None:
        order = an_order_on_account(client)
        payment = record_payment(order.pk, method="cash", amount=700, actor=ACTOR)
        left = order.total - 700
        agree_instalments(order.pk, instalments=in_parts(500, left - 500), actor=ACTOR)
        refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
        assert [each for *_, each in schedule(order)] == [1_200, left - 500]

    def test_nothing_is_left_of_a_cancelled_order_and_all_of_a_reopened_one(self, client: Client) -> None:
        order = an_order_on_account(client)
        cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [0]
        reopen_order(order.pk, actor=ACTOR)
        assert [left for *_, left in schedule(order)] == [order.total]

    def test_one_is_overdue_once_its_day_is_over_and_until_it_is_settled(self, client: Client) -> None:
        order = an_order_on_account(client)
        agree_instalments(order.pk, instalments=in_parts(1_000, order.total - 1_000), actor=ACTOR)
        objects = Instalment.objects
        first = Instalment.objects.get(order=order, position=1)
        assert (list(objects.overdue(days(30))), list(objects.overdue(days(31)))) == ([], [first])
        assert objects.not_overdue(days(31)).get().position == 2
        record_payment(order.pk, method="cash", amount=1_000, actor=ACTOR)
        assert list(objects.overdue(days(31))) == []
        assert [reload(order).due, len(objects.overdue(days(61)))] == [order.total - 1_000, 1]
