"""The sidebar of the console."""

from __future__ import annotations

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from core.console.navigation import sidebar
from tests.factories.staff import a_superuser

pytestmark = pytest.mark.django_db


def test_each_group_stands_once_with_all_of_its_pages() -> None:
    request = RequestFactory().get("/admin/")
    request.user = a_superuser()
    groups = sidebar(request)
    titles = [group["title"] for group in groups[1:]]
    assert len(titles) == len(set(titles))
    assert titles[:2] == ["Sales", "Customers"]
    with_a_place = [page for page in site._registry.values() if getattr(page, "menu", None)]
    assert sum(len(group["items"]) for group in groups[1:]) == len(with_a_place)
