from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.folding import same_in_any_case
from core.models.text import EmailField, IdentifierField, LineField
from core.models.versioned import Versioned
from core.triggers import kept


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> User:
        """A person as Django's own commands make one; the console makes people with core.people.create_person."""
        if not username:
            raise ValueError("A user name is needed.")
        user = self.model(username=User.normalize_username(username), email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        """User names are the same in capital and small letters."""
        return self.get(same_in_any_case("username", User.normalize_username(username or "")))


class User(Versioned, AbstractBaseUser, PermissionsMixin):
    """A person who signs in to the console. Never deleted: events name people by their id."""

    subject_type = "person"

    username = IdentifierField("user name", max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    email = EmailField("e-mail", blank=True, default="")
    display_name = LineField("name", max_length=150, blank=True, default="")
    is_staff = models.BooleanField("may sign in to the console", default=False)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(Lower("username"), name="person_username_once_in_any_case")]
        triggers = kept("person")

    def __str__(self) -> str:
        return self.get_username()

    def get_full_name(self) -> str:
        return self.display_name or self.get_username()

    def get_short_name(self) -> str:
        return self.get_full_name()


class Role(Versioned):
    """What a person may do: a group of Django's with a history. `key` names a standard role of the product."""

    subject_type = "role"

    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="role")
    key = models.SlugField(max_length=30, null=True, unique=True, editable=False)
    description = LineField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        triggers = kept("role")

    def __str__(self) -> str:
        return self.group.name

    @property
    def is_standard(self) -> bool:
        return self.key is not None


class RoleLimit(models.Model):
    """How much a role may do with one order: minor units of `currency`, or of every other one when that is empty."""

    id = models.BigAutoField(primary_key=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="limits")
    authority = models.CharField(max_length=60)
    currency = models.CharField(max_length=3, blank=True, default="")
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["role", "authority", "currency"], name="role_limit_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="role_limit_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^([A-Z]{3})?$"), name="role_limit_currency_code"),
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.amount} {self.currency}".strip()
