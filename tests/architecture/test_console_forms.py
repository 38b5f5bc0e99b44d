"""What holds for every form of the console: nothing typed is lost, and what is saved unchanged stays as it is."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db.models import F
from django.test import Client as Browser
from django.test import RequestFactory

from core.console import Button, ConsoleAdmin
from core.console.forms import ROWS, ActionForm, shown
from core.models import User, Versioned
from customers.actions import create_customer
from inventory.actions import NewVariant, VariantChanges, create_location, create_product, update_variant
from orders.actions import update_order
from tests.factories.console import one_more_of_everything
from tests.factories.core import a_client
from tests.factories.orders import ACTOR, a_draft
from tests.factories.staff import a_role, a_superuser, a_token, as_opened, browser_of, button, list_button, told
from tests.factories.storefronts import EVERY_SETTING, a_storefront
from tests.factories.trading import a_book_order
from tests.factories.watching import everything, nothing_changes
from tests.flows.planting import filled_form

pytestmark = pytest.mark.django_db

PASSWORD = "gr4ndpiano!"
ROWS_TRIED = 6
"""Rows of a model: its buttons differ with their statuses."""


@dataclass(frozen=True)
class Place:
    """A button with a form, on one row or on a list."""

    label: str
    obj: Any
    button: Button
    form: ActionForm

    @property
    def address(self) -> str:
        if self.obj is None:
            return list_button(self.label, self.button.name)
        return button(self.label, self.obj.pk, self.button.name)

    @property
    def name(self) -> str:
        return f"{self.label}.{self.button.name}"


def places(user: User) -> Iterator[Place]:
    """Every button of the registry that has a form, once, on a row of its own."""
    seen: set[str] = set()
    for model, page in admin.site._registry.items():
        if not isinstance(page, ConsoleAdmin):
            continue
        on_list = ((None, each) for each in page.list_buttons)
        for obj, each in itertools.chain(on_list, _buttons_of_rows(page, user)):
            label = model._meta.label_lower
            if each.form is not None and f"{label}.{each.name}" not in seen:
                seen.add(f"{label}.{each.name}")
                form = each.form(subject=obj, person=user, stored=each.initial(obj) if obj else {})
                yield Place(label, obj, each, form)


def typed(place: Place) -> dict[str, Any]:
    """Words in every text of the form; what a browser doesn't show again, passwords and files, left out."""
    fields = place.form.fields
    hidden = [
        n for n, f in fields.items() if isinstance(f, forms.FileField) or isinstance(f.widget, forms.PasswordInput)
    ]
    return {name: value for name, value in filled_form(place.form, {}).items() if name not in hidden}


def lost(page: str, sent: dict[str, Any]) -> list[str]:
    """The words that the page doesn't show in a field."""
    values = [html.unescape(value) for value in re.findall(r'value="([^"]*)"', page)]
    values += [html.unescape(value).strip() for value in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)]
    return [value for value in sent.values() if isinstance(value, str) and "word" in value and value not in values]


def all_places(user: User) -> list[Place]:
    one_more_of_everything()
    found = list(places(user))
    assert len(found) > 30
    return found


@pytest.mark.slow
def test_whatever_was_typed_comes_back_with_a_token_that_is_none() -> None:
    user = a_superuser()
    browser = browser_of(user)
    for place in all_places(user):
        sent = typed(place)
        with nothing_changes():
            page = browser.post(place.address, {**sent, "token": "none"})
        assert (page.status_code, lost(page.content.decode(), sent)) == (400, []), place.name


@pytest.mark.slow
def test_whatever_was_typed_comes_back_with_an_outdated_csrf_token() -> None:
    user = a_superuser()
    browser = browser_of(user, enforce_csrf_checks=True)
    for place in all_places(user):
        sent = typed(place)
        with nothing_changes():
            page = browser.post(place.address, {**sent, "token": a_token(), "csrfmiddlewaretoken": "x" * 64})
        assert (page.status_code, lost(page.content.decode(), sent)) == (403, []), place.name
        assert "you have signed in anew" in told(page)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 5001, marks=pytest.mark.slow),
        pytest.param(f"{'a' * 64}@{'.'.join(['b' * 60] * 4)}.com", marks=pytest.mark.slow),
        "nul\x00",
        pytest.param("9" * 400, marks=pytest.mark.slow),
    ],
)
def test_no_form_fails_of_text_that_its_columns_cannot_have(text: str) -> None:
    user = a_superuser()
    browser = browser_of(user)
    for place in all_places(user):
        texts = dict.fromkeys(place.form.fields, text)
        rows = {name: value for name, value in typed(place).items() if name.startswith(ROWS)}
        opened = as_opened(browser, place.address)
        status = browser.post(place.address, {**rows, **texts, **opened}).status_code
        assert status in {302, 400}, place.name


