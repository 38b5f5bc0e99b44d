"""Codes of offers: chosen by people, or made by the thousand so that nobody guesses one. Locks: the offer."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput, NotFound
from core.operations import require
from core.outbox import record
from core.text import fold
from core.transactions import StartOver, action
from pricing.offers.actions.locking import lock_offer
from pricing.offers.errors import OfferCodeTaken, OfferLimitTooLow
from pricing.offers.events import OfferCodesAdded, OfferCodeUpdated
from pricing.offers.models import Offer, OfferCode
from pricing.offers.operations import ADD_CODES, EDIT_CODE, GENERATE_CODES

MOST_CODES = 1_000
"""Of one request."""

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are taken for one another: 0 and O, 1 and I."""

LENGTH = 12
"""Letters of a generated code: 60 bits, of which all codes that an offer can have are a vanishing part."""

_can_be_typed = re.compile(r"[A-Za-z0-9_-]{3,40}").fullmatch
_can_begin_one = re.compile(rf"[A-Za-z0-9_-]{{0,{40 - LENGTH}}}").fullmatch


@dataclass(frozen=True)
class NewCode:
    """What shoppers type, 3 to 40 of A-Z, a-z, 0-9, - and _; `use_limit` is how many orders may use it."""

    code: str
    use_limit: int | None = None


class CodeChanges(TypedDict, total=False):
    use_limit: int | None
    active: bool


@action
def add_codes(
    offer_id: uuid.UUID,
    codes: Sequence[NewCode],
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> list[OfferCode]:
    """Raises OfferCodeTaken for what another code of the storefront is in any letter case, InvalidInput, NotFound,
    StaleVersion, OperationRefused for an automatic offer.
    """
    _require_usable(codes)
    offer = lock_offer(offer_id, client_id, expected_version)
    require(offer, ADD_CODES)
    try:
        with transaction.atomic():
            rows = _insert(offer, codes)
    except IntegrityError:
        asked = [each.code for each in codes]
        taken = OfferCode.objects.of_client(offer.client_id).among(asked).values_list("code", flat=True)
        raise OfferCodeTaken(list(taken)) from None
    record(OfferCodesAdded(count=len(rows), generated=False), subject=offer, actor=actor)
    return rows


@action
def generate_codes(
    offer_id: uuid.UUID,
    *,
    count: int,
    prefix: str = "",
    use_limit: int | None = 1,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> list[OfferCode]:
    """That many codes at once that nobody can guess. Raises as add_codes, StartOver where one is taken by chance."""
    _require_count(count, prefix, use_limit)
    offer = lock_offer(offer_id, client_id, expected_version)
    require(offer, GENERATE_CODES)
    made = dict.fromkeys(f"{prefix}{_unguessable()}" for _ in range(count))
    try:
        rows = _insert(offer, [NewCode(code, use_limit) for code in made])
    except IntegrityError:
        raise StartOver from None
    record(OfferCodesAdded(count=len(rows), generated=True), subject=offer, actor=actor)
    return rows


@action
def update_code(
    offer_id: uuid.UUID,
    code_id: uuid.UUID,
    changes: CodeChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> OfferCode:
    """An inactive code is refused to shoppers; orders keep what it gave them. The version is the offer's.

    Raises NotFound, StaleVersion, OfferLimitTooLow, InvalidInput, OperationRefused for an automatic offer.
    """
    offer = lock_offer(offer_id, client_id, expected_version)
    require(offer, EDIT_CODE)
    row = OfferCode.objects.select_for_update(of=("self",), no_key=True).filter(pk=code_id, offer=offer).first()
    if row is None:
        raise NotFound("There is no such code.")
    row.offer = offer
    changed = list(apply_changes(row, changes, CodeChanges))
    _require_limit(row.use_limit, "/use_limit")
    if row.use_limit is not None and row.use_limit < row.used:
        raise OfferLimitTooLow(limit=row.use_limit, used=row.used)
    if changed:
        record(OfferCodeUpdated(code_id=row.pk, changed=changed), subject=offer, actor=actor)
        row.save(update_fields=changed)
    return row


def _insert(offer: Offer, codes: Sequence[NewCode]) -> list[OfferCode]:
    return OfferCode.objects.bulk_create(
        OfferCode(client_id=offer.client_id, offer=offer, code=each.code, use_limit=each.use_limit) for each in codes
    )


def _unguessable() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _require_usable(codes: Sequence[NewCode]) -> None:
    if not 1 <= len(codes) <= MOST_CODES:
        raise InvalidInput.at("/codes", "wrong_number", f"1 to {MOST_CODES} codes at once.")
    seen: set[str] = set()
    problems = []
    for position, each in enumerate(codes):
        pointer = f"/codes/{position}/code"
        if not _can_be_typed(each.code):
            problems.append(FieldProblem(pointer, "invalid", "A code is 3 to 40 of A-Z, a-z, 0-9, - and _."))
        elif fold(each.code) in seen:
            problems.append(FieldProblem(pointer, "repeated", f"{each.code} is named more than once."))
        seen.add(fold(each.code))
        _require_limit(each.use_limit, f"/codes/{position}/use_limit")
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)


def _require_count(count: int, prefix: str, use_limit: int | None) -> None:
    if not 1 <= count <= MOST_CODES:
        raise InvalidInput.at("/count", "wrong_number", f"1 to {MOST_CODES} codes at once.")
    if not _can_begin_one(prefix):
        detail = f"What codes begin with is at most {40 - LENGTH} of A-Z, a-z, 0-9, - and _."
        raise InvalidInput.at("/prefix", "invalid", detail)
    _require_limit(use_limit, "/use_limit")


def _require_limit(use_limit: int | None, pointer: str) -> None:
    if use_limit is not None and use_limit < 1:
        raise InvalidInput.at(pointer, "min_value", "A limit allows one use at least.")
