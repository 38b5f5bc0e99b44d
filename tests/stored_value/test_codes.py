"""Codes of gift cards."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stored_value import codes
from stored_value.models import StoredValue
from stored_value.queries import gift_card_with
from tests.factories.core import a_client
from tests.factories.stored_value import a_gift_card_and_code


def test_a_code_is_five_groups_of_four_characters_and_never_the_same() -> None:
    made = {codes.new_code() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", code) for code in made)


@pytest.mark.parametrize("typed", ["7KQ2-M0XD-11AA", "7kq2 m0xd 11aa", "7KQ2MOXDILAA", " 7kq2-moxd-iLaa "])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert codes.bare(typed) == "7KQ2M0XD11AA"
    assert codes.digest(typed) == codes.digest("7KQ2-M0XD-11AA")
    assert codes.last4(typed) == "11AA"


def test_what_is_kept_depends_on_the_key(settings: Any) -> None:
    settings.GIFT_CARD_KEYS = ["one"]
    first = codes.digest("A")
    settings.GIFT_CARD_KEYS = ["two", "one"]
    assert codes.digest("A") != first
    assert codes.digests("A") == [codes.digest("A"), first]
    assert re.fullmatch("[0-9a-f]{64}", first)


@pytest.mark.django_db
def test_a_card_is_found_after_a_newer_key_was_put_before_the_one_it_was_made_with(settings: Any) -> None:
    client = a_client()
    settings.GIFT_CARD_KEYS = ["old"]
    card, code = a_gift_card_and_code(client)
    settings.GIFT_CARD_KEYS = ["new", "old"]
    assert gift_card_with(client.pk, code) == card


@pytest.mark.django_db
def test_the_code_is_in_no_column() -> None:
    _, code = a_gift_card_and_code(a_client())
    kept = str(StoredValue.objects.values().get())
    assert code not in kept
    assert codes.bare(code) not in kept
