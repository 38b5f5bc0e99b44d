from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.models import ClientKind, Event
from orders.models import Order
from shipping.actions import open_shipments
from shipping.models import Shipment
from tests.browser.conftest import Console
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, a_placed_order, an_order, pay
from tests.factories.staff import list_button, list_page, object_page


def test_a_double_click_releases_once(console: Console) -> None:
    order = a_placed_order()
    pay(order)
    page = console.open(object_page("orders.order", order.pk))
    page.get_by_role("button", name="Release", exact=True).dblclick()
    expect(page.locator(".qm-badges")).to_contain_text("Processing")
    assert Event.objects.filter(type="order.released").count() == 1


def test_what_is_not_possible_can_be_reached_by_keyboard_and_says_why(console: Console) -> None:
    order = a_placed_order()
    page = console.open(object_page("orders.order", order.pk))
    release = page.get_by_role("button", name="Release", exact=True)
    release.focus()
    expect(release).to_be_focused()
    expect(release).to_have_attribute("aria-disabled", "true")
    expect(release).to_have_accessible_description(
        "27.50 EUR of 27.50 EUR is unpaid and the order is not on account. "
        "Record a payment of 27.50 EUR, or set the payment terms to on account."
    )
    page.keyboard.press("Enter")
    assert Order.objects.get(pk=order.pk).status == "placed"


def test_an_order_is_paid_released_packed_and_dispatched(console: Console) -> None:
    order = a_placed_order()
    page = console.open(object_page("orders.order", order.pk))
    page.get_by_role("link", name="Record payment").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("27.50")
    page.get_by_role("button", name="Record payment").click()
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.locator(".qm-badges")).to_contain_text("Processing")
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    console.open(object_page("shipping.shipment", shipment.pk))
    page.get_by_role("button", name="Pack", exact=True).click()
    page.get_by_role("link", name="Dispatch").click()
    page.get_by_label("Carrier").fill("Royal Mail")
    page.get_by_label("Estimated delivery").fill("2030-01-31")
    page.get_by_role("button", name="Dispatch").click()
    expect(page.locator(".qm-badges")).to_contain_text("Dispatched")
    assert Order.objects.get(pk=order.pk).status == "shipped"


def test_rows_are_added_to_a_new_order(console: Console) -> None:
    stock_up(dict.fromkeys("ABCDE", 5))
    a_client("The shop", ClientKind.STOREFRONT)
    page = console.open(list_button("orders.order", "add"))
    page.get_by_label("Currency").select_option("EUR")
    for _ in range(2):
        page.get_by_role("button", name="Add row").click()
    for row, sku in enumerate("ABCDE"):
        page.locator(f"[name=rows-{row}-sku]").fill(sku)
        page.locator(f"[name=rows-{row}-quantity]").fill("1")
    page.get_by_role("button", name="New order").click()
    expect(page.get_by_text("is placed: ")).to_be_visible()
    assert Order.objects.get().lines.count() == 5


def test_a_list_is_searched_and_filtered(console: Console) -> None:
    order, other = a_placed_order(), an_order("cancelled")
    order.refresh_from_db()
    page = console.open(list_page("orders.order"))
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.locator("#searchbar").fill(str(order.number))
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear search and filters").click()
    page.get_by_text("Filters").first.click()
    page.locator("[name=status__exact]").select_option("cancelled", force=True)
    page.get_by_role("button", name="Apply Filters").click()
    expect(page.locator("#result_list")).to_contain_text(str(other.number))
    expect(page.locator("#result_list")).not_to_contain_text(str(order.number))


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_screen(console: Console, width: int, scheme: str) -> None:
    order = an_order("shipped")
    console.page.set_viewport_size({"width": width, "height": 900})
    console.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    shipment = Shipment.objects.get()
    for address in (
        "/admin/", list_page("orders.order"), object_page("orders.order", order.pk), list_page("inventory.stocklevel"),
        object_page("shipping.shipment", shipment.pk), list_button("orders.order", "add"), list_page("core.event"),
    ):  # fmt: skip
        assert overflow(console.open(address)) <= 1, address


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
