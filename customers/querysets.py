from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models

from core.folding import same_in_any_case

if TYPE_CHECKING:
    from customers.models import CreditAccount, Customer, CustomerGroup  # noqa: F401


class CustomerQuerySet(models.QuerySet["Customer"]):
    def locked(self) -> Self:
        """The row lock without its key: orders refer to it, and need not wait for an edit."""
        return self.select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def with_email(self, email: str) -> Self:
        """Whatever the letter case, through the unique index."""
        return self.filter(same_in_any_case("email", email))

    def with_groups(self) -> Self:
        """With the groups that each is in, for those who show them."""
        return self.prefetch_related("memberships")


class CustomerGroupQuerySet(models.QuerySet["CustomerGroup"]):
    def locked(self) -> Self:
        """The row lock without its key: members refer to it, and need not wait for an edit."""
        return self.select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)


class CreditAccountQuerySet(models.QuerySet["CreditAccount"]):
    def locked(self) -> Self:
        """The row lock without its key, as nothing refers to it."""
        return self.select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)
