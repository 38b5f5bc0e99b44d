"""Steps that count the uses of offers by orders.

Called with the order locked and before its stock is; the counts of the offers are locked here, by key: by the trigger
of the ledger, which refuses what goes beyond a limit.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from django.db import IntegrityError, connection

from core.actors import Actor
from core.models import Versioned
from core.outbox import record
from core.transactions import step
from pricing.offers.errors import OfferUsedUp
from pricing.offers.events import OffersGivenBack, OffersUsed
from pricing.offers.triggers import USED_UP


class Use(Protocol):
    """What an order uses: an Applied of the evaluation, or anything that says as much."""

    @property
    def offer_id(self) -> uuid.UUID: ...

    @property
    def code(self) -> str:
        """The shopper's; of an automatic offer it makes no difference."""

    @property
    def label(self) -> str: ...


_COLUMNS = """
INSERT INTO pricing_offeruse (client_id, offer_id, code_id, order_id, buyer_key, turn, change,
    version, actor_kind, actor_id, actor_name, created_at)
"""
_CAUSE = "%(version)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, statement_timestamp()"

_USE = f"""
{_COLUMNS}
SELECT %(client)s, asked.offer_id, code.id, %(order)s, %(buyer)s, coalesce(last.turn, 0) + 1, 1, {_CAUSE}
FROM unnest(%(offers)s::uuid[], %(codes)s::text[]) AS asked (offer_id, code)
LEFT JOIN pricing_offercode code
    ON code.client_id = %(client)s AND lower(code.code) = lower(asked.code) AND code.offer_id = asked.offer_id
LEFT JOIN LATERAL (
    SELECT max(turn) AS turn FROM pricing_offeruse WHERE order_id = %(order)s AND offer_id = asked.offer_id
) last ON true
WHERE coalesce(last.turn, 0) %% 2 = 0
RETURNING offer_id, code_id
"""  # noqa: S608 - of constants alone

_GIVE_BACK = f"""
WITH last AS (
    SELECT DISTINCT ON (offer_id) offer_id, code_id, buyer_key, turn FROM pricing_offeruse
    WHERE order_id = %(order)s ORDER BY offer_id, turn DESC
)
{_COLUMNS}
SELECT %(client)s, offer_id, code_id, %(order)s, buyer_key, turn + 1, -1, {_CAUSE}
FROM last WHERE turn %% 2 = 1
RETURNING offer_id, code_id
"""  # noqa: S608 - of constants alone


@step
def use_offers(uses: Sequence[Use], *, order: Versioned, buyer_key: str, actor: Actor) -> None:
    """Count that the order uses these offers; one that it uses already is not counted again. One statement.

    `buyer_key` is pricing.queries.buyer_key's. Raises OfferUsedUp where a limit is reached: the transaction has failed
    then, and its action ends with it.
    """
    by_offer = {use.offer_id: use for use in uses}
    if not by_offer:
        return
    asked = {"offers": list(by_offer), "codes": [use.code for use in by_offer.values()], "buyer": buyer_key}
    try:
        used = _entered(_USE, {**asked, **_cause(order, actor)})
    except IntegrityError as error:
        raise _refusal(error, by_offer) from error
    if used:
        record(OffersUsed(offers=used), subject=order, actor=actor)


@step
def give_back_offers(*, order: Versioned, actor: Actor) -> None:
    """Let others have what the order used, as when it is cancelled; asked again it changes nothing. One statement."""
    given_back = _entered(_GIVE_BACK, _cause(order, actor))
    if given_back:
        record(OffersGivenBack(offers=given_back), subject=order, actor=actor)


def _cause(order: Versioned, actor: Actor) -> dict[str, Any]:
    """The event of the order's next version tells of it."""
    return {"client": order.owner_id, "order": order.pk, "version": order.version + 1, **actor.columns()}


def _entered(statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [{"offer_id": offer_id, "code_id": code_id} for offer_id, code_id in cursor.fetchall()]


def _refusal(error: IntegrityError, uses: dict[uuid.UUID, Use]) -> Exception:
    told: Any = getattr(error.__cause__, "diag", None)
    if getattr(told, "constraint_name", None) != USED_UP:
        return error
    offer_id, _, reached = str(told.message_detail).partition(" ")
    use = uses[uuid.UUID(offer_id)]
    return OfferUsedUp(offer_id=use.offer_id, label=use.label, limit_of=reached)  # type: ignore[arg-type]
