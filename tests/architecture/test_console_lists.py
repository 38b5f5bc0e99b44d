"""Whatever an address of a list says, the list answers: never an error of the server."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from tests.factories.console import MODELS, one_more_of_everything
from tests.factories.staff import a_superuser, browser_of, list_page, told, told_of

pytestmark = pytest.mark.django_db

UGLY = (
    "\x00", "a\x00b", "", " ", "'", '"', "\\", "%", "%00", "☃", "\u202e", "a" * 5000, "0", "-1", "1e400", "NaN",
    "9" * 40, "true", "None", "00000000-0000-0000-0000-000000000000",
    "2020-13-45", "9999-12-31", "0001-01-01", "[]", "{}",
    f"{'a' * 64}@{'b' * 200}.example.com", "((((", "1,2,3", "١٢٣", "\r\n",
)  # fmt: skip


def parameters(label: str) -> set[str]:
    """What an address of the list may name: its filters with their lookups, what other pages link to, and its own."""
    page: Any = admin.site.get_model_admin(apps.get_model(label))
    names = {"q", "p", "o", "all", "unknown", *page.linked_lookups}
    for item in page.list_filter:
        name = getattr(item, "parameter_name", None) or (item[0] if isinstance(item, tuple) else item)
        names |= {name, f"{name}__exact", f"{name}__id__exact", f"{name}__in", f"{name}__isnull"}
        names |= {f"{name}_from", f"{name}_to"}
    return names


def at_most(values: Sequence[str], *, of: str, number: int = 6) -> Sequence[str]:
    """So many of the values, others for each parameter and the same each time: every list still gets each of them."""
    first = zlib.crc32(of.encode()) % len(values)
    return [*values[first:], *values[:first]][:number]


def refusals_of(values: Sequence[str]) -> Counter[int]:
    """Every list with every parameter and some of the values: how often it answered with which status."""
    browser = browser_of(a_superuser(), raise_request_exception=False)
    one_more_of_everything()
    answers: Counter[int] = Counter()
    for label in MODELS:
        for name in parameters(label):
            for value in at_most(values, of=f"{label} {name}"):
                status = browser.get(list_page(label, **{name: value})).status_code
                answers[status] += 1
                assert status in {200, 302, 400}, (label, name, value, status)
    return answers


@pytest.mark.slow
def test_no_list_fails_of_a_character_that_no_text_has() -> None:
    assert set(refusals_of(["a\x00b"])) == {302}


@pytest.mark.slow
def test_no_list_fails_whatever_its_address_says() -> None:
    assert refusals_of(UGLY).total() > 3_000


def test_every_column_has_a_name_and_the_link_to_a_row_s_page_holds_no_other_link() -> None:
    """A browser closes the outer link where an inner one begins: it would be there without a word in it."""
    browser = browser_of(a_superuser())
    one_more_of_everything()
    cells = {
        label: re.findall(r"<th[^>]*>(.*?)</th>", browser.get(list_page(label)).text, re.DOTALL) for label in MODELS
    }
    assert {label for label, found in cells.items() if any(cell.count("<a ") > 1 for cell in found)} == set()
    nameless = {label for label, found in cells.items() if not all(told_of(cell) or "<input" in cell for cell in found)}
    assert nameless == set()


@pytest.mark.parametrize("name", ["q", "status__exact", "entered_from", "client__id__exact", "on_hold"])
def test_a_character_that_no_text_has_is_named(name: str) -> None:
    page = browser_of(a_superuser()).get(list_page("orders.order", **{name: "a\x00b"}), follow=True)
    assert page.status_code == 200
    assert "a character that no text has" in told(page)


@pytest.mark.parametrize("numbers", ["9" * 40, f"1,{2**63}", "-99999999999999999999"])
def test_numbers_that_no_column_holds_are_passed_by(numbers: str) -> None:
    browser = browser_of(a_superuser())
    assert browser.get(list_page("pricing.offercode", used__in=numbers)).status_code == 302
    assert browser.get(list_page("pricing.offercode", used__in="1,2")).status_code == 200
