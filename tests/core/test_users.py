"""The user model: names in any case, Django's own commands and pages, and the lockout."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from core import people
from core.actors import Actor
from core.errors import AuthorityMissing
from core.models import Event, User
from tests.factories.core import timeline
from tests.factories.staff import (
    a_person,
    a_superuser,
    a_token,
    browser_of,
    button,
    nobody_changes,
    object_page,
    told,
)
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db

PASSWORD = "gr4ndpiano!"
LOGIN = "/admin/login/"


def sign_in(name: str, password: str = PASSWORD) -> int:
    return Browser().post(LOGIN, {"username": name, "password": password}).status_code


def test_a_user_name_is_one_name_in_any_case() -> None:
    User.objects.create_user("Ann", password=PASSWORD)
    with pytest.raises(IntegrityError, match="person_username_once_in_any_case"), transaction.atomic():
        User.objects.create_user("aNN")
    assert User.objects.get_by_natural_key("ANN").username == "Ann"
    user = authenticate(RequestFactory().post(LOGIN), username="ann", password=PASSWORD)
    assert user is not None
    assert user.get_username() == "Ann"


def test_createsuperuser_makes_one_that_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="root", email="root@example.com", stdout=StringIO())
    assert sign_in("root") == 302
    assert User.objects.get().is_superuser


def test_attempts_under_a_name_in_other_letters_count_together() -> None:
    a_person(password=PASSWORD)
    name = User.objects.get().username
    for n in range(10):
        sign_in(name.upper() if n % 2 else name, "wrong")
    assert AccessAttempt.objects.get().failures_since_start == 10
    assert sign_in(name) == 429
    assert sign_in(name.title()) == 429


@pytest.fixture
def few(settings: Settings) -> None:
    """Each attempt hashes a password, which takes its time."""
    settings.AXES_FAILURE_LIMIT = 2


def lock_out(name: str, address: str = "203.0.113.7") -> None:
    for _ in range(2):
        Browser().post(LOGIN, {"username": name, "password": "wrong"}, REMOTE_ADDR=address)


def test_a_person_locked_out_is_let_in_again_by_a_manager(few: None) -> None:
    person = a_person(password=PASSWORD)
    lock_out(person.username, "127.0.0.1")
    lock_out(person.username, "203.0.113.7")
    assert sign_in(person.username) == 429
    manager = browser_of(a_person("manager"))
    page = told(manager.get(object_page("core.user", person.pk)))
    assert "Locked out from 127.0.0.1" in page
    assert "Locked out from 203.0.113.7" in page
    sent = {"version": person.version, "token": a_token()}
    pressed = manager.post(button("core.user", person.pk, "unlock"), sent, follow=True)
    assert f"{person} can sign in again." in told(pressed)
    assert "Locked out" not in told(manager.get(object_page("core.user", person.pk)))
    assert timeline(person.pk) == ["person.unlocked"]
    assert sign_in(person.username) == 302


def test_somebody_whom_others_lock_out_signs_in_from_another_address(few: None) -> None:
    person = a_person(password=PASSWORD)
    lock_out(person.username)
    assert people.locked_addresses(person) == ["203.0.113.7"]
    assert sign_in(person.username) == 302


def test_a_lockout_ends_by_itself_after_a_quarter_of_an_hour(few: None) -> None:
    person = a_person(password=PASSWORD)
    lock_out(person.username, "127.0.0.1")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        assert people.locked_addresses(person) == []
        assert sign_in(person.username) == 302


def test_the_command_lets_in_whoever_it_names_in_any_case_of_letters(few: None) -> None:
    person = a_person(password=PASSWORD)
    lock_out(person.username, "127.0.0.1")
    call_command("unlock_person", person.username.upper(), stdout=StringIO())
    assert timeline(person.pk) == ["person.unlocked"]
    assert sign_in(person.username) == 302
    with nobody_changes(), pytest.raises(CommandError, match="There is nobody of the name zoe"):
        call_command("unlock_person", "zoe")


def test_only_those_who_may_let_in_people_do_and_nobody_who_may_do_more(few: None) -> None:
    person, root = a_person(password=PASSWORD), a_superuser()
    lock_out(person.username)
    lock_out(root.username)
    for locked, role in ((person, "support_agent"), (person, "auditor"), (root, "manager"), (root, "administrator")):
        actor = Actor.staff(a_person(role))
        with refused(AuthorityMissing):
            people.unlock(locked.pk, actor=actor)


def test_unlocking_somebody_who_is_not_locked_out_is_no_event() -> None:
    person = a_person()
    people.unlock(person.pk, actor=Actor.system("test"))
    assert timeline(person.pk) == []


def test_signing_in_leaves_the_version_that_an_action_wrote_meanwhile() -> None:
    user = a_person(password=PASSWORD)
    seen = User.objects.get(pk=user.pk)
    people.edit_person(user.pk, {"display_name": "Ann Lee"}, actor=Actor.system("test"))
    seen.last_login = seen.created_at
    seen.save(update_fields=["last_login"])
    assert User.objects.get(pk=user.pk).version == 1


def test_a_person_is_never_deleted() -> None:
    user = a_person()
    with pytest.raises(DatabaseError, match="person_is_kept"), transaction.atomic():
        User.objects.filter(pk=user.pk).delete()
    assert User.objects.filter(pk=user.pk).exists()


def test_people_change_their_own_password_with_the_old_one() -> None:
    user = a_superuser()
    user.set_password(PASSWORD)
    user.save()
    browser = browser_of(user)
    new = {"new_password1": "another-gr4nd!", "new_password2": "another-gr4nd!"}
    wrong = browser.post("/admin/password_change/", {"old_password": "guess", **new})
    assert "entered incorrectly" in told(wrong)
    assert not Event.objects.exists()
    browser.post("/admin/password_change/", {"old_password": PASSWORD, **new})
    assert timeline(user.pk) == ["person.password_set"]
    assert browser.get("/admin/").status_code == 200
    assert sign_in(user.username, "another-gr4nd!") == 302
