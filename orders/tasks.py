"""Clocks of orders. Each takes an advisory lock, so that one runs at a time, and each calls one action per row."""

from __future__ import annotations

import datetime as dt
import uuid

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError
from core.locks import one_at_a_time
from orders.actions import complete_order, expire_hold, expire_reservation, let_expired_go, serve_backorders
from orders.models import Hold, Order
from orders.payments.queries import authorisations_over
from orders.payments.sending import sweep_attempts
from orders.queries import servable_orders
from orders.settlement.fetching import FETCHED_DAYS, fetch_all
from orders.settlement.reconciling import reconcile_all

BATCH = 500


@shared_task
@one_at_a_time("orders.expire_reservations")
def expire_reservations() -> int:
    """Release the stock of drafts that were not placed in time; returns how many."""
    now = timezone.now()
    expired = list(
        Order.objects.reservation_expired(now).order_by("reserved_until").values_list("pk", flat=True)[:BATCH]
    )
    return sum(expire_reservation(pk, now=now, actor=Actor.system("reservation expiry")) for pk in expired)


@shared_task
@one_at_a_time("orders.expire_holds")
def expire_holds() -> int:
    """Lift holds whose time is up; returns how many."""
    done = 0
    for hold in Hold.objects.expired(timezone.now()).order_by("expires_at")[:BATCH]:
        try:
            done += expire_hold(hold.order_id, hold.pk)
        except DomainError:
            continue  # somebody deleted the order meanwhile
    return done


@shared_task
@one_at_a_time("orders.sweep_attempts")
def sweep_payment_attempts() -> int:
    """Ask gateways what became of what they were asked; returns how many attempts are settled."""
    return sweep_attempts()


@shared_task
@one_at_a_time("orders.expire_authorisations")
def expire_authorisations() -> int:
    """Have gateways let go of what cards set aside and nobody captured in time; returns of how many payments."""
    over = authorisations_over(timezone.now())[:BATCH]
    actor = Actor.system("authorisation expiry")
    return sum(let_expired_go(each.order_id, each.pk, actor=actor) for each in over)


@shared_task
@one_at_a_time("orders.reconcile_payments")
def reconcile_payments() -> int:
    """Compare what gateways say they did with what they were asked, of the last two days that are over, so that a night
    that was missed is made up for; returns how many differences are new.
    """
    today = timezone.localdate()
    days = [today - dt.timedelta(days=ago) for ago in (2, 1)]
    return reconcile_all(days, actor=Actor.system("payment reconciliation"))


@shared_task
@one_at_a_time("orders.fetch_payouts")
def fetch_payouts() -> int:
    """Bring in what gateways paid to the bank on the last seven days and today, so that nights that were missed are
    made up for, and what was refused is tried again; returns how many payouts are new.
    """
    today = timezone.localdate()
    since, until = today - dt.timedelta(days=FETCHED_DAYS), today + dt.timedelta(days=1)
    return fetch_all(since, until, actor=Actor.system("payout import"))


@shared_task
@one_at_a_time("orders.serve_waiting")
def serve_waiting() -> int:
    """Reserve arrived stock for the orders that wait for it, the first placed first; returns the units.

    An order that got less than it was found for (somebody was quicker) keeps its turn: what arrives of that variant
    while this runs goes to it the next time, and not to those after it.
    """
    units, spoken_for = 0, frozenset[uuid.UUID]()
    for each in servable_orders(BATCH):
        served = serve_backorders(each.order_id, of=each.variant_ids - spoken_for, actor=Actor.system("backorders"))
        units, spoken_for = units + served.units, spoken_for | served.lacking
    return units


@shared_task
@one_at_a_time("orders.complete_orders")
def complete_orders() -> int:
    """Complete orders delivered, or brought back whole, long enough ago; returns how many."""
    before = timezone.now() - dt.timedelta(days=settings.ORDER_COMPLETION_DAYS)
    delivered = Order.objects.due_for_completion(before).order_by("delivered_at")
    returned = Order.objects.came_back_whole(before).order_by("-id")
    done = 0
    for pk in [order.pk for due in (delivered, returned) for order in due.only("pk")[:BATCH]]:
        try:
            complete_order(pk, actor=Actor.system("completion"))
            done += 1
        except DomainError:
            continue  # it moved on meanwhile
    return done
