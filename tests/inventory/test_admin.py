from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from inventory.admin import StockLevelAdmin
from inventory.models import Location, Product, StockLevel, Variant
from tests.factories.inventory import a_location, a_variant, stock, stocked
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
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, obj: Any, name: str, /, **data: Any) -> Any:
    address = button(obj._meta.label_lower, obj.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def test_a_product_is_added_with_its_variants_and_prices(browser: Browser) -> None:
    form = {
        "name": "Mug", "description": "For tea", "token": a_token(),
        **rows(sku=["MUG-S", "MUG-L"], name=["Small", "Large"], currency=["GBP", "JPY"], amount=["4.50", "900"]),
    }  # fmt: skip
    browser.post(list_button("inventory.product", "add"), form)
    assert Product.objects.get().name == "Mug"
    prices = Variant.objects.values_list("sku", "prices__currency", "prices__amount").order_by("sku")
    assert list(prices) == [("MUG-L", "JPY", 900), ("MUG-S", "GBP", 450)]


def test_a_price_finer_than_its_currency_is_refused(browser: Browser) -> None:
    form = {
        "name": "Mug", "token": a_token(), **rows(sku=["MUG"], name=["Mug"], currency=["JPY"], amount=["4.5"]),
    }  # fmt: skip
    response = browser.post(list_button("inventory.product", "add"), form)
    assert "JPY has 0 digits after the point." in told(response)
    assert not Product.objects.exists()


def test_a_variant_s_prices_are_replaced_and_it_is_edited(browser: Browser) -> None:
    variant = a_variant("MUG", {"GBP": 100})
    waits = {"stock_policy": "preorder", "available_from": "2030-05-01", "restock_days": "1"}
    press(browser, variant, "edit", name="Tall mug", **waits)
    press(browser, variant, "set-prices", **rows(currency=["EUR"], amount=["2.50"]))
    variant.refresh_from_db()
    assert list(variant.prices.values_list("currency", "amount")) == [("EUR", 250)]
    assert (variant.name, variant.active) == ("Tall mug", False)
    assert (variant.stock_policy, variant.available_from) == ("preorder", dt.date(2030, 5, 1))
    assert variant.restock_days == 1
    assert "1 day" in told(browser.get(object_page("inventory.variant", variant.pk)))


def test_days_of_restocking_beyond_what_is_promised_so_are_refused(browser: Browser) -> None:
    variant = a_variant("MUG")
    press(browser, variant, "edit", name="Mug", stock_policy="backorder", restock_days="1000")
    variant.refresh_from_db()
    assert (variant.stock_policy, variant.restock_days) == ("refuse", None)


def test_a_variant_s_tax_class_and_weight_are_set_in_its_forms(browser: Browser) -> None:
    mug = a_variant("MUG")
    press(browser, mug, "edit", name="Mug", stock_policy="refuse", tax_class_code="reduced", weight_grams="1200")
    mug.refresh_from_db()
    assert (mug.tax_class_code, mug.weight_grams) == ("reduced", 1200)
    page = told(browser.get(object_page("inventory.variant", mug.pk)))
    assert "Tax class Reduced rate" in page
    assert "Weight 1,200 g" in page
    press(browser, mug, "edit", name="Mug", stock_policy="refuse", tax_class_code="", weight_grams="")
    mug.refresh_from_db()
    assert (mug.tax_class_code, mug.weight_grams) == (None, 0)
    press(browser, mug.product, "add-variant", sku="CUP", name="Cup", tax_class_code="zero", weight_grams="5")
    cup = Variant.objects.get(sku="CUP")
    assert (cup.tax_class_code, cup.weight_grams) == ("zero", 5)


def test_a_location_is_added_and_edited(browser: Browser) -> None:
    form = {"code": "LDS", "name": "Leeds", "country": "GB", "priority": "5", "active": "on", "token": a_token()}
    floor = {"postal_code": "LS1 4AP", "shop_floor_units": "2"}
    browser.post(list_button("inventory.location", "add"), form)
    press(browser, Location.objects.get(), "edit", name="Leeds 2", country="GB", priority="7", active="on", **floor)
    assert Location.objects.values_list("code", "name", "priority").get() == ("LDS", "Leeds 2", 7)
    assert Location.objects.values_list("postal_code", "shop_floor_units").get() == ("LS1 4AP", 2)
    page = told(browser.get(object_page("inventory.location", Location.objects.get().pk)))
    assert "Postcode LS1 4AP" in page
    assert "Kept for the shop floor 2 of each variant" in page


def test_stock_is_received_once_however_often_the_form_is_sent(browser: Browser) -> None:
    location = a_location()
    a_variant("A")
    a_variant("B")
    form = {"location": str(location.pk), "note": "DN-1", "token": a_token(), **rows(sku=["A", "B"], quantity=[5, 7])}
    for _ in range(2):
        browser.post(list_button("inventory.stocklevel", "receive"), form)
    assert stock() == {("A", "MAIN"): (5, 0), ("B", "MAIN"): (7, 0)}


def test_receiving_an_unknown_sku_names_its_row_and_receives_nothing(browser: Browser) -> None:
    location = a_location()
    a_variant("A")
    before = everything()
    form = {"location": str(location.pk), "token": a_token(), **rows(sku=["A", "NO"], quantity=[5, 7])}
    response = browser.post(list_button("inventory.stocklevel", "receive"), form)
    assert "There is no such SKU." in told(response)
    assert everything() == before


def test_a_level_is_adjusted_transferred_and_scrapped(browser: Browser) -> None:
    main, spare = a_location(), a_location("SPARE")
    variant = stocked("A", main, 10)
    level = StockLevel.objects.get()
    press(browser, level, "adjust", to="8", note="Counted")
    press(browser, level, "transfer", to=str(spare.pk), quantity="3")
    press(browser, level, "scrap", quantity="1", note="Broken")
    press(browser, variant, "receive", location=str(spare.pk), quantity="2")
    assert stock() == {("A", "MAIN"): (4, 0), ("A", "SPARE"): (5, 0)}
    page = told(browser.get(object_page("inventory.variant", variant.pk)))
    assert "Adjusted -2 at MAIN (Counted): 8 on hand, 0 reserved" in page


def test_a_count_made_before_a_colleague_s_receipt_is_asked_about_and_erases_nothing(browser: Browser) -> None:
    main = a_location()
    variant = stocked("A", main, 10)
    address = button("inventory.stocklevel", StockLevel.objects.get().pk, "adjust")
    form = {**as_opened(browser, address), "to": "9", "note": "Counted twice"}
    assert 'name="to" value' not in browser.get(address).content.decode()
    press(browser, variant, "receive", location=str(main.pk), quantity="50")
    with nothing_changes():
        page = browser.post(address, form)
    assert page.status_code == 409
    assert "On hand 10 60" in told(page)
    assert 'value="Counted twice"' in page.content.decode()
    assert stock() == {("A", "MAIN"): (60, 0)}
    press(browser, StockLevel.objects.get(), "adjust", to="59", note="Counted twice")
    assert stock() == {("A", "MAIN"): (59, 0)}


def test_a_count_that_a_receipt_overtakes_under_the_lock_is_asked_about(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked("A", a_location(), 10)
    level = StockLevel.objects.get()
    address = button("inventory.stocklevel", level.pk, "adjust")
    form = {**as_opened(browser, address), "to": "9", "note": "Counted"}
    monkeypatch.setattr(StockLevelAdmin, "_is_stale", lambda *_: False)
    monkeypatch.setattr(StockLevelAdmin, "_find", lambda *_: StockLevel(pk=level.pk, on_hand=7, **place_of(level)))
    with nothing_changes():
        assert browser.post(address, form).status_code == 409


def place_of(level: StockLevel) -> dict[str, Any]:
    return {"variant": level.variant, "location": level.location}


def test_an_edit_of_a_variant_isn_t_concerned_by_stock_that_came_meanwhile(browser: Browser) -> None:
    main = a_location()
    variant = stocked("A", main, 10)
    address = button("inventory.variant", variant.pk, "edit")
    form = {**as_opened(browser, address), "name": "New", "active": "on", "stock_policy": "refuse"}
    press(browser, variant, "receive", location=str(main.pk), quantity="5")
    assert "The variant is up to date." in told(browser.post(address, form, follow=True))


def test_scrapping_more_than_there_is_is_refused_in_the_form(browser: Browser) -> None:
    stocked("A", a_location(), 3)
    before = everything()
    response = press(browser, StockLevel.objects.get(), "scrap", quantity="4", note="Broken")
    assert response.status_code == 400
    assert everything() == before


def test_levels_come_with_the_lowest_first_and_are_found_by_sku_and_name(browser: Browser) -> None:
    main = a_location()
    stocked("PLENTY", main, 90)
    stocked("SCARCE", main, 1)
    page = browser.get(list_page("inventory.stocklevel")).content.decode()
    assert page.index("SCARCE") < page.index("PLENTY")
    found = browser.get(list_page("inventory.stocklevel", q="scar")).content.decode()
    assert "SCARCE" in found
    assert ">PLENTY<" not in found


def test_variants_products_and_movements_are_found(browser: Browser) -> None:
    variant = stocked("MUG-1", a_location(), 3)
    assert (
        object_page("inventory.variant", variant.pk)
        in browser.get(list_page("inventory.variant", q="mug")).content.decode()
    )
    assert (
        object_page("inventory.product", variant.product_id)
        in browser.get(list_page("inventory.product", q="product mug")).content.decode()
    )
    moves = told(browser.get(list_page("inventory.stockmovement", variant__id__exact=variant.pk)))
    assert "Receive MUG-1 MAIN +3" in moves


def test_who_may_only_look_at_stock_cannot_adjust_it() -> None:
    stocked("A", a_location(), 3)
    browser = browser_of(a_staff_member("inventory.view_stocklevel"))
    before = everything()
    assert press(browser, StockLevel.objects.get(), "adjust", to="9", note="x").status_code == 403
    assert everything() == before


def test_the_form_for_prices_begins_with_those_that_are_set(browser: Browser) -> None:
    variant = a_variant("MUG", {"GBP": 450, "JPY": 900})
    page = browser.get(button("inventory.variant", variant.pk, "set-prices")).content.decode()
    assert 'value="4.50"' in page
    assert 'value="900"' in page
    press(browser, variant, "set-prices", **{**rows(currency=["GBP", ""], amount=["5", ""]), "rows-INITIAL_FORMS": 2})
    assert list(variant.prices.values_list("currency", "amount")) == [("GBP", 500)]
