"""The console of trading: what its lists and pages say, and that each button calls its one action."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Event
from orders.models import Order
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
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
    told,
)
from tests.factories.trading import (
    a_book,
    a_book_order,
    a_trade,
    an_import,
    an_imported_order,
    an_instrument,
    change,
    fills,
    imported_orders,
    reload,
)
from tests.factories.watching import nothing_changes
from trading.admin.live import FILLS_SHOWN, REPEATED
from trading.models import BookOrder, Instrument, Trade
from trading.queries import ahead_of
from trading.queries.standing import COUNTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, order: BookOrder, name: str, version: int | None = None, /, **data: Any) -> Any:
    """Press a button as the page with this version of the order (the present one) offers it."""
    address = button("trading.bookorder", order.pk, name)
    opened = as_opened(browser, address) if version is None else {"token": a_token(), "version": str(version)}
    return browser.post(address, {**opened, **data}, follow=True)


def book_page(symbol: str = "JPM") -> str:
    return object_page("trading.instrument", Instrument.objects.get(symbol=symbol).pk)


def now(browser: Browser, symbol: str = "JPM", **query: Any) -> Any:
    """What the book's page asks for every two seconds."""
    address = reverse("admin:trading_instrument_now", args=[Instrument.objects.get(symbol=symbol).pk], query=query)
    return browser.get(address)


def in_words(part: str) -> str:
    class Page:
        content = part.encode()

    return told(Page())


def place(browser: Browser, **data: Any) -> Any:
    form = {"symbol": "JPM", "side": "Buy", "amount": "22", "token": a_token(), **data}
    return browser.post(list_button("trading.trade", "place"), form, follow=True)


# Books


def test_the_list_of_books_tells_the_best_price_and_what_is_available_of_each_side(browser: Browser) -> None:
    a_book()
    an_instrument("EMPTY", currency="JPY", sku="MUG")
    text = told(browser.get(list_page("trading.instrument")))
    assert "JPM USD - 0.20 USD 30 0.25 USD 17" in text
    assert "EMPTY JPY MUG — 0 — 0" in text


def test_books_are_found_by_the_beginning_of_their_symbol_and_by_sku(browser: Browser) -> None:
    for symbol, sku in (("JPM", ""), ("JPM.L", ""), ("XJPM", "jp-1")):
        an_instrument(symbol, sku=sku)
    for term, found in (("jpm", {"JPM", "JPM.L"}), ("JPM.", {"JPM.L"}), ("jp-1", {"XJPM"})):
        page = browser.get(list_page("trading.instrument", q=term)).content.decode()
        shown = {symbol for symbol in ("JPM", "JPM.L", "XJPM") if f">{symbol}</a>" in page}
        assert shown == found, term


def test_a_book_s_page_shows_its_levels_best_first_and_the_points_of_its_depth(browser: Browser) -> None:
    a_book()
    state = now(browser).json()
    assert state["chart"] == {"Buy": [[20, 20], [21, 30]], "Sell": [[25, 12], [20, 17]]}
    levels = in_words(state["parts"]["levels"])
    assert "0.20 USD 20 20 1 0.21 USD 10 30 1" in levels
    assert "0.25 USD 12 12 1 0.20 USD 5 17 1" in levels
    assert "Buy 0.20 USD 20 30 Sell 0.25 USD 12 17" in in_words(state["parts"]["best"])
    assert levels in told(browser.get(book_page()))


