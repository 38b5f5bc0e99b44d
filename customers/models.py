from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django_countries.fields import CountryField

from core.ids import new_id
from core.models import Versioned
from customers.querysets import CustomerQuerySet


class Customer(Versioned):
    """A person or business that buys from one storefront. The e-mail is unique there, whatever its letter case.

    One that was imported may have no e-mail, only the storefront's own reference.
    """

    subject_type: ClassVar[str] = "customer"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    email = models.EmailField(
        null=True, blank=True, help_text="Empty for one known only by the storefront's own reference."
    )
    name = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    external_ref = models.CharField(max_length=100, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("client", Lower("email"), name="customer_email_once_per_storefront"),
            models.UniqueConstraint(fields=["client", "external_ref"], name="customer_ref_once_per_storefront"),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(external_ref__isnull=False),
                name="customer_has_email_or_ref",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="customer_newest"),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="customer_email_search"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="customer_name_search"),
        ]

    def __str__(self) -> str:
        return self.email or self.name or str(self.external_ref)


class Address(models.Model):
    """A postal address in a customer's book. Orders keep snapshots, so changing it changes no order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True, default="")
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = CountryField()
    phone = models.CharField(max_length=40, blank=True, default="")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "addresses"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="address_one_default_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.line1}, {self.city}"
