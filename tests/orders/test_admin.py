from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from core.models import ClientKind, Event
from core.transactions import action
from core.versions import redact
from orders.actions import add_note, cancel_order, delete_order, place_hold, update_order
from orders.models import Order, OrderLine
from orders.payments.models import Payment
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import ACTOR, ADDRESS, TOTAL, a_draft, a_placed_order, a_waiting_order, an_order, pay
from tests.factories.staff import (
    a_staff_member,
    a_superuser,
    a_token,
    as_opened,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    rows,
    told,
)
from tests.factories.stored_value import a_gift_card_and_code
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, order: Order, name: str, version: int | None = None, /, **data: Any) -> Any:
    """Press a button as the page with this version of the order (the present one) offers it."""
    address = button("orders.order", order.pk, name)
    opened = as_opened(browser, address) if version is None else {"token": a_token(), "version": str(version)}
    return browser.post(address, {**opened, **data}, follow=True)


def status(order: Order) -> str:
    return str(Order.objects.get(pk=order.pk).status)


def test_releasing_hands_the_order_to_the_warehouse_in_the_person_s_name() -> None:
    user = a_superuser()
    order = a_placed_order()
    pay(order)
    response = press(browser_of(user), order, "release")
    assert "is released" in told(response)
    assert status(order) == "processing"
    event = Event.objects.get(type="order.released")
    assert (event.actor_kind, event.actor_name) == ("staff", user.username)


def test_a_second_click_does_nothing_and_says_so(browser: Browser) -> None:
    order = a_placed_order()
    pay(order)
    version = Order.objects.get(pk=order.pk).version
    press(browser, order, "release", version)
    with nothing_changes():
        response = press(browser, order, "release", version)
    assert "Nothing was done" in told(response)


def test_a_payment_sent_twice_is_recorded_once(browser: Browser) -> None:
    order = a_placed_order()
    address = button("orders.order", order.pk, "record-payment")
    form = {**as_opened(browser, address), "method": "cash", "amount": "27.50", "reference": ""}
    first, second = (told(browser.post(address, form, follow=True)) for _ in range(2))
    assert "27.50 EUR recorded." in first
    assert "This form was sent before; it acted once: 27.50 EUR recorded." in second
    assert list(Payment.objects.values_list("amount", flat=True)) == [TOTAL]


@pytest.mark.parametrize("version", ["", "-1", "x", "99999999999999"])
def test_a_press_without_the_version_that_was_seen_is_refused(browser: Browser, version: str) -> None:
    order = a_placed_order()
    pay(order)
    with nothing_changes():
        response = press(browser, order, "release", version)  # type: ignore[arg-type]
    assert "Nothing was done" in told(response)


def test_looking_at_a_button_s_address_does_not_press_it(browser: Browser) -> None:
    order = a_placed_order()
    pay(order)
    with nothing_changes():
        assert browser.get(button("orders.order", order.pk, "release")).status_code == 200


def test_a_press_from_another_site_is_refused() -> None:
    browser = browser_of(a_superuser(), enforce_csrf_checks=True)
    order = a_placed_order()
    with nothing_changes():
        assert browser.post(button("orders.order", order.pk, "cancel"), {"reason": "x"}).status_code == 403


def test_who_may_only_look_sees_the_order_and_no_button() -> None:
    browser = browser_of(a_staff_member("orders.view_order"))
    order = a_placed_order()
    page = browser.get(object_page("orders.order", order.pk))
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    with nothing_changes():
        assert press(browser, order, "cancel", reason="No").status_code == 403


def test_an_order_is_shown_and_found_by_the_number_that_its_customer_knows(browser: Browser) -> None:
    order, other = a_placed_order(a_storefront(number_prefix="HF-")), a_placed_order()
    order.refresh_from_db()
    other.refresh_from_db()
    assert f"Order #HF-{order.number} · 27.50 EUR" in told(browser.get(object_page("orders.order", order.pk)))
    for term in (f"HF-{order.number}", f"#hf-{order.number}", str(order.number)):
        page = browser.get(list_page("orders.order", q=term)).content.decode()
        assert f">HF-{order.number}<" in page, term
        assert f">{other.number}<" not in page, term


