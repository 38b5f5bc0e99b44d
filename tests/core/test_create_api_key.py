from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.authentication import ApiKeyAuthentication
from core.models import ApiKey, Client

pytestmark = pytest.mark.django_db


def made(**options: Any) -> str:
    out = StringIO()
    call_command(
        "create_api_key",
        client="North",
        stdout=out,
        stderr=StringIO(),
        **{"scopes": "orders:read, stock:read", **options},
    )
    return out.getvalue().strip()


def test_the_printed_key_lets_its_client_in() -> None:
    key = made(kind="warehouse", expires_days=30)
    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {key}"))
    caller, _ = ApiKeyAuthentication().authenticate(request)
    assert (caller.client.name, caller.client.kind) == ("North", "warehouse")
    assert caller.scopes == {"orders:read", "stock:read"}
    assert str(caller.actor) == "client:North"
    assert caller.key.expires_at is not None
    assert dt.timedelta(days=29) < caller.key.expires_at - timezone.now() < dt.timedelta(days=31)


def test_a_client_gets_a_second_key_but_not_a_second_kind() -> None:
    made()
    made()
    assert (Client.objects.count(), ApiKey.objects.count()) == (1, 2)
    with pytest.raises(CommandError, match="is a live storefront, not a live carrier"):
        made(kind="carrier")
    assert ApiKey.objects.count() == 2
