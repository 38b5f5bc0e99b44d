"""The console's pages of offers: forms that ask only for what their kind has, how each stands, codes and their uses."""

from __future__ import annotations

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.console import ConsoleAdmin
from core.console.forms import ROWS, shown
from core.models import Client, Event
from pricing.offers.models import Offer, OfferCode
from pricing.offers.statuses import OfferKind
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_group
from tests.factories.inventory import a_variant
from tests.factories.offers import NEEDED, Asked, a_code, an_offer, an_order_of, use
from tests.factories.staff import (
    a_person,
    a_superuser,
    as_opened,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    rows,
    told,
)
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db

OFFER = "pricing.offer"
DAY = dt.timedelta(days=1)
PLAIN = {"label": "Spring", "minimum_quantity": "0", "combinable": "on", "priority": "100", **rows()}


@pytest.fixture
def client() -> Client:
    return a_client("North")


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def add(browser: Browser, name: str, **data: Any) -> Any:
    address = list_button(OFFER, name)
    return browser.post(address, {**PLAIN, "code": "SPRING", **as_opened(browser, address), **data}, follow=True)


def press(browser: Browser, offer: Offer, name: str, /, **data: Any) -> Any:
    address = button(OFFER, offer.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def fields(browser: Browser, address: str) -> set[str]:
    """The names of what a form asks, beside what every offer has."""
    names = set(re.findall(r'name="(\w+)"', browser.get(address).content.decode()))
    return names & {"percentage", "buy_quantity", "get_quantity"}


# Forms


@pytest.mark.parametrize(
    ("name", "kind", "asked"),
    [
        ("add-percentage", "percentage", {"percentage"}),
        ("add-amount", "amount", set()),
        ("add-free-delivery", "free_delivery", set()),
        ("add-buy-x-get-y", "buy_x_get_y", {"percentage", "buy_quantity", "get_quantity"}),
    ],
)
def test_a_form_asks_only_for_what_its_kind_has(
    browser: Browser, client: Client, name: str, kind: str, asked: set[str]
) -> None:
    offer = an_offer(client, kind=kind)
    edit = button(OFFER, offer.pk, "edit")
    assert fields(browser, list_button(OFFER, name)) == fields(browser, edit) == asked
    for address in (list_button(OFFER, name), edit):
        has_amount = 'name="rows-0-amount"' in browser.get(address).content.decode()
        assert has_amount == (kind == OfferKind.AMOUNT)


def test_an_offer_of_each_kind_is_added(browser: Browser, client: Client) -> None:
    mug = a_variant("MUG")
    a_variant("PEN")
    sent: dict[str, dict[str, Any]] = {
        "add-percentage": {"percentage": "12.5", "skus": "mug\r\nPEN\r\n"},
        "add-amount": rows(currency=["EUR", "JPY"], amount=["5", "500"], minimum=["50.00", ""]),
        "add-free-delivery": {**rows(currency=["EUR"], minimum=["40"]), "automatic": "on"},
        "add-buy-x-get-y": {
            "buy_quantity": "2", "get_quantity": "1", "percentage": "100", "product_skus": "MUG", "total_limit": "9",
        },
    }  # fmt: skip
    for name, data in sent.items():
        page = add(browser, name, client=str(client.pk), **{"code": name, **data})
        assert f"{name} is an offer of North now." in told(page)
    found = {offer.code: offer for offer in Offer.objects.with_targets()}
    tenth: Any = found["add-percentage"]
    assert (tenth.percentage, len(tenth.variant_ids), tenth.automatic) == (Decimal("12.5"), 2, False)
    assert found["add-amount"].amounts == {"EUR": 500, "JPY": 500}
    assert found["add-amount"].minimum_amounts == {"EUR": 5_000}
    assert (found["add-free-delivery"].minimum_amounts, found["add-free-delivery"].automatic) == ({"EUR": 4_000}, True)
    third: Any = found["add-buy-x-get-y"]
    assert (third.buy_quantity, third.get_quantity, third.total_limit) == (2, 1, 9)
    assert third.product_ids == [mug.product_id]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("add-percentage", {"percentage": ""}, "This field is required."),
        ("add-percentage", {"percentage": "0"}, "More than 0 and at most 100 percent."),
        ("add-percentage", {"percentage": "5", "skus": "NOTHING"}, "There is no SKU NOTHING."),
        ("add-percentage", {"percentage": "5", "label": ""}, "This field is required."),
        ("add-amount", {}, "An amount off needs an amount in one currency."),
        ("add-amount", rows(currency=["JPY"], amount=["5.5"], minimum=[""]), "JPY has 0 digits after the point."),
        ("add-amount", rows(currency=["EUR"], amount=[""], minimum=[""]), "Say how much."),
        ("add-amount", rows(currency=["EUR"] * 2, amount=["5"] * 2, minimum=[""] * 2), "One row per currency."),
        ("add-buy-x-get-y", {"percentage": "100", "buy_quantity": "2"}, "This field is required."),
        (
            "add-free-delivery",
            {"starts_at": "2027-02-01T00:00", "ends_at": "2027-01-01T00:00"},
            "An offer ends after it starts.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_the_form_with_all_that_was_typed(
    browser: Browser, client: Client, name: str, data: dict[str, Any], said: str
) -> None:
    with nothing_changes():
        page = add(browser, name, client=str(client.pk), code="TYPED", **data)
    assert page.status_code == 400
    assert said in told(page)
    assert 'value="TYPED"' in page.content.decode()


def test_a_second_offer_of_the_same_code_is_refused_in_the_form(browser: Browser, client: Client) -> None:
    an_offer(client)
    with nothing_changes():
        page = add(browser, "add-percentage", client=str(client.pk), code="spring", percentage="5")
    assert "There is an offer spring already." in told(page)


@pytest.mark.parametrize("kind", OfferKind)
def test_saving_an_offer_of_any_kind_unchanged_changes_nothing(browser: Browser, client: Client, kind: str) -> None:
    mug, pen = a_variant("MUG"), a_variant("PEN")
    now = timezone.now()
    offer = an_offer(
        client, kind=kind, variant_ids=[mug.pk], product_ids=[pen.product_id], minimum_amounts={"KWD": 1, "EUR": 5_000},
        starts_at=now - DAY, ends_at=now + DAY, total_limit=5, limit_per_customer=1, combinable=False, priority=7,
        group_ids=[a_group(client).pk], minimum_quantity=3,
    )  # fmt: skip
    page: Any = admin.site.get_model_admin(Offer)
    assert isinstance(page, ConsoleAdmin)
    (edit,) = [each for each in page.buttons if each.name == "edit"]
    assert edit.form is not None
    form = edit.form(subject=offer, stored=edit.initial(offer))
    data: dict[str, Any] = {name: shown(form[name]) for name in form.fields}
    data |= {f"{ROWS}-TOTAL_FORMS": form.rows.total_form_count(), f"{ROWS}-INITIAL_FORMS": len(form.rows.initial_forms)}
    data |= {row[name].html_name: shown(row[name]) for row in form.rows.forms for name in row.fields}
    address = button(OFFER, offer.pk, "edit")
    opened = as_opened(browser, address)
    before = everything()
    assert browser.post(address, {**data, **opened}).status_code == 302
    after = everything()
    untouched = before.keys() - {"core_idempotencyrecord", "django_session"}
    assert {table: after[table] for table in untouched} == {table: before[table] for table in untouched}


def test_an_offer_is_edited(browser: Browser, client: Client) -> None:
    mug = a_variant("MUG")
    offer = an_offer(client, variant_ids=[mug.pk])
    press(browser, offer, "edit", **{**PLAIN, "percentage": "20", "skus": "", "active": "on", "total_limit": "8"})
    changed: Any = Offer.objects.with_targets().get()
    assert (changed.percentage, changed.variant_ids, changed.total_limit) == (Decimal(20), [], 8)
    assert timeline(offer.pk) == ["offer.created", "offer.updated"]


def test_a_stale_page_changes_no_offer(browser: Browser, client: Client) -> None:
    offer = an_offer(client)
    address = button(OFFER, offer.pk, "edit")
    opened = as_opened(browser, address)
    press(browser, offer, "edit", **{**PLAIN, "percentage": "20", "active": "on"})
    with nothing_changes():
        page = browser.post(address, {**opened, **PLAIN, "percentage": "30", "active": "on"})
    assert page.status_code == 409
    assert Offer.objects.get().percentage == 20


def test_an_offer_is_ended_after_a_confirmation(browser: Browser, client: Client) -> None:
    offer = an_offer(client)
    assert "Nobody gets it from now on." in told(browser.get(button(OFFER, offer.pk, "end")))
    assert "SPRING has ended." in told(press(browser, offer, "end"))
    assert "The offer ended already" in told(browser.get(object_page(OFFER, offer.pk)))


# Codes


def test_codes_are_added_generated_and_switched_off(browser: Browser, client: Client) -> None:
    offer = an_offer(client, automatic=False)
    added = press(browser, offer, "add-codes", codes="HELLO\r\nBYE\r\n", use_limit="3")
    assert "2 added to SPRING." in told(added)
    made = press(browser, offer, "generate-codes", count="20", beginning="MAY-", use_limit="1")
    assert "20 generated for SPRING." in told(made)
    assert told(made).count("MAY-") == 20
    press(browser, offer, "edit-code", code="hello", use_limit="")
    code = OfferCode.objects.get(code="HELLO")
    assert (code.active, code.use_limit) == (False, None)
    assert OfferCode.objects.count() == 22
    page = told(browser.get(object_page(OFFER, offer.pk)))
    for words in ("2 codes added", "20 codes generated", "A code changed: use limit, active"):
        assert words in page or words.replace("use limit, active", "active, use limit") in page
    assert not Event.objects.filter(data__icontains="HELLO").exists()


def test_a_code_that_is_taken_or_unknown_is_refused_in_the_form(browser: Browser, client: Client) -> None:
    offer = an_offer(client, codes=("HELLO",))
    with nothing_changes():
        assert "There are such codes already: HELLO." in told(press(browser, offer, "add-codes", codes="hello\r\nNEW"))
        assert "The offer has no such code." in told(press(browser, offer, "edit-code", code="NEW"))
        assert "A code is 3 to 40" in told(press(browser, offer, "add-codes", codes="a b"))


def test_codes_show_their_uses_and_are_found_in_any_letter_case(browser: Browser, client: Client) -> None:
    offer = an_offer(client, automatic=False)
    hello, other = a_code(offer, "HELLO", use_limit=3), a_code(offer, "OTHER")
    order = an_order_of(client.pk)
    use(order, Asked.of(offer, "hello"), buyer="guest:0123")
    page = browser.get(list_page("pricing.offercode", q="hELLO")).content.decode()
    assert object_page("pricing.offercode", hello.pk) in page
    assert object_page("pricing.offercode", other.pk) not in page
    assert "1 of 3" in page
    for address in (object_page("pricing.offercode", hello.pk), object_page(OFFER, offer.pk)):
        shown_page = browser.get(address)
        assert "Guest" in told(shown_page)
        assert object_page("orders.order", order.pk) in shown_page.content.decode()
    unused = browser.get(list_page("pricing.offercode", used="no")).content.decode()
    assert (object_page("pricing.offercode", other.pk) in unused, ">HELLO<" in unused) == (True, False)


# How they stand


def test_the_list_tells_how_each_offer_stands_and_filters_by_it(browser: Browser, client: Client) -> None:
    now = timezone.now()
    offers = {
        "off": an_offer(client, "A", active=False),
        "ended": an_offer(client, "B", ends_at=now - DAY),
        "planned": an_offer(client, "C", starts_at=now + DAY),
        "running": an_offer(client, "D", total_limit=2),
        "used_up": an_offer(client, "E", total_limit=1),
    }
    use(an_order_of(client.pk), Asked.of(offers["used_up"]))
    everything_ = told(browser.get(list_page(OFFER)))
    for word in ("Switched off", "Ended", "Planned", "Running", "Used up", "1 of 1", "0 of 2"):
        assert word in everything_
    for state in offers:
        page = html.unescape(browser.get(list_page(OFFER, state=state)).content.decode())
        listed = {each for each, row in offers.items() if object_page(OFFER, row.pk) in page}
        assert listed == {state}, state


def test_lists_and_pages_take_as_many_statements_for_many_rows(browser: Browser, client: Client) -> None:
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        assert [each for each in captured.captured_queries if "COUNT(" in each["sql"].upper()] == []
        return len(captured.captured_queries)

    offer = an_offer(client, codes=("FIRST",), variant_ids=[a_variant("V0").pk])
    use(an_order_of(client.pk), Asked.of(offer, "FIRST"))
    addresses = [
        list_page(OFFER), list_page("pricing.offercode"), list_page("pricing.offeruse"), object_page(OFFER, offer.pk),
    ]  # fmt: skip
    few = [statements(address) for address in addresses]
    for number in range(1, 15):
        other = an_offer(client, f"O{number}", codes=(f"CODE-{number}",))
        use(an_order_of(client.pk), Asked.of(other, f"CODE-{number}"))
        a_code(offer, f"MORE-{number}")
        use(an_order_of(client.pk), Asked.of(offer, f"MORE-{number}"))
    assert [statements(address) for address in addresses] == few
    assert max(few[:3]) <= 8
    assert few[3] <= 10


def test_who_may_only_look_sees_no_button(client: Client) -> None:
    offer = an_offer(client, codes=("HELLO",))
    browser = browser_of(a_person("support_agent"))
    page = browser.get(object_page(OFFER, offer.pk))
    assert page.status_code == 200
    assert [each.button.name for _, group in page.context["button_groups"] for each in group] == []
    with nothing_changes():
        for name in ("edit", "end", "add-codes", "generate-codes", "edit-code"):
            assert browser.post(button(OFFER, offer.pk, name)).status_code == 403
        assert browser.post(list_button(OFFER, "add-percentage")).status_code == 403


def test_every_kind_says_what_it_gives(browser: Browser, client: Client) -> None:
    gives = {
        "percentage": "10.00 % off", "amount": "5.00 EUR off", "free_delivery": "Free delivery",
        "buy_x_get_y": "2 bought, 1 more at 100.00 % off",
    }  # fmt: skip
    for kind in NEEDED:
        offer = an_offer(client, kind, kind)
        assert gives[kind] in told(browser.get(object_page(OFFER, offer.pk)))
