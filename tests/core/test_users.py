"""The user model: names in any case, Django's own commands and pages, and the lockout."""

from __future__ import annotations

from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client as Browser
from django.test import RequestFactory

from core import people
from core.actors import Actor
from core.models import Event, User
from tests.factories.core import timeline
from tests.factories.staff import a_person, a_superuser, browser_of, told

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