@pytest.mark.parametrize("seen", ["", "[]", "1", "x", "[" * 100_000, '{"a": [1]}', '{"email": ["\\u0000"]}'])
def test_what_a_form_says_it_showed_may_be_anything(seen: str) -> None:
    browser, order = browser_of(a_superuser()), a_draft()
    with nothing_changes():
        page = browser.post(
            button("orders.order", order.pk, "edit-contact"), {"seen": seen, "version": "0", "token": a_token()}
        )
    assert page.status_code == 409


def test_what_another_site_sends_is_not_shown() -> None:
    browser = browser_of(a_superuser(), enforce_csrf_checks=True)
    order = a_draft()
    with nothing_changes():
        page: Any = browser.post(
            button("orders.order", order.pk, "add-note"),
            {"body": "planted"},
            headers={"origin": "https://evil.example"},
        )
    assert page.status_code == 403
    assert "planted" not in page.content.decode()


def test_whatever_was_typed_comes_back_when_the_session_has_expired_and_one_signs_in(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = a_superuser()
    user.set_password(PASSWORD)
    user.save()
    for place in all_places(user):
        browser, sent = Browser(), typed(place)
        with nothing_changes():
            asked: Any = browser.post(place.address, {**sent, "token": a_token()})
        assert asked.status_code == 403, place.name
        carried = {
            name: html.unescape(value)
            for name, value in re.findall(
                r'<input type="hidden" form="login-form" name="(typed|next)" value="([^"]*)">', asked.content.decode()
            )
        }
        before = len(everything()["core_event"])
        page = browser.post("/admin/login/", {**carried, "username": user.username, "password": PASSWORD})
        assert (page.status_code, lost(page.content.decode(), sent)) == (200, []), place.name
        assert f'action="{place.address}"' in page.content.decode()
        assert len(everything()["core_event"]) == before


def test_what_was_typed_outlives_a_password_that_was_mistyped() -> None:
    sent = {"typed": "body=Call+first", "next": "/admin/", "username": "nobody", "password": "no"}
    page = Browser().post("/admin/login/", sent).content.decode()
    assert '<input type="hidden" form="login-form" name="typed" value="body=Call+first">' in page
    assert '<input type="hidden" form="login-form" name="next" value="/admin/">' in page


def test_a_sign_in_that_names_another_place_than_a_form_leads_there_and_shows_nothing_typed(settings: Any) -> None:
    user = a_superuser()
    user.set_password(PASSWORD)
    user.save()
    for place in ("/admin/", "https://evil.example/", "/nowhere/"):
        sent = {"typed": "body=planted", "next": place, "username": user.username, "password": PASSWORD}
        answer: Any = Browser().post("/admin/login/", sent)
        assert answer.status_code == 302
        assert "evil" not in answer.url


def test_whatever_was_typed_comes_back_when_the_object_was_changed_meanwhile() -> None:
    user = a_superuser()
    browser = browser_of(user)
    tried = set()
    for place in all_places(user):
        if not isinstance(place.obj, Versioned) or place.button.any_version:
            continue
        opened, sent = as_opened(browser, place.address), typed(place)
        type(place.obj)._base_manager.filter(pk=place.obj.pk).update(version=F("version") + 1)
        with nothing_changes():
            page = browser.post(place.address, {**opened, **sent})
        assert (page.status_code, lost(page.content.decode(), sent)) == (409, []), place.name
        assert f'name="version" value="{int(opened["version"]) + 1}"' in page.content.decode()
        tried.add(place.name)
    assert {"orders.order.cancel", "customers.customer.edit", "core.role.limit", "shipping.shipment.edit"} <= tried


# What is saved unchanged


UGLY = '  O\'Brien, "Zoë" <b>007</b>; 1.000,50 '


def unchanged(form: ActionForm) -> dict[str, Any]:
    """What a browser sends of the form when nobody touches it: line breaks are as browsers send them."""
    data: dict[str, Any] = {name: [_crlf(text) for text in shown(form[name])] for name in form.fields}
    if form.rows is not None:
        data |= {
            f"{ROWS}-TOTAL_FORMS": form.rows.total_form_count(),
            f"{ROWS}-INITIAL_FORMS": len(form.rows.initial_forms),
        }
        data |= {row[name].html_name: shown(row[name]) for row in form.rows.forms for name in row.fields}
    return data


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def plant_ugly_rows() -> None:
    """Rows with values that the API takes and a form could alter."""
    client = a_client()
    address = {"name": UGLY, "line1": "Flat 3, 12 High St", "city": "Leeds", "country": "GB", "postal_code": "0042"}
    order = a_draft(client, {"UGLY": 1}, shipping_address=address, billing_address={"country": "GB"})
    update_order(
        order.pk, actor=ACTOR, tags=["a, b", "c", '"d"', "0042"], metadata={"a": '{"b": 1}'}, shipping_method=UGLY,
    )  # fmt: skip
    create_customer(client_id=client.pk, email=None, name=UGLY, phone=" +44 (0) 113 ", external_ref="0042", actor=ACTOR)
    product = create_product(
        name=UGLY, description="Line one\nline two\n\n  indented", variants=[NewVariant("0042", UGLY, {})], actor=ACTOR
    )
    variant = product.variants.get()
    prices = {"EUR": 10**15, "KWD": 1, "JPY": 7, "GBP": 0}
    update_variant(variant.pk, VariantChanges(name=UGLY, prices=prices), actor=ACTOR)
    create_location(code="0042", name=UGLY, country="", priority=0, actor=ACTOR)
    a_book_order(client, symbol="UGLY")
    a_role("orders.cancel", "orders.hold", description=UGLY)
    a_storefront(**{**EVERY_SETTING, "mail_name": UGLY, "terms": f"{UGLY}\n\n  indented", "region": UGLY})


def test_saving_any_form_unchanged_changes_nothing_and_records_no_event() -> None:
    user = a_superuser()
    browser = browser_of(user)
    one_more_of_everything()
    plant_ugly_rows()
    tried = set()
    for place in edits(user):
        opened = as_opened(browser, place.address)
        before = _but_forms(everything())
        answer: Any = browser.post(place.address, {**unchanged(place.form), **opened})
        assert answer.status_code == 302, (place.name, told(answer)[-900:])
        assert _but_forms(everything()) == before, place.name
        tried.add(place.name)
    assert {
        "orders.order.edit-tags", "orders.order.edit-contact", "orders.order.edit-billing-address",
        "customers.customer.edit", "inventory.product.edit", "inventory.variant.edit", "inventory.variant.set-prices",
        "inventory.location.edit", "shipping.shipment.edit", "trading.instrument.edit", "trading.bookorder.change",
        "core.user.edit", "core.user.roles", "core.role.edit", "storefronts.storefront.edit-markets",
        "storefronts.storefront.edit-taxes", "storefronts.storefront.edit-orders", "storefronts.storefront.edit-mails",
        "storefronts.storefront.edit-terms", "storefronts.storefront.edit-documents",
        "storefronts.storefront.edit-sourcing",
    } <= tried  # fmt: skip


def edits(user: User) -> Iterator[Place]:
    """Every form that begins with what is stored and can be sent now, but dispatching, which does more than that.

    Nobody changes their own roles; nor can a row be saved that has less than its form asks for.
    """
    for model, page in admin.site._registry.items():
        if isinstance(page, ConsoleAdmin):
            for obj, each in _buttons_of_rows(page, user):
                stored = each.initial(obj) and each.name != "dispatch" and obj != user
                if each.form is not None and stored and each.blocked(obj) is None:
                    form = each.form(subject=obj, person=user, stored=each.initial(obj))
                    if all(shown(form[name]) for name, field in form.fields.items() if field.required):
                        yield Place(model._meta.label_lower, obj, each, form)


def _buttons_of_rows(page: ConsoleAdmin, user: User) -> Iterator[tuple[Any, Button]]:
    request = RequestFactory().get("/admin/")
    request.user = user
    for obj in page.page_queryset(request).order_by("-pk")[:ROWS_TRIED]:
        for each in page.get_buttons(request, obj):
            yield obj, each


def _but_forms(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without what notes that a form was sent."""
    return {table: each for table, each in rows.items() if table not in {"core_idempotencyrecord", "django_session"}}
