"""Instalments in the console: the list, the order's panel, and the button that agrees on them."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone
from django.utils.formats import date_format

from core.money import format_money
from orders.instalments.actions import Agreed, agree_instalments
from orders.instalments.models import Instalment
from tests.factories.core import ACTOR
from tests.factories.orders import a_placed_order, pay
from tests.factories.shipping import an_order_on_account
from tests.factories.staff import a_superuser, as_opened, browser_of, button, list_page, object_page, rows, told
from tests.factories.storefronts import a_storefront

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def day(count: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=count)


def test_the_order_s_page_shows_what_is_payable_when_and_what_is_left(browser: Browser) -> None:
    order = an_order_on_account(a_storefront(days_to_pay=30))
    agreed = [Agreed(day(10), 1_000), Agreed(day(40), order.total - 1_000)]
    agree_instalments(order.pk, instalments=agreed, actor=ACTOR)
    pay(order, 1_000)
    page = told(browser.get(object_page("orders.order", order.pk)))
    left = format_money(order.total - 1_000, "EUR")
    assert f"{date_format(day(40))} {left} {left} Open" in page
    assert f"{format_money(1_000, 'EUR')} {format_money(0, 'EUR')} Settled" in page
    first, last = (date_format(day(count), "j M Y") for count in (10, 40))
    assert f"Payable in 2 instalments, {first} to {last}" in page


def test_an_order_that_is_paid_before_release_has_no_such_panel(browser: Browser) -> None:
    page = told(browser.get(object_page("orders.order", a_placed_order().pk)))
    assert "No day is agreed." not in page


def test_the_button_shows_what_is_left_and_agrees_on_what_is_typed(browser: Browser) -> None:
    order = an_order_on_account(a_storefront(days_to_pay=30))
    address = button("orders.order", order.pk, "agree-instalments")
    (shown,) = browser.get(address).context["form"].rows.initial_forms
    assert [str(shown[name].value()) for name in ("due_on", "amount")] == [str(day(30)), f"{order.total / 100:.2f}"]
    typed = rows(due_on=[str(day(5)), str(day(6))], amount=["10.00", f"{(order.total - 1_000) / 100:.2f}"])
    answer = browser.post(address, {**as_opened(browser, address), **typed}, follow=True)
    assert "2 instalments are agreed." in told(answer)
    assert list(Instalment.objects.filter(order=order).order_by("position").values_list("due_on", "amount")) == [
        (day(5), 1_000), (day(6), order.total - 1_000),
    ]  # fmt: skip


def test_what_does_not_add_up_comes_back_as_it_was_typed(browser: Browser) -> None:
    order = an_order_on_account(a_storefront(days_to_pay=30))
    address = button("orders.order", order.pk, "agree-instalments")
    answer = browser.post(address, {**as_opened(browser, address), **rows(due_on=[str(day(5))], amount=["1.23"])})
    page = told(answer)
    assert answer.status_code in {400, 409}
    assert f"The instalments come to 1.23 EUR, and {format_money(order.total, 'EUR')} is due." in page
    assert 'value="1.23"' in answer.content.decode()


def test_the_list_and_the_dashboard_show_what_is_overdue(browser: Browser) -> None:
    late, settled = (an_order_on_account(a_storefront(days_to_pay=0)) for _ in range(2))
    pay(settled)
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        staff = browser_of(a_superuser())
        late_ones = staff.get(list_page("orders.instalment", overdue="yes")).context["cl"].result_list
        assert [each.order_id for each in late_ones] == [late.pk]
        others = staff.get(list_page("orders.instalment", overdue="no")).context["cl"].result_list
        assert [each.order_id for each in others] == [settled.pk]
        (tile,) = [each for each in staff.get("/admin/").context["tiles"] if each["label"] == "Overdue"]
        assert tile["count"] == "1"
