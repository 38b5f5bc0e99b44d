"""What becomes of a difference: accepted it is posted, dismissed it is not; and what the database holds of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F

from books.models import Posting
from books.queries import postings_of, trial_balance
from core.errors import NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused
from orders.settlement.actions import accept_difference, dismiss_difference, record_differences
from orders.settlement.comparing import Figures, Found
from orders.settlement.models import PaymentDifference
from orders.settlement.queries import settlement_off
from orders.settlement.statuses import DifferenceKind
from tests.factories.core import ACTOR
from tests.factories.orders import TOTAL
from tests.factories.settlement import a_captured_attempt, a_difference
from tests.factories.watching import as_superuser, nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


def of_cash() -> dict[str, int]:
    found = trial_balance(None)
    return {each.account: each.amount for each in found if each.account in {"cash", "suspense"}}


def found(kind: str, ours: Figures | None, theirs: Figures | None) -> PaymentDifference:
    attempt = a_captured_attempt()
    known = kind != "missing_here"
    record_differences(
        "fake",
        [
            Found(
                DifferenceKind(kind), str(attempt.pk), attempt.payment.order.client_id if known else None,
                attempt.pk if known else None, ours, theirs,
            )
        ],
        actor=ACTOR,
    )  # fmt: skip
    return PaymentDifference.objects.get(key=str(attempt.pk))


def test_what_lies_at_the_gateway_is_posted_against_the_differences_to_clear() -> None:
    difference = accept_difference(a_difference().pk, note="They are right", actor=ACTOR)
    assert of_cash() == {"cash": TOTAL + 5, "suspense": -5}
    posting = postings_of(difference.pk).get()
    assert [(line.account, line.detail, line.amount) for line in posting.lines.all()] == [
        ("cash", "card fake", 5), ("suspense", "card fake", -5),
    ]  # fmt: skip
    assert (posting.kind, posting.version, posting.client_id) == ("accepted", 2, difference.client_id)
    difference.refresh_from_db()
    assert (difference.resolution, difference.note, difference.posted) == ("accepted", "They are right", 5)
    assert difference.resolved_by == posting.actor == ACTOR
    event = Event.objects.get(type="payment_difference.accepted")
    assert (event.version, event.data) == (2, {"amount": 5, "currency": "EUR"})
    assert settlement_off() == []


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "off"),
    [
        ("missing_there", Figures(TOTAL, "EUR", "capture succeeded"), None, -TOTAL),
        ("missing_there", Figures(100, "EUR", "refund succeeded"), None, 100),
        ("missing_here", None, Figures(100, "EUR", "refund succeeded"), -100),
        ("outcome", Figures(TOTAL, "EUR", "capture declined"), Figures(TOTAL, "EUR", "capture succeeded"), TOTAL),
        ("outcome", Figures(TOTAL, "EUR", "capture succeeded"), Figures(TOTAL, "EUR", "capture declined"), -TOTAL),
    ],
)
def test_each_kind_moves_what_it_is_off_by(kind: str, ours: Figures, theirs: Figures, off: int) -> None:
    accept_difference(found(kind, ours, theirs).pk, note="So it is", actor=ACTOR)
    assert of_cash().get("suspense") == -off
    assert settlement_off() == []


def test_what_was_accepted_of_a_call_before_is_not_posted_twice() -> None:
    attempt = a_captured_attempt()
    first = a_difference(attempt)
    lost = Found(
        DifferenceKind.MISSING_THERE, str(attempt.pk), first.client_id, attempt.pk,
        Figures(TOTAL, "EUR", "capture succeeded"),
    )  # fmt: skip
    record_differences("fake", [lost], actor=ACTOR)
    accept_difference(first.pk, note="Five more", actor=ACTOR)
    accept_difference(PaymentDifference.objects.get(kind="missing_there").pk, note="None at all", actor=ACTOR)
    assert of_cash() == {"suspense": TOTAL}


def test_it_is_decided_once() -> None:
    accepted, dismissed = a_difference(), a_difference()
    accept_difference(accepted.pk, note="Yes", actor=ACTOR)
    dismiss_difference(dismissed.pk, note="No", actor=ACTOR)
    with nothing_changes():
        assert accept_difference(accepted.pk, note="Yes", actor=ACTOR).resolution == "accepted"
        assert dismiss_difference(dismissed.pk, note="No", actor=ACTOR).resolution == "dismissed"
    for act, row, note in (
        (accept_difference, accepted, "Other"), (dismiss_difference, dismissed, "Other"),
        (dismiss_difference, accepted, "Yes"), (accept_difference, dismissed, "No"),
    ):  # fmt: skip
        with refused(OperationRefused):
            act(row.pk, note=note, actor=ACTOR)
    assert Posting.objects.filter(kind="accepted").count() == 1


def test_what_moved_no_money_or_another_currency_is_only_dismissed() -> None:
    authorised = found("missing_there", Figures(TOTAL, "EUR", "authorise succeeded"), None)
    other = found("currency", Figures(TOTAL, "EUR", "capture succeeded"), Figures(TOTAL, "USD", "capture succeeded"))
    for each in (authorised, other):
        with refused(OperationRefused) as refusal:
            accept_difference(each.pk, note="Why", actor=ACTOR)
        assert refusal.value.context["unblock_by"] == ["dismiss"]
        dismiss_difference(each.pk, note="Why", actor=ACTOR)
    assert settlement_off() == []


def test_one_that_there_is_not_and_one_that_was_changed_are_refused() -> None:
    difference = a_difference()
    with refused(NotFound):
        accept_difference(new_id(), note="Why", actor=ACTOR)
    with refused(StaleVersion):
        accept_difference(difference.pk, note="Why", actor=ACTOR, expected_version=0)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            "our_amount = 1", "kind = 'outcome'", "gateway = 'other'", "key = 'other'", "their_outcome = ''",
            "found_at = now()",
        ],
    )  # fmt: skip
    def test_keeps_what_was_found(self, change: str) -> None:
        a_difference()
        with refused_by_the_database("Cannot update"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_paymentdifference SET {change}")

    @pytest.mark.parametrize(
        "change",
        [
            "resolution = 'accepted', note = 'x', resolved_at = now(), resolved_by_kind = 'system'",
            "resolution = 'accepted', posted = 0, note = 'x', resolved_at = now(), resolved_by_kind = 'system'",
            "resolution = 'dismissed', posted = 5, note = 'x', resolved_at = now(), resolved_by_kind = 'system'",
            "resolution = 'dismissed', note = '', resolved_at = now(), resolved_by_kind = 'system'",
            "resolution = 'dismissed', note = 'x', resolved_at = now()",
            "note = 'x'",
            "posted = 5",
        ],
    )
    def test_wants_to_know_how_it_was_resolved(self, change: str) -> None:
        a_difference()
        with refused_by_the_database("difference_resolved_says_how"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_paymentdifference SET {change}")

    def test_keeps_what_was_decided_and_the_row(self) -> None:
        difference = a_difference()
        dismiss_difference(difference.pk, note="No", actor=ACTOR)
        for statement in (
            "UPDATE orders_paymentdifference SET note = 'Other'",
            "UPDATE orders_paymentdifference SET resolution = 'open', note = '', resolved_at = NULL",
            "DELETE FROM orders_paymentdifference",
        ):
            with refused_by_the_database("Cannot"), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_has_one_of_a_kind_for_a_call(self) -> None:
        difference = a_difference()
        with refused_by_the_database("difference_found_once"):
            difference.pk, difference.version = new_id(), 1
            difference.save(force_insert=True)


class TestVerification:
    def test_names_what_was_accepted_and_not_posted_so(self) -> None:
        difference = a_difference()
        accept_difference(difference.pk, note="Yes", actor=ACTOR)
        with as_superuser():
            PaymentDifference.objects.update(posted=F("posted") + 1)
        assert [(each.account, each.stored, each.expected) for each in settlement_off()] == [
            ("cash (card fake)", 5, 6), ("suspense (card fake)", -5, -6),
        ]  # fmt: skip

    def test_names_a_posting_of_what_is_open(self) -> None:
        difference = a_difference()
        accept_difference(difference.pk, note="Yes", actor=ACTOR)
        with as_superuser(PaymentDifference):
            PaymentDifference.objects.update(resolution="open", posted=None)
        assert [each.expected for each in settlement_off()] == [0, 0]
