"""People, roles and keys in the console: what is offered, and what a forged request gets."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from core import roles
from core.actors import Actor
from core.limits import limit_of
from core.models import ApiKey, Client, Role, User
from orders.authorities import REFUND
from tests.factories.core import a_client, timeline
from tests.factories.staff import (
    a_person,
    a_superuser,
    a_token,
    as_opened,
    browser_of,
    button,
    list_button,
    list_page,
    nobody_changes,
    object_page,
    standard_role,
    told,
)

pytestmark = pytest.mark.django_db

PASSWORD = "gr4ndpiano!"


def press(browser: Browser, model: str, obj: Any, name: str, /, **data: Any) -> Any:
    address = button(model, obj.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def clerk(*permissions: str, role: str = "support_agent") -> User:
    """Somebody with a role, and with authorities of core's beside it."""
    user = a_person(role)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="core", codename__in=permissions))
    return user


def test_an_administrator_adds_a_person_who_then_signs_in() -> None:
    browser = browser_of(a_person("administrator"))
    form = {"username": "carol", "display_name": "Carol Lee", "email": "", "password": PASSWORD, "repeated": PASSWORD}
    sent = {**form, "roles": [str(standard_role("warehouse").pk)], "token": a_token()}
    page = browser.post(list_button("core.user", "add"), sent, follow=True)
    assert "carol is one of us now." in told(page)
    carol = User.objects.get(username="carol")
    assert timeline(carol.pk) == ["person.created"]
    hers = Browser()
    assert hers.post("/admin/login/", {"username": "Carol", "password": PASSWORD}).status_code == 302
    assert hers.get(list_page("shipping.shipment")).status_code == 200
    assert hers.get(list_page("core.user")).status_code == 403


def test_each_button_of_a_person_does_what_it_says() -> None:
    browser, carol = browser_of(a_superuser()), a_person()
    steps: list[tuple[str, dict[str, Any]]] = [
        ("edit", {"username": "carol", "display_name": "Carol", "email": "c@example.com"}),
        ("roles", {"roles": [str(standard_role("finance").pk)]}),
        ("password", {"password": PASSWORD, "repeated": PASSWORD}),
        ("make-superuser", {}),
        ("end-superuser", {}),
        ("deactivate", {}),
        ("activate", {}),
    ]
    for name, data in steps:
        page = press(browser, "core.user", User.objects.get(pk=carol.pk), name, **data)
        assert page.status_code == 200, (name, told(page))
    assert len(timeline(carol.pk)) == len(steps)
    assert "Roles changed: 1 given, 0 taken away" in told(browser.get(object_page("core.user", carol.pk)))


def test_two_passwords_that_differ_are_refused() -> None:
    browser, carol = browser_of(a_superuser()), a_person()
    with nobody_changes():
        page = press(browser, "core.user", carol, "password", password=PASSWORD, repeated="other")
    assert "The two are not the same." in told(page)


# Forged


@pytest.mark.parametrize("name", ["edit", "roles", "password", "deactivate", "make-superuser"])
def test_who_may_only_look_presses_nothing(name: str) -> None:
    browser, carol = browser_of(clerk("view_user")), a_person()
    page = browser.get(object_page("core.user", carol.pk))
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    with nobody_changes():
        assert press(browser, "core.user", carol, name, username="x", password=PASSWORD).status_code == 403


def test_who_may_edit_people_makes_nobody_a_superuser_and_themselves_least_of_all() -> None:
    me = clerk("view_user", "edit_user", "create_user", "assign_user", "activate_user", "set_password_user")
    browser, other = browser_of(me), a_person("support_agent")
    forged = {
        "is_superuser": "on",
        "is_staff": "on",
        "superuser": "1",
        "username": "new",
        "display_name": "",
        "email": "",
    }
    for user in (me, other):
        with nobody_changes():
            assert press(browser, "core.user", user, "make-superuser").status_code == 403
        press(browser, "core.user", user, "edit", **{**forged, "username": f"new{user.pk}"})
        for address in ("/change/", "/password/", "/", "/delete/"):
            with nobody_changes():
                browser.post(f"/admin/core/user/{user.pk}{address}", {**forged, "password1": PASSWORD})
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_role_that_goes_further_is_neither_offered_nor_given() -> None:
    browser = browser_of(clerk("view_user", "assign_user", "create_user"))
    other = a_person()
    page = browser.get(button("core.user", other.pk, "roles")).content.decode()
    admin, support = standard_role("administrator"), standard_role("support_agent")
    assert str(support.pk) in page
    assert str(admin.pk) not in page
    forged = {"username": "eve", "display_name": "", "email": "", "password": "", "repeated": ""}
    with nobody_changes():
        press(browser, "core.user", other, "roles", roles=[str(admin.pk)])
        browser.post(list_button("core.user", "add"), {**forged, "roles": [str(admin.pk)], "token": a_token()})


