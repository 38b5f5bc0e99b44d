"""Forms in a real browser: going back, and what was typed when the session had expired."""

from __future__ import annotations

from playwright.sync_api import expect

from core.models import User
from orders.models import OrderNote
from orders.payments.models import Payment
from tests.browser.conftest import Console
from tests.factories.orders import a_placed_order
from tests.factories.staff import button, object_page

PASSWORD = "gr4ndpiano!"


def test_going_back_and_submitting_records_a_payment_once(console: Console) -> None:
    order = a_placed_order()
    page = console.open(object_page("orders.order", order.pk))
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Amount in EUR").fill("5.00")
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("5.00 EUR recorded.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("This form was sent before; it acted once: 5.00 EUR recorded.")).to_be_visible()
    expect(page.get_by_role("button", name="Record payment")).to_have_count(0)
    assert list(Payment.objects.values_list("amount", flat=True)) == [500]
    page.get_by_role("link", name="Open it anew").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("22.50")


def test_what_was_typed_in_an_expired_session_is_there_after_signing_in(console: Console) -> None:
    order = a_placed_order()
    page = console.open(button("orders.order", order.pk, "add-note"))
    page.get_by_label("Note").fill("A long note\nin two lines")
    user = User.objects.get()
    user.set_password(PASSWORD)  # which ends the session
    user.save()
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("What you typed is shown again once you have signed in.")).to_be_visible()
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Note")).to_have_value("A long note\nin two lines")
    assert not OrderNote.objects.exists()
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text(f"The note is added to order #{order.number}.")).to_be_visible()
    assert OrderNote.objects.get().body.split() == ["A", "long", "note", "in", "two", "lines"]
    console.complaints[:] = [each for each in console.complaints if "403" not in each]