@pytest.mark.parametrize(
    ("side", "amount", "said"),
    [
        ("Buy", "20", "Buy 20 4.00 USD Average 0.20 USD Available 30"),
        ("Buy", "22", "Buy 22 4.42 USD Average 0.20 USD, remainder 0.02 USD Available 30"),
        ("Sell", "14", "Sell 14 3.40 USD Average 0.24 USD, remainder 0.04 USD Available 17"),
        ("Buy", "31", "The Buy side of JPM has 30 and 31 was asked for. Ask for 30 or less"),
        ("Buy", "0", "An amount is a whole number from 1 to 1,000,000."),
        ("Buy", "2.5", "An amount is a whole number from 1 to 1,000,000."),
        ("Buy", "9" * 5000, "An amount is a whole number from 1 to 1,000,000."),
        ("Buy", "٣", "An amount is a whole number from 1 to 1,000,000."),
        ("Both", "", "Asking changes nothing."),
    ],
)
def test_the_price_of_an_amount_is_told_and_nothing_is_written(
    browser: Browser, side: str, amount: str, said: str
) -> None:
    a_book()
    with nothing_changes():
        answer = now(browser, side=side, amount=amount)
    assert said in in_words(answer.json()["parts"]["price"])


def test_the_price_leads_to_a_form_that_holds_the_trade_to_it(browser: Browser) -> None:
    a_book()
    price = now(browser, side="Buy", amount="22").json()["parts"]["price"]
    address = list_button("trading.trade", "place") + "?symbol=JPM&amp;side=Buy&amp;amount=22&amp;limit=4.42"
    assert address in price
    form = browser.get(address.replace("&amp;", "&")).content.decode()
    for value in ("JPM", "22", "4.42"):
        assert f'value="{value}"' in form


def test_what_the_page_asks_for_takes_as_many_statements_for_a_deep_book_as_for_a_thin_one(browser: Browser) -> None:
    client = a_client()
    for symbol, orders in (("THIN", 1), ("DEEP", 60)):
        for number in range(orders):
            a_book_order(client, symbol=symbol, price=20 + number)
        a_trade(client, symbol=symbol)
    counts = []
    for symbol in ("THIN", "DEEP"):
        with CaptureQueriesContext(connection) as captured:
            assert now(browser, symbol, side="Buy", amount="9").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 9  # the test's own look-up of the book among them


def test_a_price_of_very_many_fills_is_not_asked_for_again_by_itself(browser: Browser) -> None:
    imported_orders(REPEATED + 1, side="Buy", amount=1)
    assert now(browser, side="Buy", amount=str(REPEATED)).json()["repeat"] is True
    answer = now(browser, side="Buy", amount=str(REPEATED + 1)).json()
    assert answer["repeat"] is False
    assert f"and {REPEATED + 1 - FILLS_SHOWN} more." in in_words(answer["parts"]["price"])


def test_a_book_s_page_shows_its_last_trades_to_those_who_may_see_trades() -> None:
    a_book()
    a_trade(client_ref="R-1", amount=22)
    part = in_words(now(browser_of(a_superuser())).json()["parts"]["trades"])
    assert "R-1 Buy 22 4.42 USD 0.20 USD, remainder 0.02 USD" in part
    hidden = now(browser_of(a_staff_member("trading.view_instrument"))).json()["parts"]["trades"]
    assert "Your account may not see trades." in hidden
    assert "R-1" not in hidden


def test_who_may_not_see_books_is_not_told_how_one_stands() -> None:
    a_book()
    assert now(browser_of(a_staff_member("trading.view_trade"))).status_code == 403
    assert now(browser_of(a_superuser())).status_code == 200


def test_a_book_is_listed_and_its_sku_changed_though_it_traded_meanwhile(browser: Browser) -> None:
    form = {"symbol": "NEW", "currency": "EUR", "sku": "", "token": a_token()}
    browser.post(list_button("trading.instrument", "add"), form)
    instrument = Instrument.objects.get(symbol="NEW")
    address = button("trading.instrument", instrument.pk, "edit")
    opened = as_opened(browser, address)
    a_book_order(symbol="NEW")
    a_trade(symbol="NEW")
    browser.post(address, {**opened, "currency": "EUR", "sku": "MUG"})
    refused = browser.post(address, {**as_opened(browser, address), "currency": "USD", "sku": "MUG"})
    assert "NEW has orders priced in EUR." in told(refused)
    instrument.refresh_from_db()
    assert (instrument.currency, instrument.sku) == ("EUR", "MUG")
    text = told(browser.get(book_page("NEW")))
    assert "Changed: SKU none → MUG" in text
    assert "Buy 1 for 0.20 EUR, 1 fill" in text
    assert "Listed in EUR" in text