def test_who_may_cancel_may_not_delete() -> None:
    browser = browser_of(a_staff_member("orders.view_order", "orders.cancel_order"))
    order = a_placed_order()
    assert (
        button("orders.order", order.pk, "cancel")
        in browser.get(object_page("orders.order", order.pk)).content.decode()
    )
    with nothing_changes():
        assert press(browser, order, "delete").status_code == 403


def test_what_is_not_possible_is_greyed_with_its_reason_and_the_way_out(browser: Browser) -> None:
    order = a_placed_order()
    place_hold(order.pk, reason="fraud_review", actor=ACTOR)
    page = browser.get(object_page("orders.order", order.pk))
    assert "The order is on hold: fraud review (by system:test). Lift the hold" in told(page)
    assert 'aria-disabled="true"' in page.content.decode()
    assert button("orders.order", order.pk, "release") not in page.content.decode()
    with nothing_changes():
        response = press(browser, order, "release")
    assert "on hold" in told(response)


def test_every_transition_is_shown_possible_or_with_a_reason(browser: Browser) -> None:
    for state in ("draft", "placed", "processing", "shipped", "delivered", "completed", "cancelled"):
        text = told(browser.get(object_page("orders.order", an_order(state).pk)))
        for label in ("Place", "Release", "Ship", "Deliver", "Complete", "Cancel", "Reopen"):
            assert label in text


def test_shipping_an_order_by_hand_is_refused(browser: Browser) -> None:
    order = an_order("processing")
    assert "Dispatch the remaining shipments." in told(browser.get(object_page("orders.order", order.pk)))
    with nothing_changes():
        press(browser, order, "ship")


def test_an_order_goes_from_draft_to_placed_to_cancelled_and_back(browser: Browser) -> None:
    order = a_draft()
    press(browser, order, "place")
    assert status(order) == "placed"
    press(browser, order, "cancel", reason="Second thoughts")
    assert status(order) == "cancelled"
    press(browser, order, "reopen")
    assert status(order) == "placed"


def test_cancelling_asks_for_a_reason(browser: Browser) -> None:
    order = a_placed_order()
    with nothing_changes():
        response = press(browser, order, "cancel", reason="")
    assert "This field is required" in told(response)


def test_money_is_recorded_refunded_and_written_off(browser: Browser) -> None:
    order = a_placed_order()
    press(browser, order, "record-payment", method="cash", amount="20.00", reference="")
    payment = Payment.objects.get()
    press(browser, order, "refund", payment=str(payment.pk), amount="5.25", note="Too much")
    press(browser, order, "write-off", note="Lost")
    order.refresh_from_db()
    assert (order.captured, order.refunded, order.due) == (2_000, 525, 0)


def test_more_than_is_due_is_recorded_once_that_is_ticked(browser: Browser) -> None:
    order = a_placed_order()
    paid = {"method": "cash", "amount": "30.00", "reference": ""}
    with nothing_changes():
        response = press(browser, order, "record-payment", **paid)
    assert "30.00 EUR is more than is due. 27.50 EUR is due." in told(response)
    assert "It is more than is due" in told(response)
    press(browser, order, "record-payment", **paid, allow_overpayment="on")
    with nothing_changes():
        response = press(browser, order, "record-payment", **{**paid, "amount": "3000.00"}, allow_overpayment="on")
    assert "3,000.00 EUR is more than the order can take" in told(response)
    order.refresh_from_db()
    assert (order.captured, order.payment_status) == (3_000, "overpaid")


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "NaN", "x", "1e30", ""])
def test_an_amount_that_cannot_be_is_refused(browser: Browser, amount: str) -> None:
    order = a_placed_order()
    with nothing_changes():
        press(browser, order, "record-payment", method="cash", amount=amount, reference="")


def test_refunding_more_than_was_paid_is_refused_in_the_form(browser: Browser) -> None:
    order = a_placed_order()
    payment = pay(order)
    with nothing_changes():
        response = press(browser, order, "refund", payment=str(payment.pk), amount="99.00", note="")
    assert "is left to refund" in told(response)