@pytest.mark.parametrize("name", ["roles", "password", "deactivate", "edit"])
def test_somebody_who_may_do_more_is_left_alone(name: str) -> None:
    browser = browser_of(a_person("administrator"))
    root = a_superuser()
    data = {"username": "root2", "display_name": "", "email": "x@example.com", "roles": []}
    with nobody_changes():
        page = press(browser, "core.user", root, name, **data, password=PASSWORD, repeated=PASSWORD)
    assert "This person may do more than you may." in told(page)


def test_the_pages_of_groups_and_django_s_users_are_gone() -> None:
    browser = browser_of(a_superuser())
    for address in ("/admin/auth/user/", "/admin/auth/group/", "/admin/auth/group/add/", "/admin/auth/user/add/"):
        assert browser.get(address).status_code == 404
    with nobody_changes():
        assert browser.post("/admin/core/role/add/", {"name": "All"}).status_code == 403
        assert browser.post("/admin/core/user/add/", {"username": "eve"}).status_code == 403


# Roles


def test_a_role_of_the_shop_s_own_is_made_limited_and_given() -> None:
    browser = browser_of(a_person("administrator"))
    form = {"name": "Night shift", "description": "", "authority_names": ["orders.view", "payments.refund"]}
    browser.post(list_button("core.role", "add"), {**form, "token": a_token()})
    role = Role.objects.get(group__name="Night shift")
    press(browser, "core.role", role, "limit", authority_name="payments.refund", currency="EUR", amount="700")
    person = a_person()
    press(browser, "core.user", person, "roles", roles=[str(role.pk)])
    assert limit_of(person, REFUND, "EUR") == 700
    page = told(browser.get(object_page("core.role", role.pk)))
    assert "7.00 EUR" in page
    assert "Refund payments: limit of 700 minor units in EUR" in page


def test_a_standard_role_shows_why_it_isn_t_edited() -> None:
    browser, role = browser_of(a_superuser()), standard_role("auditor")
    assert "A standard role; what it may do comes with the product." in told(
        browser.get(object_page("core.role", role.pk))
    )
    with nobody_changes():
        press(browser, "core.role", role, "edit", name="Auditor", authority_names=["orders.cancel"])


def test_a_forged_role_and_a_forged_limit_go_no_further_than_who_sends_them() -> None:
    browser = browser_of(clerk("view_role", "create_role", "edit_role", "limit_role"))
    own = roles.create_role(name="Own", authority_names=["orders.view"], actor=Actor.system("test"))
    support = standard_role("support_agent")
    with nobody_changes():
        forged = {"name": "All", "description": "", "authority_names": ["people.assign"], "token": a_token()}
        browser.post(list_button("core.role", "add"), forged)
        press(browser, "core.role", own, "edit", name="Own", authority_names=["people.assign"])
        page = press(browser, "core.role", support, "limit", authority_name="payments.refund", amount="999999")
    assert "This limit goes further than your own." in told(page)


# Keys


def test_a_key_offers_what_its_issuer_may_do_and_a_forged_scope_is_refused() -> None:
    browser, shop = browser_of(clerk("view_client", "issue_apikey", role="auditor")), a_client()
    page = told(browser.get(button("core.client", shop.pk, "issue-key")))
    assert "orders:read: See orders" in page
    assert "orders:write" not in page
    with nobody_changes():
        browser.post(button("core.client", shop.pk, "issue-key"), {"scopes": ["orders:write"], "token": a_token()})
    browser.post(button("core.client", shop.pk, "issue-key"), {"scopes": ["orders:read"], "token": a_token()})
    assert ApiKey.objects.get().scopes == ["orders:read"]


def test_a_test_client_and_its_key_say_so() -> None:
    browser = browser_of(a_superuser())
    form = {"name": "Try-out", "kind": "storefront", "mode": "test", "token": a_token()}
    browser.post(list_button("core.client", "add"), form)
    shop = Client.objects.get(mode="test")
    page = browser.post(button("core.client", shop.pk, "issue-key"), {"scopes": ["orders:read"], "token": a_token()})
    assert "qm_test_" in told(page)
    key = ApiKey.objects.get()
    assert "Test" in told(browser.get(object_page("core.apikey", key.pk)))
    for term in (key.prefix, key.public_part, f"{key.public_part}.and-its-secret"):
        assert str(key) in told(browser.get(list_page("core.apikey", q=term)))


# Figures


def test_a_person_s_page_takes_as_many_statements_for_six_roles_as_for_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = browser_of(a_superuser())
    many = a_person("support_agent", "warehouse", "finance", "manager", "administrator", "auditor")
    with django_assert_max_num_queries(7):
        assert browser.get(object_page("core.user", many.pk)).status_code == 200