@pytest.mark.parametrize("symbol", ["orders", "a b", "-A", "É", ""])
def test_a_symbol_that_could_not_stand_in_a_path_is_refused(browser: Browser, symbol: str) -> None:
    form = {"symbol": symbol, "currency": "EUR", "sku": "", "token": a_token()}
    with nothing_changes():
        assert browser.post(list_button("trading.instrument", "add"), form).status_code == 400


# Orders


def test_an_order_is_changed_and_the_person_is_told_whether_it_kept_its_place() -> None:
    user = a_superuser()
    browser = browser_of(user)
    order = a_book_order(amount=10, price=20)
    assert "it keeps its place" in told(press(browser, order, "change", amount="8", price="0.20"))
    assert "at the end of the queue" in told(press(browser, order, "change", amount="8", price="0.25"))
    changed = reload(order)
    assert (changed.amount, changed.price) == (8, 25)
    event = Event.objects.get(subject_id=order.pk, version=2)
    assert (event.type, event.actor_kind, event.actor_name) == ("book_order.changed", "staff", user.username)
    text = told(browser.get(object_page("trading.bookorder", order.pk)))
    assert "Changed: price 0.20 USD → 0.25 USD; to the end of the queue" in text
    assert "Changed: amount 10 → 8; its place kept" in text
    assert "Added: Buy 10 at 0.20 USD" in text


@pytest.mark.parametrize(
    "data",
    [{"amount": "0", "price": "1"}, {"amount": "1000001", "price": "1"}, {"amount": "1", "price": "0"},
     {"amount": "1", "price": "0.005"}, {"amount": "1", "price": "10000000.01"}, {"amount": "1", "price": ""},
     {"amount": "x", "price": "NaN"}],
)  # fmt: skip
def test_a_change_to_what_no_order_may_be_is_refused_in_the_form(browser: Browser, data: dict[str, str]) -> None:
    order = a_book_order()
    with nothing_changes():
        assert press(browser, order, "change", **data).status_code == 400


def test_a_stale_page_changes_and_removes_nothing(browser: Browser) -> None:
    order = a_book_order()
    change(order, price=30)
    with nothing_changes():
        for name, data in (("change", {"amount": "5", "price": "0.20"}), ("remove", {})):
            assert "Nothing was done" in told(press(browser, order, name, 1, **data))


def test_an_order_is_removed_and_then_says_why_nothing_about_it_changes(browser: Browser) -> None:
    order = a_book_order(amount=10)
    press(browser, order, "remove")
    assert reload(order).status == "removed"
    page = browser.get(object_page("trading.bookorder", order.pk))
    text = told(page)
    assert "Removed with 10 left" in text
    assert "The order is removed; nothing about it changes any more." in text
    assert "The book order is removed already." in text
    assert button("trading.bookorder", order.pk, "remove") not in page.content.decode()
    with nothing_changes():
        assert "nothing about it changes" in told(press(browser, order, "change", amount="5", price="0.20"))


def test_who_may_only_look_at_orders_sees_no_button() -> None:
    browser = browser_of(a_staff_member("trading.view_bookorder"))
    order = a_book_order()
    page = browser.get(object_page("trading.bookorder", order.pk))
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    with nothing_changes():
        assert press(browser, order, "remove").status_code == 403


