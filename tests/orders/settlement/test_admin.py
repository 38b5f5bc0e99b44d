"""The console's pages of differences and payouts, and the buttons that decide."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from books.models import Posting
from orders.settlement.actions import dismiss_difference
from orders.settlement.models import PaymentDifference
from tests.factories.core import ACTOR
from tests.factories.settlement import a_difference, a_payout
from tests.factories.staff import (
    a_person,
    a_superuser,
    as_opened,
    browser_of,
    button,
    list_page,
    object_page,
    told,
)
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

LABEL = "orders.paymentdifference"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, difference: PaymentDifference, name: str, **typed: str) -> tuple[int, str]:
    address = button(LABEL, difference.pk, name)
    answer = browser.post(address, {**as_opened(browser, address), **typed}, follow=True)
    return answer.status_code, told(answer)


def test_the_list_shows_what_is_open_first_and_the_dashboard_counts_it(browser: Browser) -> None:
    opened = [a_difference(), a_difference()]
    dismissed = a_difference()
    dismiss_difference(dismissed.pk, note="No", actor=ACTOR)
    listed = browser.get(list_page(LABEL)).context["cl"].result_list
    assert [each.pk for each in listed] == [opened[1].pk, opened[0].pk, dismissed.pk]
    chosen = browser.get(list_page(LABEL, resolution__exact="dismissed")).context["cl"].result_list
    assert list(chosen) == [dismissed]
    (tile,) = [each for each in browser.get("/admin/").context["tiles"] if each["label"] == "Differences with gateways"]
    assert tile["count"] == "2"


def test_a_page_tells_both_figures_and_what_would_be_posted(browser: Browser) -> None:
    page = told(browser.get(object_page(LABEL, a_difference().pk)))
    assert "capture succeeded, 27.50 EUR" in page
    assert "capture succeeded, 27.55 EUR" in page
    assert "To post 0.05 EUR" in page


def test_accepting_and_dismissing_need_a_reason_and_say_what_they_did(browser: Browser) -> None:
    accepted, dismissed = a_difference(), a_difference()
    with nothing_changes():
        assert press(browser, accepted, "accept", note="")[0] == 400
    _, page = press(browser, accepted, "accept", note="They sent the receipt")
    assert "Difference accepted, and posted." in page
    assert "They sent the receipt" in page
    assert "posted 0.05 EUR" in page
    _, page = press(browser, dismissed, "dismiss", note="A test card")
    assert "Difference dismissed." in page
    assert Posting.objects.filter(kind="accepted").count() == 1


def test_finance_decides_and_a_manager_only_looks() -> None:
    difference = a_difference()
    address = button(LABEL, difference.pk, "accept")
    assert browser_of(a_person("finance")).get(address).status_code == 200
    manager = browser_of(a_person("manager"))
    assert manager.get(object_page(LABEL, difference.pk)).status_code == 200
    with nothing_changes():
        assert manager.post(address, {"note": "Why"}).status_code == 403


def test_a_payout_shows_its_calls_and_leads_to_its_posting(browser: Browser) -> None:
    payout = a_payout()
    page = browser.get(object_page("orders.payout", payout.pk))
    assert "Capture 27.50 EUR 0.30 EUR" in told(page)
    assert list_page("books.posting", subject_id__exact=payout.pk) in page.content.decode()
    assert "27.20 EUR" in told(browser.get(list_page("orders.payout")))
    lines = browser.get(list_page("orders.payoutline", payout__exact=payout.pk)).context["cl"].result_list
    assert len(lines) == 1
