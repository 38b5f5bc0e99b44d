"""The page of a book in a real browser: it keeps itself up to date, and says so when it can't."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.test_console import overflow
from tests.factories.core import a_client
from tests.factories.staff import list_button, list_page, object_page
from tests.factories.trading import a_book, a_book_order, a_trade, an_instrument
from trading.models import BookOrder, Instrument, Trade

REFRESHED = 8_000
"""Milliseconds within which a page that asks every two seconds has asked."""


def open_book(console: Console, query: str = "") -> Page:
    return console.open(object_page("trading.instrument", Instrument.objects.get().pk) + query)


def drawn(page: Page) -> object:
    """What the chart shows: (price, amount up to it) of each side, in the order of prices."""
    return page.evaluate(
        "Object.fromEntries(Chart.getChart(document.querySelector('[data-book] canvas')).data.datasets"
        ".map((side) => [side.label, side.data.map(({ x, y }) => [x, y])]))"
    )


def test_the_chart_and_the_levels_follow_the_book_while_somebody_types(console: Console) -> None:
    client = a_client()
    a_book(client)
    page = open_book(console)
    assert drawn(page) == {
        "Sell": [[19.9, 17], [20, 17], [25, 12], [25, 0]],
        "Buy": [[20, 0], [20, 20], [21, 30], [21.1, 30]],
    }
    amount = page.get_by_label("Amount", exact=True)
    amount.press_sequentially("12")
    a_book_order(client, side="Buy", amount=7, price=19)
    a_trade(client, client_ref="R-1", side="Sell", amount=12)
    best = page.locator("[data-book-part=best]")
    expect(best).to_contain_text("0.19 USD", timeout=REFRESHED)
    expect(page.locator("[data-book-part=levels]")).not_to_contain_text("0.25 USD")
    expect(page.locator("[data-book-part=trades]")).to_contain_text("R-1")
    expect(amount).to_have_value("12")
    expect(amount).to_be_focused()
    assert drawn(page)["Buy"][:2] == [[19, 0], [19, 7]]  # type: ignore[index]


def axes(page: Page) -> list[tuple[str, float, float]]:
    """(name, least, most) of each axis of the chart."""
    found: list[tuple[str, float, float]] = page.evaluate(
        "Object.values(Chart.getChart(document.querySelector('[data-book] canvas')).scales)"
        ".map(({ id, min, max }) => [id, min, max])"
    )
    return found


def test_no_axis_of_the_chart_goes_below_nought(console: Console) -> None:
    client = a_client()
    for number, prices in enumerate(([], [1], [1, 2], [1, 1_000], [1, 1_000_000], [900_000, 1_000_000])):
        for side in ("Buy", "Sell"):
            book = an_instrument(f"{side.upper()}{number}")
            for price in prices:
                a_book_order(client, symbol=book.symbol, side=side, amount=1, price=price)
            found = axes(console.open(object_page("trading.instrument", book.pk)))
            assert sorted(name for name, _, _ in found) == ["x", "y"]
            assert all(0 <= least < most for _, least, most in found), (book.symbol, found)


def test_a_price_is_told_in_place_follows_the_book_and_leads_to_its_trade(console: Console) -> None:
    client = a_client()
    a_book(client)
    page = open_book(console)
    page.get_by_label("Amount", exact=True).fill("22")
    page.get_by_role("button", name="Price").click()
    price = page.locator("[data-book-part=price]")
    expect(price).to_contain_text("4.42 USD")
    assert page.url.endswith("?side=Buy&amount=22")
    a_book_order(client, side="Buy", amount=10, price=19)
    expect(price).to_contain_text("4.30 USD", timeout=REFRESHED)
    page.get_by_role("link", name="Place this trade").click()
    expect(page.get_by_label("Limit")).to_have_value("4.30")
    page.get_by_role("button", name="Place trade").click()
    expect(page.locator(".qm-title")).to_have_text("Buy 22 JPM for 4.30 USD")
    assert Trade.objects.get().total == 430


def test_the_page_says_when_it_lost_the_server_and_when_it_is_back(console: Console) -> None:
    a_book()
    page = open_book(console)
    lost = page.locator("[data-book-lost]")
    expect(lost).to_be_empty()
    console.page.context.set_offline(True)
    expect(lost).to_have_text("The server did not answer. Trying again…", timeout=REFRESHED)
    console.page.context.set_offline(False)
    expect(lost).to_be_empty(timeout=REFRESHED)
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in console.complaints)
    console.complaints.clear()


def test_a_page_that_nobody_sees_asks_for_nothing(console: Console) -> None:
    a_book()
    page = open_book(console)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/now/" in request.url else None)
    pretend = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true });"
    changed = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(pretend % "true" + changed)
    page.wait_for_timeout(2_500)
    before = len(asked)
    page.wait_for_timeout(2_500)
    assert len(asked) == before
    page.evaluate(pretend % "false" + changed)
    page.wait_for_timeout(500)
    assert len(asked) > before


def test_a_person_who_is_signed_out_meanwhile_is_told(console: Console) -> None:
    a_book()
    page = open_book(console)
    page.context.clear_cookies()
    expect(page.locator("[data-book-lost]")).to_contain_text("You are signed out.", timeout=REFRESHED)


def test_an_order_is_changed_and_removed_by_its_buttons(console: Console) -> None:
    order = a_book_order(amount=10, price=20)
    page = console.open(object_page("trading.bookorder", order.pk))
    page.get_by_role("link", name="Change…").click()
    expect(page.get_by_text("loses it: the order goes to the end of the queue")).to_be_visible()
    page.get_by_label("Price in USD").fill("0.25")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("it is at the end of the queue at its price")).to_be_visible()
    page.get_by_role("link", name="Remove…").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".qm-badges")).to_contain_text("Removed")
    assert BookOrder.objects.values_list("price", "status").get() == (25, "removed")


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_trading_is_wider_than_the_screen(console: Console, width: int, scheme: str) -> None:
    client = a_client()
    orders = a_book(client)
    trade = a_trade(client, amount=22)
    console.page.set_viewport_size({"width": width, "height": 900})
    console.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    book = object_page("trading.instrument", orders[0].instrument_id)
    for address in (
        list_page("trading.instrument"), f"{book}?side=Buy&amount=5", list_page("trading.bookorder"),
        object_page("trading.bookorder", orders[0].pk), list_page("trading.trade"),
        object_page("trading.trade", trade.pk), list_button("trading.trade", "place"),
    ):  # fmt: skip
        assert overflow(console.open(address)) <= 1, address
