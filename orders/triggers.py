"""What the database refuses: a write of a money column that no ledger entry made, parcels without an address, sums of
prices that their rows don't come to, and orders on account beyond their customer's credit."""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger

from core.triggers import BY_HAND
from customers.queries import credit_lock_key

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION 'the money of % moves only by inserting a ledger entry', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""

REFUSE_CREDIT_BY_HAND = """
RAISE EXCEPTION 'what of % is credited moves only by inserting a line of a refund', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""

REFUSE_PARCEL_WITHOUT_ADDRESS = """
RAISE EXCEPTION 'an order in the warehouse has a complete shipping address, or is handed over in person'
    USING ERRCODE = 'restrict_violation';
"""


def changed_by_hand(columns: Iterable[str]) -> str:
    """The condition of a trigger that refuses an UPDATE of the columns unless a trigger makes it."""
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return f"{BY_HAND} AND ({differs})"


def comes_without_address(needed: Iterable[str]) -> str:
    """The condition of a trigger that refuses a parcel in the warehouse whose address lacks what is `needed`.

    An order that was released before without one stays as it is; its parcels are refused one by one.
    """
    lacks = " OR ".join(f"coalesce(NEW.shipping_address ->> '{name}', '') = ''" for name in needed)
    return f"""
NEW.status = 'processing' AND NEW.handover = 'parcel' AND ({lacks})
AND (OLD.status, OLD.shipping_address, OLD.handover)
    IS DISTINCT FROM (NEW.status, NEW.shipping_address, NEW.handover)
"""


def given(columns: Iterable[str]) -> str:
    """The condition of a trigger that refuses an INSERT of anything but 0 into the columns."""
    return " OR ".join(f"NEW.{column} <> 0" for column in columns)


# The sums of prices, looked at when the transaction ends. A plain order is passed by at the triggers' own conditions,
# so that it calls no function.
_SUMS = """
coalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,
coalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,
coalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,
coalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included
"""
ADJUSTED_COLUMNS = ("discount", "surcharge", "tax", "tax_included")
ADJUSTED = " OR ".join(f"NEW.{column} <> 0" for column in ADJUSTED_COLUMNS)
"""The condition under which a line has adjustments."""
PRICES = ("subtotal", *ADJUSTED_COLUMNS, "shipping", "rounding", "total")
"""The sums of an order."""
ADJUSTED_ORDER = f"{ADJUSTED} OR NEW.shipping <> 0 OR NEW.rounding <> 0"


def sums_of(table: str, column: str) -> str:
    """Refuses a line or delivery of `table` whose sums aren't those of the adjustments that name it in `column`."""
    stored = ", ".join(f"part.{each}" for each in ADJUSTED_COLUMNS)
    summed = ", ".join(f"rows.{each}" for each in ADJUSTED_COLUMNS)
    return f"""
IF EXISTS (
    SELECT 1 FROM {table} part
    CROSS JOIN LATERAL (
        SELECT {_SUMS} FROM orders_adjustment WHERE order_id = part.order_id AND {column} = part.id
    ) rows
    WHERE part.id = NEW.id AND ({stored}) IS DISTINCT FROM ({summed})
) THEN
    RAISE EXCEPTION 'the sums of a row of % are not those of its adjustments', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""  # noqa: S608 - of constants alone


ORDER_ADDS_UP = """
IF EXISTS (
    SELECT 1 FROM orders_order o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(unit_price * quantity), 0) AS subtotal, coalesce(sum(discount), 0) AS discount,
               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,
               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total
        FROM orders_orderline WHERE order_id = o.id
    ) lines
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(price), 0) AS price, coalesce(sum(discount), 0) AS discount,
               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,
               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total
        FROM orders_deliverycharge WHERE order_id = o.id
    ) delivery
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS amount FROM orders_adjustment
        WHERE order_id = o.id AND line_id IS NULL AND delivery_id IS NULL
    ) rounding
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS tax, coalesce(sum(amount) FILTER (WHERE included), 0) AS tax_included
        FROM orders_taxtotal WHERE order_id = o.id
    ) totals
    WHERE o.id = NEW.id AND (
        (o.subtotal, o.discount, o.surcharge, o.tax, o.tax_included, o.shipping, o.rounding, o.total)
            IS DISTINCT FROM (
                lines.subtotal, lines.discount + delivery.discount, lines.surcharge + delivery.surcharge,
                lines.tax + delivery.tax, lines.tax_included + delivery.tax_included, delivery.price,
                rounding.amount, lines.total + delivery.total + rounding.amount
            )
        OR (o.tax, o.tax_included) IS DISTINCT FROM (totals.tax, totals.tax_included)
    )
) THEN
    RAISE EXCEPTION 'the sums of an order are not those of its lines, delivery, rounding and taxes'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""