def test_a_refund_goes_to_the_gift_card_of_a_code(browser: Browser) -> None:
    order = a_placed_order()
    pay(order)
    card, code = a_gift_card_and_code(order.client)
    asked = {"reason": "late", "goodwill": "2.50", "to": "gift_card"}
    with nothing_changes():
        assert "Which one?" in told(press(browser, order, "refund-items", **asked, gift_card=""))
        assert "no gift card with this code" in told(press(browser, order, "refund-items", **asked, gift_card="XXXX"))
        response = press(browser, order, "refund-items", **{**asked, "to": "original"}, gift_card=code)
        assert "A code is given" in told(response)
    press(browser, order, "refund-items", **asked, gift_card=code)
    card.refresh_from_db()
    assert card.balance == 5_250


def test_a_hold_is_placed_and_lifted(browser: Browser) -> None:
    order = a_placed_order()
    press(browser, order, "place-hold", reason="address_check", note="Which street?", expires_at="")
    assert "On hold" in told(browser.get(object_page("orders.order", order.pk)))
    press(browser, order, "lift-hold", hold=str(order.holds.get().pk))
    assert order.holds.get().lifted_at is not None


def test_contact_address_tags_and_notes_are_kept(browser: Browser) -> None:
    order = a_placed_order()
    press(
        browser, order, "edit-contact", email="bob@example.com", shipping_method="Express", payment_terms="on_account",
        handover="parcel", name="Bob", line1="2 Low St", city="Leeds", country="GB",
    )  # fmt: skip
    press(browser, order, "edit-billing-address", name="Bob Ltd", line1="3 Mid St", city="Leeds", country="GB")
    press(browser, order, "edit-tags", tags="vip\r\n gift \r\nvip")
    press(browser, order, "add-note", body="Call <b>before</b> noon")
    order.refresh_from_db()
    assert order.email == "bob@example.com"
    assert order.shipping_address == {"name": "Bob", "line1": "2 Low St", "city": "Leeds", "country": "GB"}
    assert order.tags == ["gift", "vip"]
    page = browser.get(object_page("orders.order", order.pk))
    assert "Bob Ltd" in told(page)
    assert "Call <b>before</b> noon" not in page.content.decode()
    assert "Call <b>before</b> noon" in told(page)


def test_a_note_is_kept_though_the_order_was_changed_meanwhile(browser: Browser) -> None:
    order = a_placed_order()
    address = button("orders.order", order.pk, "add-note")
    form = {**as_opened(browser, address), "body": "A long note"}
    press(browser, order, "edit-tags", tags="vip")
    browser.post(address, form)
    assert order.notes.get().body == "A long note"


def test_a_contact_that_a_colleague_changed_meanwhile_comes_back_with_both(browser: Browser) -> None:
    order = a_placed_order()
    address = button("orders.order", order.pk, "edit-contact")
    mine = {
        **as_opened(browser, address), "email": "mine@example.com", "payment_terms": "prepaid", "handover": "parcel",
        "shipping_method": "", **ADDRESS, "phone": "0113",
    }  # fmt: skip
    theirs = {"email": "theirs@example.com", "shipping_address": {**ADDRESS, "city": "York"}}
    update_order(order.pk, actor=ACTOR, **theirs)  # type: ignore[arg-type]
    with nothing_changes():
        page = browser.post(address, mine)
    assert page.status_code == 409
    assert "E-mail ann@example.com theirs@example.com mine@example.com" in told(page)
    assert "City Leeds York York" in told(page)
    shown = page.content.decode()
    for value in ("mine@example.com", "York", "0113"):
        assert f'value="{value}"' in shown
    press(browser, order, "edit-contact", **{**mine, **as_opened(browser, address), "city": "York"})
    order.refresh_from_db()
    assert order.email == "mine@example.com"
    assert order.shipping_address == {**ADDRESS, "city": "York", "phone": "0113"}


def test_a_tag_with_a_comma_is_one_tag(browser: Browser) -> None:
    order = a_placed_order(tags=["gift, wrapped", "vip"])
    page = browser.get(button("orders.order", order.pk, "edit-tags")).content.decode()
    assert "gift, wrapped\nvip</textarea>" in page
    press(browser, order, "edit-tags", tags="gift, wrapped\r\nvip\r\nurgent")
    order.refresh_from_db()
    assert order.tags == ["gift, wrapped", "urgent", "vip"]


@pytest.mark.parametrize("length", [255, 320, 400])
def test_an_e_mail_longer_than_its_column_is_refused_in_the_form(browser: Browser, length: int) -> None:
    order = a_placed_order()
    domain = ".".join(["b" * 60] * 6)
    email = f"{'a' * 60}@{domain}"[: length - 4] + ".com"
    with nothing_changes():
        page = press(browser, order, "edit-contact", email=email, payment_terms="prepaid", handover="parcel")
    assert page.status_code == 400


