"""Creating, changing and ending offers, and their codes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Client, Event
from core.operations import OperationRefused
from core.versions import document_as_of
from pricing.actions import NewCode, OfferTerms, add_codes, end_offer, generate_codes, update_code, update_offer
from pricing.errors import OfferCodeTaken, OfferExists, OfferLimitTooLow
from pricing.offers.models import Offer, OfferCode, OfferCount
from pricing.offers.queries import offer_of
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_group
from tests.factories.inventory import a_variant
from tests.factories.offers import ACTOR, Asked, a_code, an_offer, an_order_of, use
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def client() -> Client:
    return a_client("North")


def pointers(error: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in error.value.errors]


# Offers


def test_an_offer_is_created_with_its_event_and_what_it_says(client: Client) -> None:
    mug = a_variant()
    trade = a_group(client).pk
    offer = an_offer(client, label="Ten off", variant_ids=[mug.pk], total_limit=5, group_ids=[trade, trade])
    event = Event.objects.get(subject_id=offer.pk)
    assert (event.type, event.data) == ("offer.created", {"code": "SPRING", "kind": "percentage"})
    assert event.client_id == client.pk
    said = document_as_of("offer", offer.pk, 1)
    assert said is not None
    assert {name: said.document[name] for name in ("label", "percentage", "variant_ids", "group_ids")} == {
        "label": "Ten off", "percentage": "10.00", "variant_ids": [str(mug.pk)], "group_ids": [str(trade)],
    }  # fmt: skip
    count = OfferCount.objects.get(offer=offer)
    assert (count.used, count.at_most, count.at_most_each) == (0, 5, None)


def test_an_offer_is_for_groups_of_its_own_storefront_alone(client: Client) -> None:
    offer, foreign = an_offer(client), a_group(a_client()).pk
    for group_id in (foreign, client.pk):
        with refused(InvalidInput) as error:
            an_offer(client, "OTHER", group_ids=[group_id])
        assert [(each.pointer, each.code) for each in error.value.errors] == [("/group_ids/0", "unknown_group")]
        with refused(InvalidInput):
            update_offer(offer.pk, {"group_ids": [group_id]}, actor=ACTOR)


def test_a_second_offer_of_the_same_code_is_refused_with_the_first(client: Client) -> None:
    first = an_offer(client)
    with refused(OfferExists) as error:
        an_offer(client, "spring")
    assert error.value.context == {"offer_id": str(first.pk)}
    assert an_offer(a_client("South"), "SPRING").pk != first.pk


@pytest.mark.parametrize(
    ("kind", "terms", "problem"),
    [
        ("percentage", {"label": ""}, ("/label", "required")),
        ("percentage", {"percentage": None}, ("/percentage", "required")),
        ("percentage", {"percentage": Decimal(0)}, ("/percentage", "out_of_range")),
        ("percentage", {"percentage": Decimal(101)}, ("/percentage", "out_of_range")),
        ("percentage", {"percentage": Decimal("1.005")}, ("/percentage", "too_precise")),
        ("percentage", {"amounts": {"EUR": 5}}, ("/amounts", "of_another_kind")),
        ("amount", {"amounts": {}}, ("/amounts", "required")),
        ("amount", {"percentage": Decimal(5)}, ("/percentage", "of_another_kind")),
        ("amount", {"amounts": {"XXX": 5}}, ("/amounts", "unknown_currency")),
        ("amount", {"amounts": {"EUR": 0}}, ("/amounts", "out_of_range")),
        ("percentage", {"minimum_amounts": {"EUR": 10**15 + 1}}, ("/minimum_amounts", "out_of_range")),
        ("buy_x_get_y", {"buy_quantity": None}, ("/buy_quantity", "required")),
        ("buy_x_get_y", {"get_quantity": 0}, ("/get_quantity", "min_value")),
        ("free_delivery", {"get_quantity": 1}, ("/get_quantity", "of_another_kind")),
        ("percentage", {"total_limit": 0}, ("/total_limit", "min_value")),
        ("percentage", {"product_ids": [new_id()]}, ("/product_ids", "unknown_product")),
        ("percentage", {"variant_ids": [new_id()]}, ("/variant_ids", "unknown_variant")),
        (
            "percentage",
            {"starts_at": timezone.now(), "ends_at": timezone.now() - DAY},
            ("/ends_at", "before_start"),
        ),
    ],
)
def test_what_an_offer_cannot_say_is_refused_by_field(
    client: Client, kind: str, terms: dict[str, Any], problem: tuple[str, str]
) -> None:
    with refused(InvalidInput) as error:
        an_offer(client, kind=kind, **terms)
    assert pointers(error) == [problem]
    offer = an_offer(client, kind=kind)
    with refused(InvalidInput) as error:
        update_offer(offer.pk, OfferTerms(**terms), actor=ACTOR)  # type: ignore[typeddict-item]
    assert pointers(error) == [problem]


def test_an_offer_is_changed_and_what_it_is_for_replaced(client: Client) -> None:
    one, two = a_variant("ONE"), a_variant("TWO")
    offer = an_offer(client, variant_ids=[one.pk])
    changed = update_offer(
        offer.pk,
        OfferTerms(label="Other", variant_ids=[two.pk], product_ids=[one.product_id], total_limit=7),
        client_id=client.pk,
        actor=ACTOR,
        expected_version=1,
    )
    assert changed.version == 2
    assert timeline(offer.pk) == ["offer.created", "offer.updated"]
    assert Event.objects.get(type="offer.updated").data == {"changed": ["label", "total_limit", "targets"]}
    found = offer_of(client.pk, offer.pk)
    assert (found.label, found.product_ids, found.variant_ids) == ("Other", [one.product_id], [two.pk])  # type: ignore[attr-defined]
    assert OfferCount.objects.get().at_most == 7


def test_changing_nothing_records_nothing(client: Client) -> None:
    mug = a_variant()
    offer = an_offer(client, variant_ids=[mug.pk], minimum_amounts={"EUR": 100})
    with nothing_changes():
        terms = OfferTerms(
            label=offer.label, percentage=Decimal(10), variant_ids=[mug.pk], minimum_amounts={"EUR": 100}
        )
        update_offer(offer.pk, terms, actor=ACTOR)


def test_an_offer_is_changed_at_the_version_that_was_seen_and_by_its_storefront(client: Client) -> None:
    offer, south = an_offer(client), a_client("South")
    with refused(StaleVersion):
        update_offer(offer.pk, OfferTerms(label="X"), actor=ACTOR, expected_version=7)
    with refused(NotFound):
        update_offer(offer.pk, OfferTerms(label="X"), client_id=south.pk, actor=ACTOR)


def test_a_limit_under_what_is_in_use_is_refused(client: Client) -> None:
    offer = an_offer(client, total_limit=5)
    for _ in range(3):
        use(an_order_of(client.pk), Asked.of(offer))
    with refused(OfferLimitTooLow) as error:
        update_offer(offer.pk, OfferTerms(total_limit=2), actor=ACTOR)
    assert error.value.context == {"used": 3}
    update_offer(offer.pk, OfferTerms(total_limit=3), actor=ACTOR)


@pytest.mark.parametrize("begins", [None, -DAY, DAY])
def test_an_offer_ends_now_and_once(client: Client, begins: dt.timedelta | None) -> None:
    starts_at = timezone.now() + begins if begins else None
    offer = an_offer(client, starts_at=starts_at, ends_at=timezone.now() + 2 * DAY)
    ended = end_offer(offer.pk, client_id=client.pk, actor=ACTOR)
    assert ended.ends_at is not None
    assert ended.ends_at <= timezone.now()
    assert offer_of(client.pk, offer.pk).state == "ended"  # type: ignore[attr-defined]
    with nothing_changes():
        end_offer(offer.pk, client_id=client.pk, actor=ACTOR)
    assert timeline(offer.pk) == ["offer.created", "offer.ended"]


def test_an_offer_tells_how_it_stands(client: Client) -> None:
    now = timezone.now()
    stand = {
        "off": an_offer(client, "OFF", active=False, ends_at=now - DAY),
        "ended": an_offer(client, "ENDED", ends_at=now - DAY),
        "planned": an_offer(client, "PLANNED", starts_at=now + DAY),
        "running": an_offer(client, "RUNNING", starts_at=now - DAY, ends_at=now + DAY, total_limit=2),
        "used_up": an_offer(client, "USED", total_limit=1),
    }
    for state in ("running", "used_up"):
        use(an_order_of(client.pk), Asked.of(stand[state]))
    found = Offer.objects.with_state(now)
    assert {found.get(pk=offer.pk).state for offer in stand.values()} == stand.keys()  # type: ignore[attr-defined]
    assert all(found.get(pk=offer.pk).state == state for state, offer in stand.items())  # type: ignore[attr-defined]


# Codes


def test_codes_are_added_with_their_limits_and_no_event_tells_them(client: Client) -> None:
    offer = an_offer(client, automatic=False)
    rows = add_codes(offer.pk, [NewCode("Hello"), NewCode("BYE", 3)], client_id=client.pk, actor=ACTOR)
    assert [(row.code, row.use_limit, row.used) for row in rows] == [("Hello", None, 0), ("BYE", 3, 0)]
    event = Event.objects.get(type="offer.codes_added")
    assert (event.data, event.version) == ({"count": 2, "generated": False}, 2)


def test_a_code_that_is_taken_is_refused_with_all_others(client: Client) -> None:
    an_offer(client, "FIRST", codes=("Hello", "BYE"))
    second = an_offer(client, automatic=False)
    with refused(OfferCodeTaken) as error:
        add_codes(second.pk, [NewCode("NEW"), NewCode("HELLO"), NewCode("bye")], actor=ACTOR)
    assert error.value.context == {"taken": ["BYE", "Hello"]}


@pytest.mark.parametrize(
    ("codes", "problems"),
    [
        ([], [("/codes", "wrong_number")]),
        (
            [NewCode("ABC"), NewCode("a b"), NewCode("abc")],
            [("/codes/1/code", "invalid"), ("/codes/2/code", "repeated")],
        ),
        ([NewCode("ÄPFEL")], [("/codes/0/code", "invalid")]),
        ([NewCode("ABC\n")], [("/codes/0/code", "invalid")]),
        ([NewCode("ABC", 0)], [("/codes/0/use_limit", "min_value")]),
        ([NewCode(f"C{n}") for n in range(1_001)], [("/codes", "wrong_number")]),
    ],
)
def test_codes_that_nobody_could_use_are_refused(
    client: Client, codes: list[NewCode], problems: list[tuple[str, str]]
) -> None:
    offer = an_offer(client, automatic=False)
    with refused(InvalidInput) as error:
        add_codes(offer.pk, codes, actor=ACTOR)
    assert pointers(error) == problems


def test_an_automatic_offer_has_no_codes(client: Client) -> None:
    offer = an_offer(client)
    with refused(OperationRefused):
        add_codes(offer.pk, [NewCode("ABC")], actor=ACTOR)
    with refused(OperationRefused):
        generate_codes(offer.pk, count=1, actor=ACTOR)
    with refused(OperationRefused):
        update_code(offer.pk, new_id(), {"active": False}, actor=ACTOR)


def test_codes_are_made_by_the_thousand_in_a_handful_of_statements(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    offer = an_offer(client, automatic=False)
    with django_assert_max_num_queries(10):
        rows = generate_codes(offer.pk, count=1_000, prefix="MAY-", actor=ACTOR)
    codes = set(OfferCode.objects.values_list("code", flat=True))
    assert len(codes) == len(rows) == 1_000
    assert {(len(code), code[:4]) for code in codes} == {(16, "MAY-")}
    assert {row.use_limit for row in rows} == {1}
    letters = [set(column) for column in zip(*(code[4:] for code in codes), strict=True)]
    assert all(len(each) == 32 for each in letters)
    assert Event.objects.get(type="offer.codes_added").data == {"count": 1_000, "generated": True}


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"count": 0}, ("/count", "wrong_number")),
        ({"count": 1_001}, ("/count", "wrong_number")),
        ({"count": 1, "prefix": "a b"}, ("/prefix", "invalid")),
        ({"count": 1, "prefix": "x" * 29}, ("/prefix", "invalid")),
        ({"count": 1, "use_limit": 0}, ("/use_limit", "min_value")),
    ],
)
def test_what_cannot_be_generated_is_refused(client: Client, asked: Any, problem: tuple[str, str]) -> None:
    offer = an_offer(client, automatic=False)
    with refused(InvalidInput) as error:
        generate_codes(offer.pk, **asked, actor=ACTOR)
    assert pointers(error) == [problem]


def test_a_code_is_switched_off_and_limited(client: Client) -> None:
    offer = an_offer(client, automatic=False)
    code = a_code(offer)
    changed = update_code(offer.pk, code.pk, {"active": False, "use_limit": 4}, client_id=client.pk, actor=ACTOR)
    assert (changed.active, changed.use_limit) == (False, 4)
    event = Event.objects.get(type="offer.code_updated")
    assert event.data == {"code_id": str(code.pk), "changed": ["active", "use_limit"]}
    with nothing_changes():
        update_code(offer.pk, code.pk, {"active": False, "use_limit": 4}, actor=ACTOR)
    other = an_offer(client, "OTHER", automatic=False)
    with refused(NotFound):
        update_code(other.pk, code.pk, {"active": True}, actor=ACTOR)


def test_a_code_s_limit_is_never_under_what_is_in_use(client: Client) -> None:
    offer = an_offer(client, automatic=False)
    code = a_code(offer, "ABC")
    for _ in range(2):
        use(an_order_of(client.pk), Asked.of(offer, "abc"))
    with refused(OfferLimitTooLow):
        update_code(offer.pk, code.pk, {"use_limit": 1}, actor=ACTOR)
    with refused(InvalidInput):
        update_code(offer.pk, code.pk, {"use_limit": 0}, actor=ACTOR)
    assert update_code(offer.pk, code.pk, {"use_limit": 2}, actor=ACTOR).use_limit == 2
