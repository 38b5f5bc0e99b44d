"""The console's pages of price lists."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from core.models import Job
from core.tasks import run_jobs
from pricing.lists.actions import NewPrice
from pricing.lists.models import PriceList
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_group
from tests.factories.inventory import a_variant
from tests.factories.pricing import a_price_list
from tests.factories.staff import (
    a_person,
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
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

LIST = "pricing.pricelist"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, price_list: PriceList, name: str, /, **data: Any) -> Any:
    address = button(LIST, price_list.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def prices_of(price_list: PriceList) -> list[tuple[str, int, int, int | None]]:
    found = price_list.entries.order_by("variant__sku", "from_quantity")
    return list(found.values_list("variant__sku", "from_quantity", "amount", "compare_at"))


def test_a_price_list_is_added_inactive_once_however_often_the_form_is_sent(browser: Browser) -> None:
    form = {
        "client": str(a_client("North").pk), "code": "SUMMER", "name": "Summer sale", "currency": "EUR",
        "prices_include_tax": "on", "priority": "5", "token": a_token(),
    }  # fmt: skip
    page = browser.post(list_button(LIST, "add"), form, follow=True)
    assert "North has the price list SUMMER now. It is inactive until you edit it to be active." in told(page)
    assert "was sent before" in told(browser.post(list_button(LIST, "add"), form, follow=True))
    made = PriceList.objects.get()
    assert (made.currency, made.prices_include_tax, made.priority, made.active) == ("EUR", True, 5, False)


def test_a_second_list_of_the_code_is_refused_in_the_form(browser: Browser) -> None:
    client = a_client()
    a_price_list(client)
    form = {"client": str(client.pk), "code": "summer", "name": "X", "currency": "EUR", "priority": "0"}
    with nothing_changes():
        page = browser.post(list_button(LIST, "add"), {**form, "token": a_token()})
    assert page.status_code == 400
    assert "There is a price list SUMMER already." in told(page)
    assert 'value="summer"' in page.content.decode()


def test_a_price_list_is_given_groups_and_a_time(browser: Browser) -> None:
    client = a_client()
    trade = a_group(client, "TRADE")
    a_group(a_client(), "FOREIGN")
    price_list = a_price_list(client, active=False)
    assert "FOREIGN" not in told(browser.get(button(LIST, price_list.pk, "edit")))

    terms = {"name": "Sale", "priority": "3", "active": "on", "groups": [str(trade.pk)]}
    press(browser, price_list, "edit", **terms, starts_at="2026-06-01T08:00", ends_at="2026-07-01T00:00")

    price_list.refresh_from_db()
    assert (price_list.name, price_list.priority, price_list.active) == ("Sale", 3, True)
    assert price_list.group_ids == [trade.pk]
    assert price_list.starts_at == dt.datetime(2026, 6, 1, 8, tzinfo=dt.UTC)
    with time_machine.travel(dt.datetime(2026, 6, 2, tzinfo=dt.UTC)):
        page = told(browser.get(object_page(LIST, price_list.pk)))
    assert "TRADE" in page
    assert "Active" in page
    assert "Changed: name, priority, starts at, ends at, active, groups" in page
    wrong = press(browser, price_list, "edit", **terms, starts_at="2026-06-01T08:00", ends_at="2026-06-01T08:00")
    assert "A price list ends after it starts." in told(wrong)


@pytest.mark.parametrize(
    ("terms", "state"),
    [
        ({"active": False}, "Inactive"),
        ({"starts_at": dt.datetime(2026, 6, 2, tzinfo=dt.UTC)}, "Not begun"),
        ({"ends_at": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)}, "Ended"),
        ({}, "Active"),
    ],
)
def test_a_list_says_whether_it_holds_now(browser: Browser, terms: dict[str, Any], state: str) -> None:
    price_list = a_price_list(a_client(), **terms)
    with time_machine.travel(dt.datetime(2026, 6, 1, tzinfo=dt.UTC)):
        badges = browser.get(object_page(LIST, price_list.pk)).context["badges"]
        assert [state in str(badge) for badge in badges] == [True]
        assert state in told(browser.get(list_page(LIST)))


def test_prices_are_set_and_removed_by_sku(browser: Browser) -> None:
    a_variant("MUG")
    price_list = a_price_list(a_client())
    given = rows(sku=["MUG", "mug"], from_quantity=["", "10"], amount=["5", "4.50"], compare_at=["6.00", ""])
    assert "2 prices set; 0 as before." in told(press(browser, price_list, "set-prices", **given))
    assert prices_of(price_list) == [("MUG", 1, 500, 600), ("MUG", 10, 450, None)]
    page = told(browser.get(object_page(LIST, price_list.pk)))
    assert "MUG A MUG 1 5.00 EUR 6.00 EUR" in page
    assert "MUG A MUG 10 4.50 EUR —" in page
    gone = rows(sku=["MUG"], from_quantity=["10"])
    assert "1 price removed." in told(press(browser, price_list, "remove-prices", **gone))
    assert prices_of(price_list) == [("MUG", 1, 500, 600)]
    assert timeline(price_list.pk) == [
        "price_list.created", "price_list.prices_set", "price_list.prices_removed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"sku": ["CUP"]}, "There is no variant with SKU &#x27;CUP&#x27;."),
        ({"amount": ["1.234"]}, "EUR has 2 digits after the point."),
        ({"compare_at": ["1.00"]}, "What a price is compared with is more than the price."),
        ({"amount": ["-1"]}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_wrong_price_is_told_at_its_row_and_nothing_typed_is_lost(
    browser: Browser, wrong: dict[str, Any], why: str
) -> None:
    a_variant("MUG")
    price_list = a_price_list(a_client())
    typed = {"sku": ["MUG"], "from_quantity": [""], "amount": ["5"], "compare_at": [""], **wrong}
    address = button(LIST, price_list.pk, "set-prices")
    with nothing_changes():
        page = browser.post(address, {**as_opened(browser, address), **rows(**typed)})
    assert page.status_code != 302
    assert why in page.content.decode()
    for values in typed.values():
        assert all(f'value="{value}"' in page.content.decode() for value in values if value)


def test_prices_are_found_by_sku_within_their_list(browser: Browser) -> None:
    for sku in ("MUG", "CUP"):
        a_variant(sku)
    client = a_client()
    wanted, other = (
        a_price_list(client, code, NewPrice("MUG", 500), NewPrice("CUP", 300)) for code in ("WANTED", "OTHER")
    )
    page = told(browser.get(list_page("pricing.pricelistentry", price_list__id__exact=wanted.pk, q="mug")))
    assert "5.00 EUR" in page
    assert "3.00 EUR" not in page
    assert "OTHER" not in page
    entry = other.entries.get(variant__sku="CUP")
    assert "CUP in OTHER: 3.00 EUR" in told(browser.get(object_page("pricing.pricelistentry", entry.pk)))


def test_a_list_is_found_by_its_code_in_any_letter_case(browser: Browser) -> None:
    client = a_client()
    wanted, other = a_price_list(client, "SUMMER"), a_price_list(client, "WINTER")
    for term in ("summer", str(wanted.pk)):
        page = browser.get(list_page(LIST, q=term)).content.decode()
        assert object_page(LIST, wanted.pk) in page, term
        assert object_page(LIST, other.pk) not in page, term


@pytest.mark.django_db(transaction=True)
def test_a_file_of_prices_is_uploaded_read_and_can_be_downloaded_again(
    browser: Browser, settings: Settings, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    a_variant("MUG")
    price_list = a_price_list(a_client())
    content = b"sku,price,from_quantity,compare_at\r\nMUG,5.00,1,6.00\r\nMUG,4.50,10,\r\n"
    page = press(browser, price_list, "import-prices", file=SimpleUploadedFile("prices.csv", content + b"HAT,1,1,\r\n"))
    assert "prices.csv is uploaded, and read from here on." in told(page)
    assert run_jobs() == 1
    job = Job.objects.get()
    assert (job.status, job.added, job.rejected, job.actor.kind) == ("finished", 2, 1, "staff")
    page = told(browser.get(object_page("core.job", job.pk)))
    assert "Import of prices" in page
    assert "Price list SUMMER" in page
    assert prices_of(price_list) == [("MUG", 1, 500, 600), ("MUG", 10, 450, None)]
    download: Any = browser.get(reverse("admin:pricing_pricelist_download", args=[price_list.pk]))
    assert b"".join(download.streaming_content) == content


def test_a_file_of_other_columns_is_refused_in_the_form(browser: Browser) -> None:
    price_list = a_price_list(a_client())
    with nothing_changes():
        page = press(browser, price_list, "import-prices", file=SimpleUploadedFile("p.csv", b"colour\nred\n"))
    assert "The file has no header" in told(page)


def test_who_may_only_look_can_change_nothing_and_download() -> None:
    price_list = a_price_list(a_client())
    browser = browser_of(a_person("support_agent"))
    assert browser.get(object_page(LIST, price_list.pk)).status_code == 200
    download: Any = browser.get(reverse("admin:pricing_pricelist_download", args=[price_list.pk]))
    assert list(csv.reader(io.StringIO(b"".join(download.streaming_content).decode()))) == [
        ["sku", "price", "from_quantity", "compare_at"]
    ]
    with nothing_changes():
        for name in ("set-prices", "remove-prices", "import-prices", "edit"):
            assert browser.post(button(LIST, price_list.pk, name), {"token": a_token()}).status_code == 403
        assert browser.post(list_button(LIST, "add"), {"token": a_token()}).status_code == 403
    stranger = browser_of(a_staff_member())
    assert stranger.get(reverse("admin:pricing_pricelist_download", args=[price_list.pk])).status_code == 403


def test_a_page_takes_as_many_statements_for_forty_prices_as_for_one(browser: Browser) -> None:
    skus = [a_variant(f"SKU-{number}").sku for number in range(40)]
    client = a_client()
    groups = [a_group(client, code).pk for code in "ABC"]
    small = a_price_list(client, "SMALL", NewPrice(skus[0], 1), group_ids=groups[:1])
    large = a_price_list(client, "LARGE", *(NewPrice(sku, 1) for sku in skus), group_ids=groups)

    def statements(price_list: PriceList) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(object_page(LIST, price_list.pk)).status_code == 200
        assert not [query for query in captured if "COUNT(" in query["sql"].upper()]
        return len(captured)

    statements(small)
    assert statements(small) == statements(large) <= 9