def test_an_order_without_an_address_says_so_where_it_is_released_and_how_it_goes_on(browser: Browser) -> None:
    order = a_placed_order(shipping_address={})
    pay(order)
    assert (
        "No parcel can be addressed: the shipping address says nothing. Complete the shipping address, or say that the "
        "order is handed over in person."
    ) in told(browser.get(object_page("orders.order", order.pk)))
    with nothing_changes():
        press(browser, order, "release")
    press(browser, order, "edit-contact", email="", payment_terms="prepaid", handover="parcel", **ADDRESS)
    press(browser, order, "release")
    assert status(order) == "processing"


def test_half_an_address_is_refused(browser: Browser) -> None:
    order = a_placed_order()
    with nothing_changes():
        response = press(browser, order, "edit-billing-address", line1="2 Low St")
    assert "An address needs it." in told(response)


def test_a_deleted_order_is_out_of_sight_until_it_is_asked_for(browser: Browser) -> None:
    order = a_placed_order()
    press(browser, order, "delete")
    order.refresh_from_db()
    assert order.is_deleted
    assert f">{order.number}<" not in browser.get(list_page("orders.order")).content.decode()
    assert str(order.number) in told(browser.get(list_page("orders.order", deleted="yes")))


def test_an_order_is_placed_from_the_console_once_however_often_the_form_is_sent(browser: Browser) -> None:
    stock_up({"A": 9, "B": 9})
    client = a_client(kind=ClientKind.STOREFRONT)
    customer = a_customer(client, "ann@example.com")
    form = {
        "client": str(client.pk), "email": "Ann@Example.com", "currency": "EUR", "payment_terms": "prepaid",
        "shipping": "4.50", "external_ref": "", "token": a_token(), **rows(sku=["A", "B", ""], quantity=[1, 2, ""]),
    }  # fmt: skip
    first = browser.post(list_button("orders.order", "add"), form, follow=True)
    second = browser.post(list_button("orders.order", "add"), form, follow=True)
    order = Order.objects.get()
    assert (order.customer_id, order.total, order.status) == (customer.pk, 250 + 2_000 + 450, "placed")
    assert "is placed" in told(first)
    assert "was sent before" in told(second)


def test_what_an_order_would_cost_is_shown_above_its_form_and_stores_nothing(browser: Browser) -> None:
    stock_up({"A": 9, "B": 1})
    client = a_client()
    an_offer(client, codes=("SPRING",))
    form = {
        "client": str(client.pk), "email": "Ann@Example.com", "currency": "EUR", "payment_terms": "prepaid",
        "codes": "SPRING\nAUTUMN", "shipping": "4.50", "token": a_token(),
        **rows(sku=["A", "B", ""], quantity=[4, 2, ""]),
    }  # fmt: skip
    address = list_button("orders.order", "add")
    assert 'name="preview" value="yes">What would it cost?<' in browser.get(address).content.decode()
    with nothing_changes():
        shown = browser.post(address, {**form, "preview": "yes"})
        unknown = browser.post(address, {**form, "preview": "yes", **rows(sku=["NO-SUCH"], quantity=[1])})
    page = told(shown)
    assert shown.status_code == 200
    for part in (
        "The customer would pay 31.50 EUR", "A 4 2.50 EUR Catalogue 9.00 EUR In stock",
        "B 2 10.00 EUR Catalogue 18.00 EUR Not enough: 1 of 2 there",
        "SPRING Offer SPRING 3.00 EUR It applies.", "AUTUMN There is no such code.",
    ):  # fmt: skip
        assert part in page
    assert "No product with SKU 'NO-SUCH' is on sale." in told(unknown)
    assert "is placed" in told(
        browser.post(address, {**form, "codes": "", **rows(sku=["A"], quantity=[1])}, follow=True)
    )