# Of an adjustment that is planted beside an order whose own row nobody touches.
ADJUSTMENT_IS_COUNTED = """
IF EXISTS (
    SELECT 1 FROM (SELECT DISTINCT order_id FROM added) touched
    JOIN orders_order o ON o.id = touched.order_id
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,
               coalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,
               coalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,
               coalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included,
               coalesce(sum(amount) FILTER (WHERE kind = 'rounding'), 0) AS rounding
        FROM orders_adjustment WHERE order_id = o.id
    ) rows
    WHERE (o.discount, o.surcharge, o.tax, o.tax_included, o.rounding)
        IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included, rows.rounding)
) THEN
    RAISE EXCEPTION 'an adjustment is not counted in the sums of its order'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""


def adds_up(name: str, columns: tuple[str, ...], adjusted: str, func: str) -> list[pgtrigger.Trigger]:
    """Looks at a row's sums, in `columns`, when it comes with adjustments or when one of them changes."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    inserted = (f"{name}", pgtrigger.Insert, adjusted)
    updated = (f"{name}_still", pgtrigger.UpdateOf(*columns), changed)  # type: ignore[no-untyped-call]
    return [
        pgtrigger.Trigger(
            name=each,
            operation=operation,
            when=pgtrigger.After,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Condition(condition),
            func=func,
        )
        for each, operation, condition in (inserted, updated)
    ]


def credited_by_refunds(name: str) -> list[pgtrigger.Trigger]:
    """Refuses a row that comes with something credited, and an UPDATE of `credited` that no trigger makes."""
    return [
        pgtrigger.Trigger(
            name=f"{name}_begins_without_credit",
            operation=pgtrigger.Insert,
            when=pgtrigger.Before,
            condition=pgtrigger.Condition(given(("credited",))),
            func=REFUSE_CREDIT_BY_HAND,
        ),
        pgtrigger.Trigger(
            name=f"{name}_credited_by_refund",
            operation=pgtrigger.UpdateOf("credited"),  # type: ignore[no-untyped-call]
            when=pgtrigger.Before,
            condition=pgtrigger.Condition(changed_by_hand(("credited",))),
            func=REFUSE_CREDIT_BY_HAND,
        ),
    ]


# Orders on account


def owes(row: str) -> str:
    """What is owed by an order: what is due of it on account. Money to be given back pays for no other order."""
    due = f"{row}.charged - {row}.credited - {row}.written_off - {row}.captured + {row}.refunded"
    return f"CASE WHEN {row}.payment_terms = 'on_account' THEN greatest({due}, 0) ELSE 0 END"


OWED_COLUMNS = ("charged", "captured", "refunded", "credited", "written_off", "payment_terms")
"""The columns that what is owed by an order hangs on."""
OWED_CHANGES = f"NEW.customer_id IS NOT NULL AND ({owes('OLD')}) <> ({owes('NEW')})"
"""The condition under which a customer owes more or less than before; no order that is prepaid meets it."""

# Run as the transaction ends, so that a credit account is the last lock of all. What is charged anew, and an order that
# goes on account, must keep within the limit; money that is given back or taken back may raise what is owed beyond it.
COUNT_WHAT_IS_OWED = f"""
PERFORM pg_advisory_xact_lock_shared({credit_lock_key()});
UPDATE customers_creditaccount a SET owed = a.owed + ({owes("NEW")}) - ({owes("OLD")})
WHERE a.customer_id = NEW.customer_id AND a.currency = NEW.currency
RETURNING a.owed > a."limit" INTO beyond;
IF beyond AND ({owes("NEW")}) > ({owes("OLD")})
    AND (OLD.payment_terms <> NEW.payment_terms OR NEW.charged - NEW.credited > OLD.charged - OLD.credited) THEN
    RAISE EXCEPTION 'an order on account goes beyond the credit of its customer'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""  # noqa: S608 - of constants alone
