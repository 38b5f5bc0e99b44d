"""Roles: what the standard ones may do, those of the shop's own, and limits that nobody raises above their own."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from core import roles
from core.actors import Actor
from core.authority import StandardRole, authorities
from core.errors import InvalidInput
from core.limits import ANY, limit_of, reach_of
from core.models import Role, RoleLimit
from core.standard_roles import make_standard_roles
from orders.authorities import REFUND
from tests.factories.core import timeline
from tests.factories.staff import a_person, a_role, a_superuser, refused_to, standard_role

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


# Standard


@pytest.mark.parametrize("standard", list(StandardRole))
def test_a_standard_role_may_do_what_the_catalogue_says(standard: StandardRole) -> None:
    declared = [each for each in authorities() if standard in each.roles and each.models]
    assert roles.authorities_of(standard_role(standard)) == declared
    assert declared


def test_what_was_changed_of_a_standard_role_comes_back_with_the_next_migration() -> None:
    auditor = standard_role("auditor")
    had = set(auditor.group.permissions.all())
    auditor.group.permissions.add(Permission.objects.get(codename="refund_payment"))
    auditor.group.permissions.remove(Permission.objects.get(codename="view_order"))
    RoleLimit.objects.filter(role__key="finance").update(amount=7)
    call_command("migrate", verbosity=0, stdout=StringIO())
    assert set(auditor.group.permissions.all()) == had
    assert set(RoleLimit.objects.filter(role__key="finance").values_list("amount", flat=True)) == {7}


def test_made_from_nothing_they_are_the_same_and_made_again_nothing_is_added() -> None:
    before = (Permission.objects.count(), Group.objects.count(), Role.objects.count(), RoleLimit.objects.count())
    make_standard_roles(apps)
    assert before == (
        Permission.objects.count(), Group.objects.count(), Role.objects.count(), RoleLimit.objects.count()
    )  # fmt: skip
    Permission.objects.filter(codename="cancel_order").delete()
    make_standard_roles(apps)
    assert Permission.objects.get(codename="cancel_order").group_set.filter(role__key="support_agent").exists()


def test_an_auditor_only_looks() -> None:
    assert {each.verb for each in roles.authorities_of(standard_role("auditor"))} == {"view"}


def test_a_standard_role_is_edited_by_nobody() -> None:
    with refused_to(roles.StandardRoleFixed):
        roles.edit_role(
            standard_role("auditor").pk, name="Auditor", description="", authority_names=["orders.cancel"], actor=SYSTEM
        )


# Own


def test_a_role_is_created_and_edited_with_events() -> None:
    role = a_role("orders.view", "orders.cancel")
    roles.edit_role(
        role.pk, name="Day shift", description="By day", authority_names=["orders.view", "orders.hold"], actor=SYSTEM
    )
    role = Role.objects.get(pk=role.pk)
    assert (str(role), role.description) == ("Day shift", "By day")
    assert [each.name for each in roles.authorities_of(role)] == ["orders.hold", "orders.view"]
    assert timeline(role.pk) == ["role.created", "role.edited"]


@pytest.mark.parametrize("names", [["orders.rule"], ["people.make_superuser"], ["book.notify"]])
def test_a_role_has_only_what_there_is_to_give(names: list[str]) -> None:
    with refused_to(InvalidInput):
        a_role(*names)


def test_a_name_is_taken_once() -> None:
    with refused_to(InvalidInput):
        a_role("orders.view", name="Finance")


def test_nobody_makes_a_role_that_goes_further_than_they_do() -> None:
    clerk = a_person()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["create_role", "edit_role", "view_order"]))
    actor = Actor.staff(clerk)
    with refused_to():
        roles.create_role(name="All", authority_names=["orders.cancel"], actor=actor)
    role = a_role("products.view", name="Other")
    with refused_to():
        roles.edit_role(role.pk, name="Other", description="", authority_names=[], actor=actor)
    own = roles.create_role(name="Own", authority_names=["roles.edit"], actor=actor)
    with refused_to():
        roles.edit_role(own.pk, name="Own", description="", authority_names=["orders.cancel"], actor=actor)


# Limits


def test_the_most_generous_role_counts() -> None:
    assert limit_of(a_person("support_agent"), REFUND, "EUR") == 5_000
    assert limit_of(a_person("support_agent", "finance"), REFUND, "EUR") == 500_000
    assert limit_of(a_person("support_agent", "manager"), REFUND, "EUR") is None
    assert limit_of(a_superuser(), REFUND, "EUR") is None
    assert limit_of(a_person("warehouse"), REFUND, "EUR") == 0


def test_a_limit_in_a_currency_stands_before_that_of_every_other() -> None:
    support, person = standard_role("support_agent"), a_person("support_agent")
    roles.set_role_limit(support.pk, "payments.refund", currency="JPY", amount=9_000, actor=SYSTEM)
    assert (limit_of(person, REFUND, "JPY"), limit_of(person, REFUND, "EUR")) == (9_000, 5_000)
    roles.set_role_limit(support.pk, "payments.refund", currency=ANY, amount=None, actor=SYSTEM)
    assert (limit_of(person, REFUND, "JPY"), limit_of(person, REFUND, "EUR")) == (9_000, 0)
    assert timeline(support.pk) == ["role.limit_set"] * 2


@pytest.mark.parametrize(
    ("authority", "currency", "amount"),
    [("orders.cancel", "EUR", 1), ("x", "EUR", 1), ("payments.refund", "EURO", 1), ("payments.refund", "EUR", -1)],
)
def test_a_limit_that_makes_no_sense_is_refused(authority: str, currency: str, amount: int) -> None:
    with refused_to(InvalidInput):
        roles.set_role_limit(standard_role("finance").pk, authority, currency=currency, amount=amount, actor=SYSTEM)


@pytest.mark.parametrize("amount", [5_001, None])
@pytest.mark.parametrize("currency", [ANY, "EUR"])
def test_nobody_raises_a_limit_above_their_own(currency: str, amount: int | None) -> None:
    clerk, support = a_person("support_agent"), standard_role("support_agent")
    clerk.user_permissions.set(Permission.objects.filter(codename="limit_role"))
    if (currency, amount) == ("EUR", None):
        RoleLimit.objects.filter(role=support, authority="payments.refund").update(currency="EUR")
    with refused_to():
        roles.set_role_limit(support.pk, "payments.refund", currency=currency, amount=amount, actor=Actor.staff(clerk))


def test_a_lower_limit_is_set_by_whoever_may() -> None:
    clerk, support = a_person("support_agent"), standard_role("support_agent")
    clerk.user_permissions.set(Permission.objects.filter(codename="limit_role"))
    roles.set_role_limit(support.pk, "payments.refund", currency=ANY, amount=1, actor=Actor.staff(clerk))
    assert limit_of(clerk, REFUND, "EUR") == 1


def test_an_administrator_covers_every_role_and_no_superuser() -> None:
    admin = reach_of(a_person("administrator"))
    assert all(admin.covers(reach_of(a_person(role))) for role in StandardRole)
    assert not admin.covers(reach_of(a_superuser()))