def test_an_order_for_what_there_is_not_names_the_row_and_the_shortage(browser: Browser) -> None:
    stock_up({"A": 1})
    client = a_client(kind=ClientKind.STOREFRONT)
    form = {"client": str(client.pk), "email": "", "currency": "EUR", "payment_terms": "prepaid", "shipping": "0"}
    with nothing_changes():
        unknown = browser.post(
            list_button("orders.order", "add"),
            {**form, "token": a_token(), **rows(sku=["A", "", "NO-SUCH"], quantity=[1, "", 1])},
        )
        short = browser.post(
            list_button("orders.order", "add"), {**form, "token": a_token(), **rows(sku=["A"], quantity=[5])}
        )
    assert "No product with SKU 'NO-SUCH' is on sale." in told(unknown)
    assert "Not enough stock (A: 5 requested, 1 available). Ask for fewer units" in told(short)
    assert short.status_code == 400


def test_an_order_is_found_by_number_reference_e_mail_sku_and_customer(browser: Browser) -> None:
    client = a_client()
    customer = a_customer(client, "maria@example.com", name="Maria Lindqvist")
    wanted = a_placed_order(client, customer_id=customer.pk, email="shop@example.com", external_ref="WEB-77")
    other = a_placed_order(units={"OTHER": 1}, email="bob@example.com")
    terms = [str(wanted.pk), "WEB-77", "SHOP@example.com", "A", "lindqvist", "maria@ex"]
    wanted.refresh_from_db()
    other.refresh_from_db()
    for term in (*terms, str(wanted.number), f"#{wanted.number}"):
        page = browser.get(list_page("orders.order", q=term)).content.decode()
        assert object_page("orders.order", wanted.pk) in page, term
        assert object_page("orders.order", other.pk) not in page, term


def test_lists_filter_by_status_storefront_hold_and_day(browser: Browser) -> None:
    held, free = a_placed_order(), an_order("cancelled")
    place_hold(held.pk, reason="other", actor=ACTOR)
    for query in (
        {"status__exact": "placed"}, {"client__id__exact": held.client_id}, {"on_hold": "yes"},
        {"entered_from": f"{held.created_at:%Y-%m-%d}", "status__exact": "placed"},
    ):  # fmt: skip
        page = browser.get(list_page("orders.order", **query)).content.decode()
        assert object_page("orders.order", held.pk) in page, query
        assert object_page("orders.order", free.pk) not in page, query
    gone = browser.get(list_page("orders.order", entered_to="2001-01-01")).content.decode()
    assert object_page("orders.order", held.pk) not in gone


def test_a_column_without_a_filter_cannot_be_filtered_by(browser: Browser) -> None:
    a_placed_order()
    assert browser.get(list_page("orders.order", cancel_reason__contains="x")).status_code == 400


def test_too_deep_a_page_shows_the_deepest_and_says_so(browser: Browser) -> None:
    a_placed_order()
    response = browser.get(list_page("orders.order", p="99999"))
    assert response.status_code == 200
    assert "Search or filter to reach what lies deeper." in told(response)


def test_the_timeline_tells_fifty_events_a_page(browser: Browser) -> None:
    order = a_placed_order()
    for number in range(60):
        add_note(order.pk, body=f"Note {number}", actor=ACTOR)
    page = object_page("orders.order", order.pk)
    assert len(timeline(order.pk)) == 62
    assert browser.get(page).content.decode().count("qm-happened") == 50
    older = told(browser.get(page, {"before": 13}))
    assert "Created as placed: 2 lines, 27.50 EUR" in older
    assert browser.get(page, {"before": 13}).content.decode().count("qm-happened") == 12


def test_the_timeline_tells_what_people_wrote_though_the_events_do_not(browser: Browser) -> None:
    order = an_order("shipped")
    place_hold(held := a_placed_order().pk, reason="fraud_review", note="Odd address", actor=ACTOR)
    cancel_order(held, reason="Fraud", actor=ACTOR)
    shipped, cancelled = (told(browser.get(object_page("orders.order", pk))) for pk in (order.pk, held))
    assert "Shipment 1 dispatched with Royal Mail, RM1" in shipped
    assert "Put on hold: fraud review (Odd address)" in cancelled
    assert "Cancelled: Fraud" in cancelled
    kept = str(list(Event.objects.values()))
    assert not [written for written in ("Odd address", "Fraud", "Royal Mail", "RM1") if written in kept]