def test_an_order_tells_its_fills_and_what_stands_before_it(browser: Browser) -> None:
    client = a_client()
    first = a_book_order(client, amount=10, price=20)
    second = a_book_order(client, amount=4, price=21)
    third = a_book_order(client, amount=6, price=21)
    a_trade(client_ref="R-1", amount=3)
    assert "It is the next to be taken." in told(browser.get(object_page("trading.bookorder", first.pk)))
    text = told(browser.get(object_page("trading.bookorder", third.pk)))
    assert "At better prices 7 1 Before it at 0.21 USD 4 1 Taken before it 11 2" in text
    text = told(browser.get(object_page("trading.bookorder", first.pk)))
    assert "R-1 3 0.20 USD 0.60 USD" in text
    assert "A trade took 3 at 0.20 USD: 10 → 7 left" in text
    a_trade(amount=7)
    assert "It is filled: out of the book." in told(browser.get(object_page("trading.bookorder", first.pk)))
    assert (ahead_of(second).better_orders, ahead_of(second).same_orders, ahead_of(second).more) == (0, 0, False)


def test_what_stands_before_an_order_is_counted_up_to_a_bound() -> None:
    imported_orders(COUNTED + 2, side="Sell", amount=2)
    newest, next_to_it = BookOrder.objects.order_by("-queue")[:2]
    with CaptureQueriesContext(connection) as captured:
        ahead = ahead_of(newest)
    assert (ahead.same_orders, ahead.same_amount, ahead.more) == (COUNTED, 2 * COUNTED, True)
    assert len(captured) == 2
    assert ahead_of(next_to_it).more is False


def test_an_order_of_a_load_begins_with_the_file_it_came_from(browser: Browser) -> None:
    order = an_imported_order(side="Sell", amount=5, price=30, book_import=an_import(name="monday.csv"))
    change(reload(order), amount=4)
    text = told(browser.get(object_page("trading.bookorder", order.pk)))
    assert "Changed: amount 5 → 4; its place kept" in text
    assert "Imported from monday.csv: Sell 5 at 0.30 USD" in text
    press(browser, order, "remove")
    assert reload(order).status == "removed"


def test_orders_are_filtered_by_symbol_side_status_and_client_and_found_by_their_id(browser: Browser) -> None:
    client = a_client()
    wanted = a_book_order(client, symbol="ABC", side="Sell", id=77)
    a_book_order(symbol="ABC", side="Buy", id="other", status="removed")
    a_book_order(symbol="XYZ", side="Buy", id="other")
    for query in (
        {"symbol": "abc", "side__exact": "Sell"}, {"client__id__exact": client.pk}, {"q": "77"}, {"q": str(wanted.pk)},
        {"symbol": "ABC", "status__exact": "open"},
    ):  # fmt: skip
        page = browser.get(list_page("trading.bookorder", **query)).content.decode()
        assert object_page("trading.bookorder", wanted.pk) in page, query
        assert ">other</a>" not in page, query
    assert object_page("trading.bookorder", wanted.pk) not in told(browser.get(list_page("trading.bookorder", q="7")))
    assert "No book orders match what you search and filter by." in told(
        browser.get(list_page("trading.bookorder", symbol="NONE"))
    )


# Trades


def test_a_trade_is_placed_once_however_often_the_form_is_sent_and_shows_its_fills(browser: Browser) -> None:
    client = a_client()
    a_book(client)
    token = a_token()
    page = place(browser, client=str(client.pk), limit="4.42", client_ref="R-1", token=token)
    again = place(browser, client=str(client.pk), limit="4.42", client_ref="R-1", token=token)
    trade = Trade.objects.get()
    assert (trade.total, trade.limit_total, trade.client_id, trade.client_ref) == (442, 442, client.pk, "R-1")
    assert [(amount, price) for _, amount, price in fills(trade)] == [(20, 20), (2, 21)]
    text = told(page)
    assert "Buy 22 JPM for 4.42 USD" in text
    assert "20 0.20 USD 4.00 USD" in text
    assert "2 0.21 USD 0.42 USD" in text
    assert "0.20 USD, remainder 0.02 USD" in text
    assert "was sent before" in told(again)
    assert Event.objects.get(type="trade.placed").actor_kind == "staff"


