"""What is done to people, and that nobody gives, takes or keeps more than they may."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Permission

from core import people
from core.actors import Actor
from core.errors import AuthorityMissing, InvalidInput, NotFound, StaleVersion
from core.models import Event, RoleLimit, User
from core.roles import create_role
from tests.factories.core import timeline
from tests.factories.staff import a_person, a_staff_member, a_superuser, nobody_changes, refused_to, standard_role

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
PASSWORD = "gr4ndpiano!"


def by(user: User) -> Actor:
    return Actor.staff(user)


def new_person(actor: Actor, *roles: str, **fields: Any) -> User:
    ids = [standard_role(role).pk for role in roles]
    return people.create_person(**{"username": "carol", "role_ids": ids, "actor": actor, **fields})


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


# What is done


def test_an_administrator_creates_a_person_with_roles() -> None:
    carol = new_person(by(a_person("administrator")), "support_agent", "finance", password=PASSWORD)
    assert roles_of(carol) == {"Support agent", "Finance"}
    assert (carol.is_staff, carol.is_superuser) == (True, False)
    assert check_password(PASSWORD, User.objects.get(pk=carol.pk).password)
    assert timeline(carol.pk) == ["person.created"]


def test_every_change_of_a_person_is_an_event_that_names_who_did_it() -> None:
    root = a_superuser()
    carol = new_person(by(root))
    people.edit_person(carol.pk, {"username": "carol.lee", "email": "c@example.com"}, actor=by(root))
    people.assign_roles(carol.pk, [standard_role("auditor").pk], actor=by(root))
    people.set_password(carol.pk, PASSWORD, actor=by(root))
    people.deactivate(carol.pk, actor=by(root))
    people.activate(carol.pk, actor=by(root))
    people.make_superuser(carol.pk, actor=by(root))
    people.end_superuser(carol.pk, actor=by(root))
    assert timeline(carol.pk) == [
        "person.created", "person.edited", "person.roles_changed", "person.password_set", "person.deactivated",
        "person.activated", "person.made_superuser", "person.no_longer_superuser",
    ]  # fmt: skip
    assert set(Event.objects.values_list("actor_kind", "actor_id")) == {("staff", str(root.pk))}
    assert User.objects.get(pk=carol.pk).version == 8


def test_events_of_people_tell_no_name_and_no_e_mail() -> None:
    carol = new_person(SYSTEM, username="marker-one", email="marker-two@example.com", display_name="Marker Three")
    people.edit_person(
        carol.pk, {"username": "marker-4", "email": "marker-5@example.com", "display_name": "Marker 6"}, actor=SYSTEM
    )
    assert "marker" not in json.dumps([event.data for event in Event.objects.all()]).lower()


def test_what_is_so_already_is_no_event() -> None:
    carol = new_person(SYSTEM, "auditor")
    people.edit_person(carol.pk, {"username": "carol"}, actor=SYSTEM)
    people.assign_roles(carol.pk, [standard_role("auditor").pk], actor=SYSTEM)
    people.activate(carol.pk, actor=SYSTEM)
    people.end_superuser(carol.pk, actor=SYSTEM)
    assert timeline(carol.pk) == ["person.created"]


def test_bad_input_is_refused_at_its_field() -> None:
    new_person(SYSTEM)
    for fields, pointer in (
        ({"username": "CAROL"}, "/username"),
        ({"username": "no spaces"}, "/username"),
        ({"username": "dave", "email": "nowhere"}, "/email"),
        ({"username": "dave", "password": "1234"}, "/password"),
        ({"username": "dave", "role_ids": [uuid.uuid4()]}, "/roles"),
    ):
        with refused_to(InvalidInput) as caught:
            new_person(SYSTEM, **fields)
        assert caught.value.errors[0].pointer == pointer


def test_an_unknown_person_and_a_stale_page_are_refused() -> None:
    carol = new_person(SYSTEM)
    with refused_to(NotFound):
        people.deactivate(uuid.uuid4(), actor=SYSTEM)
    with refused_to(StaleVersion):
        people.deactivate(carol.pk, actor=SYSTEM, expected_version=7)


def test_only_a_person_s_identity_can_be_edited() -> None:
    carol = new_person(SYSTEM)
    for field in ("is_superuser", "is_staff", "is_active", "password", "version"):
        with nobody_changes(), pytest.raises(ValueError, match=field):
            people.edit_person(carol.pk, {field: "x"}, actor=SYSTEM)


# Who may


Deed = Callable[[User, Actor], Any]
DEEDS: dict[str, Deed] = {
    "edit": lambda user, actor: people.edit_person(user.pk, {"email": "x@example.com"}, actor=actor),
    "assign": lambda user, actor: people.assign_roles(user.pk, [], actor=actor),
    "set_password": lambda user, actor: people.set_password(user.pk, PASSWORD, actor=actor),
    "deactivate": lambda user, actor: people.deactivate(user.pk, actor=actor),
    "make_superuser": lambda user, actor: people.make_superuser(user.pk, actor=actor),
    "end_superuser": lambda user, actor: people.end_superuser(user.pk, actor=actor),
}
each_deed = pytest.mark.parametrize("deed", list(DEEDS.values()), ids=list(DEEDS))


@each_deed
@pytest.mark.parametrize("role", ["support_agent", "warehouse", "finance", "manager", "auditor"])
def test_roles_that_don_t_administer_change_nobody(deed: Deed, role: str) -> None:
    nobody, actor = a_person(), by(a_person(role))
    with refused_to():
        deed(nobody, actor)
    with refused_to():
        new_person(actor)


@each_deed
def test_an_administrator_does_nothing_to_a_superuser(deed: Deed) -> None:
    root, actor = a_superuser(), by(a_person("administrator"))
    with refused_to():
        deed(root, actor)


@each_deed
def test_nobody_does_anything_to_somebody_who_may_do_more(deed: Deed) -> None:
    helper = a_person()
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="core"))
    more = a_person("warehouse")
    with refused_to():
        deed(more, by(helper))


def test_an_inactive_superuser_counts_as_what_they_would_be() -> None:
    root, actor = a_superuser(), by(a_person("administrator"))
    User.objects.filter(pk=root.pk).update(is_active=False)
    for deed in (people.activate, people.end_superuser):
        with refused_to():
            deed(root.pk, actor=actor)
    with refused_to():
        people.set_password(root.pk, PASSWORD, actor=actor)


def test_nobody_gives_a_role_that_goes_further_than_they_do() -> None:
    clerk = a_staff_member("core.create_user", "core.assign_user", "core.view_user")
    other = a_person()
    with refused_to():
        new_person(by(clerk), "auditor")
    with refused_to():
        people.assign_roles(other.pk, [standard_role("administrator").pk], actor=by(clerk))
    assert new_person(by(clerk)).groups.count() == 0


def test_a_role_with_a_higher_limit_goes_further() -> None:
    support = standard_role("support_agent")
    clerk = a_person("support_agent")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["assign_user", "create_user"]))
    assert new_person(by(clerk), "support_agent", username="dave").groups.get() == support.group
    RoleLimit.objects.filter(role=support).delete()
    twin = create_role(name="Support, limited", authority_names=["payments.refund"], actor=SYSTEM)
    RoleLimit.objects.create(role=twin, authority="payments.refund", amount=100)
    clerk.groups.set([twin.group])
    with refused_to():
        people.create_person(username="eve", role_ids=[support.pk], actor=by(clerk))


@pytest.mark.parametrize("name", ["assign", "set_password", "deactivate", "make_superuser", "end_superuser"])
def test_nobody_does_it_to_themselves(name: str) -> None:
    root = a_superuser()
    with refused_to(people.OwnAccount):
        DEEDS[name](root, by(root))


def test_an_administrator_makes_nobody_a_superuser() -> None:
    admin, other = a_person("administrator"), a_person()
    for user in (admin, other):
        with refused_to():
            people.make_superuser(user.pk, actor=by(admin))


def test_who_was_deactivated_or_never_was_does_nothing() -> None:
    other, gone = a_person(), a_superuser()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for actor in (by(gone), Actor("staff", "7", "alice"), Actor("client", str(uuid.uuid4()), "shop")):
        with refused_to():
            people.deactivate(other.pk, actor=actor)


def test_a_refusal_says_whom_to_ask() -> None:
    with pytest.raises(AuthorityMissing) as caught:
        new_person(by(a_person("support_agent")))
    assert caught.value.unblock == "Ask somebody who may: Administrator."
    assert caught.value.context == {"authority": "people.create"}


def test_roles_to_give_are_those_that_go_no_further() -> None:
    assert len(people.roles_to_give(a_person("administrator"))) == 6
    assert [str(role) for role in people.roles_to_give(a_person("auditor"))] == ["Auditor"]