def test_the_timeline_takes_as_many_statements_for_many_holds_as_for_one(browser: Browser) -> None:
    few, many = a_placed_order(), a_placed_order()
    for number in range(12):
        place_hold(many.pk, reason="other", note=f"Note {number}", actor=ACTOR)
    place_hold(few.pk, reason="other", note="Note", actor=ACTOR)
    taken = []
    for order in (few, few, many):
        with CaptureQueriesContext(connection) as captured:
            browser.get(object_page("orders.order", order.pk))
        taken.append(len(captured))
    assert taken[1] == taken[2]


def test_a_redacted_reason_is_no_longer_told(browser: Browser) -> None:
    order = a_placed_order()
    cancel_order(order.pk, reason="Ann died", actor=ACTOR)

    @action
    def forget() -> int:
        return redact("order", [order.pk], fields=["cancel_reason"], actor=ACTOR)

    page = object_page("orders.order", order.pk)
    assert "Cancelled: Ann died" in told(browser.get(page))
    forget()
    assert "Cancelled: Ann died" not in told(browser.get(page))


def test_the_dashboard_counts_what_waits_up_to_a_hundred(browser: Browser) -> None:
    a_placed_order()
    delete_order(a_placed_order().pk, actor=ACTOR)
    text = told(browser.get("/admin/"))
    assert "1 Not ready to release" in text
    assert "0 On hold" in text


def test_a_list_shows_nought_as_nought(browser: Browser) -> None:
    a_placed_order(units={"A": 1})
    page = browser.get(list_page("orders.orderline")).content.decode()
    cells = dict(re.findall(r'<td class="field-(\w+)[^>]*>\s*([^<]*?)\s*</td>', page))
    assert (cells["quantity"], cells["reserved"], cells["shipped"]) == ("1", "1", "0")


def test_an_order_that_waits_says_so_and_is_released_with_what_is_there(browser: Browser) -> None:
    order = a_waiting_order({"C": 3, "D": 1}, {"C": 1, "D": 1}, restock_days=0)
    pay(order)
    page = told(browser.get(object_page("orders.order", order.pk)))
    day = date_format(timezone.localdate(), "j M Y")
    assert "Waits for stock" in page
    assert f"Promised Total C A C 1.00 EUR 3 1 2 {day} 3.00 EUR" in page
    assert "Or release what is there." in page
    released = told(press(browser, order, "release-part"))
    assert "is released with what is there; the rest follows." in released
    assert "Released in part: 2 wait for stock" in released
    assert status(order) == "processing"


def test_a_promise_that_passed_is_loud_on_the_order_and_on_its_line(browser: Browser) -> None:
    order = a_waiting_order({"C": 3}, {})
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    OrderLine.objects.update(promised_on=yesterday)
    words = f"{date_format(yesterday, 'j M Y')}, passed"
    assert words in told(browser.get(object_page("orders.order", order.pk)))
    assert words in told(browser.get(object_page("orders.orderline", order.lines.get().pk)))
    OrderLine.objects.update(backordered=0)
    assert words not in told(browser.get(object_page("orders.order", order.pk)))


def test_another_day_is_promised_in_the_person_s_name(browser: Browser) -> None:
    order = a_waiting_order({"C": 3, "D": 1}, {"D": 1})
    line = order.lines.get(sku="C")
    assert line.promised_on is not None
    form = told(browser.get(button("orders.order", order.pk, "change-promise")))
    assert f"C: 3 wait, promised for {date_format(line.promised_on, 'j F Y')}" in form
    assert "D: " not in form
    response = press(browser, order, "change-promise", line_id=str(line.pk), promised_on="2999-12-31")
    assert "is promised for the new day." in told(response)
    assert "What waits is promised for 31 Dec 2999 instead of" in told(response)
    line.refresh_from_db()
    assert str(line.promised_on) == "2999-12-31"
    assert Event.objects.get(type="order.promise_changed").actor_kind == "staff"


def test_a_day_that_is_over_or_another_line_promises_nothing(browser: Browser) -> None:
    order = a_waiting_order({"C": 3, "D": 1}, {"D": 1})
    waits, there = order.lines.get(sku="C").pk, order.lines.get(sku="D").pk
    with nothing_changes():
        over = press(browser, order, "change-promise", line_id=str(waits), promised_on="2020-01-01")
        wrong = press(browser, order, "change-promise", line_id=str(there), promised_on="2999-12-31")
    assert "or a later day." in told(over)
    assert "Select a valid choice." in told(wrong)