def test_a_trade_without_a_reference_is_given_one(browser: Browser) -> None:
    client = a_client()
    a_book(client)
    for _ in range(2):
        place(browser, client=str(client.pk), amount="3")
    assert len(set(Trade.objects.values_list("client_ref", flat=True))) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"limit": "4.41"}, "The trade comes to 4.42 USD, over the limit of 4.41 USD."),
        ({"limit": "4.415"}, "USD has 2 digits after the point."),
        ({"amount": "31"}, "The Buy side of JPM has 30 and 31 was asked for."),
        ({"symbol": "NONE"}, "There is no book of NONE."),
        ({"symbol": "NONE", "limit": "1"}, "There is no book of NONE."),
        ({"amount": "0"}, "greater than or equal to 1"),
        ({"customer": "nobody@example.com"}, "The client has no customer of that e-mail."),
        ({"customer": "ann@example.com"}, "JPM has no SKU, so that its trades can't be settled as orders."),
    ],
)
def test_a_trade_that_is_refused_says_why_and_changes_nothing(
    browser: Browser, data: dict[str, str], said: str
) -> None:
    client = a_client()
    a_book(client)
    a_customer(client, "ann@example.com")
    with nothing_changes():
        response = place(browser, client=str(client.pk), **data)
    assert said in told(response)
    assert response.status_code == 400


def test_a_trade_is_settled_as_a_customer_s_order_by_those_who_may_place_orders() -> None:
    client = a_client()
    customer = a_customer(client, "ann@example.com")
    stock_up({"MUG": 9})
    an_instrument("MUGS", currency="EUR", sku="MUG")
    a_book_order(client, symbol="MUGS", amount=5, price=1_000)
    form = {"client": str(client.pk), "symbol": "MUGS", "amount": "2", "customer": "Ann@example.com"}
    trader = browser_of(a_staff_member("trading.trade_trade", "trading.view_trade"))
    with nothing_changes():
        assert "Your account may not place orders." in told(place(trader, **form))
    browser = browser_of(a_superuser())
    page = place(browser, **form)
    order = Order.objects.get()
    assert (order.customer_id, order.total) == (customer.pk, 2_000)
    assert object_page("orders.order", order.pk) in page.content.decode()
    assert f"#{order.number}" in told(browser.get(list_page("trading.trade", settled="yes")))
    assert "No trades match what you search and filter by." in told(
        browser.get(list_page("trading.trade", settled="no"))
    )


def test_who_may_only_look_at_trades_cannot_place_one() -> None:
    client = a_client()
    a_book(client)
    browser = browser_of(a_staff_member("trading.view_trade", "trading.view_instrument"))
    with nothing_changes():
        assert place(browser, client=str(client.pk)).status_code == 403
    assert "Place this trade" not in now(browser, side="Buy", amount="22").json()["parts"]["price"]


def test_trades_and_fills_are_found_by_reference(browser: Browser) -> None:
    a_book()
    wanted, other = a_trade(client_ref="R-1"), a_trade(client_ref="R-2")
    trades = browser.get(list_page("trading.trade", q="R-1")).content.decode()
    assert object_page("trading.trade", wanted.pk) in trades
    assert object_page("trading.trade", other.pk) not in trades
    found = browser.get(list_page("trading.fill", q="R-1")).content.decode()
    assert object_page("trading.trade", wanted.pk) in found
    assert object_page("trading.trade", other.pk) not in found


def test_a_trade_s_page_takes_as_many_statements_for_twenty_fills_as_for_one(browser: Browser) -> None:
    client = a_client()
    for number in range(21):
        a_book_order(client, amount=1, price=20 + number)
    counts = []
    for trade in (a_trade(client, amount=1), a_trade(client, amount=20)):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(object_page("trading.trade", trade.pk)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6
