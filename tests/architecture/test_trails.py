"""Where each page of the console says it is: on every page that the registry has."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories.console import MODELS, one_more_of_everything, pages_beside_models, pages_of
from tests.factories.core import a_client
from tests.factories.orders import a_placed_order
from tests.factories.staff import (
    a_staff_member,
    a_superuser,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    told_of,
)

pytestmark = pytest.mark.django_db


@dataclass
class Where:
    """(name, address) of each page above, the address empty where there is no link, and the page's own name."""

    above: list[tuple[str, str]]
    here: str


def where(browser: Browser, address: str) -> Where:
    response: Any = browser.get(address)
    assert response.status_code == 200, address
    page = response.content.decode()
    trail = re.search(r'<nav aria-label="Breadcrumb">(.*?)</nav>', page, re.DOTALL)
    crumbs = re.findall(r"<li>(.*?)</li>", trail[1], re.DOTALL) if trail else []
    (here,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return Where([(told_of(crumb), _address_of(crumb)) for crumb in crumbs], told_of(here))


def _address_of(crumb: str) -> str:
    found = re.search(r'href="([^"]+)"', crumb)
    return html.unescape(found[1]) if found else ""


@pytest.mark.slow
def test_every_crumb_leads_to_the_page_that_it_names() -> None:
    person = a_superuser()
    browser = browser_of(person)
    one_more_of_everything()
    named: dict[str, str] = {}
    for address in (*pages_beside_models(), *(page for label in MODELS for page in pages_of(label, person))):
        trail = where(browser, address)
        assert all(link for _, link in trail.above), address
        assert [name for name, _ in trail.above[:1]] == ([] if address == "/admin/" else ["Dashboard"]), address
        for name, link in trail.above:
            if link not in named:
                named[link] = where(browser, link).here
            assert name == named[link], (address, link)


def test_the_trail_goes_from_the_dashboard_to_what_is_done_to_an_object() -> None:
    order = a_placed_order()
    browser = browser_of(a_superuser())
    order.refresh_from_db()
    page, form = object_page("orders.order", order.pk), button("orders.order", order.pk, "cancel")
    home, orders = ("Dashboard", "/admin/"), ("Orders", list_page("orders.order"))
    assert where(browser, "/admin/") == Where([], "Dashboard")
    assert where(browser, list_page("orders.order")) == Where([home], "Orders")
    assert where(browser, list_page("orders.order", q="x")) == Where([home], "Orders")
    assert where(browser, page) == Where([home, orders], f"#{order.number}")
    assert where(browser, form) == Where([home, orders, (f"#{order.number}", page)], "Cancel")
    assert where(browser, list_button("orders.order", "add")) == Where([home, orders], "New order")
    assert where(browser, "/admin/password_change/") == Where([home], "Password change")


def test_a_list_that_the_person_may_not_see_is_named_without_a_link() -> None:
    a_client()
    browser = browser_of(a_staff_member("orders.place_order"))
    assert where(browser, list_button("orders.order", "add")).above == [("Dashboard", "/admin/"), ("Orders", "")]
