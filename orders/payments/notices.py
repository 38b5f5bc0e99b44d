"""What gateways tell unasked, at /webhooks/payments/{name}/: signed, perhaps twice, late or out of order."""

from __future__ import annotations

import uuid

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.actors import Actor
from orders.payments.actions import record_notice
from orders.payments.gateways import Answer, NoticeRefused, gateway_named
from orders.payments.models import PaymentAttempt

log = structlog.get_logger("payments")


@csrf_exempt
@require_POST
def payment_notice(request: HttpRequest, name: str) -> HttpResponse:
    """204 when what it tells is recorded, or is of nothing here; 400 when it isn't signed; 404 for no such gateway.

    Anything else is told again by the gateway.
    """
    try:
        gateway = gateway_named(name)
    except KeyError:
        return HttpResponse(status=404)
    try:
        notice = gateway.read_notice(request.headers, request.body)
    except NoticeRefused as error:
        log.warning("notice refused", gateway=name, error=str(error))
        return HttpResponse(str(error), status=400, content_type="text/plain")
    if notice is not None:
        _record(name, notice.key, notice.answer)
    return HttpResponse(status=204)


def _record(name: str, key: str, answer: Answer) -> None:
    """A gateway tells of its own payments alone."""
    try:
        attempt_id = uuid.UUID(key)
    except ValueError:
        attempt_id = None
    if attempt_id is None or not PaymentAttempt.objects.filter(pk=attempt_id, payment__gateway=name).exists():
        log.info("notice of nothing here", gateway=name)
        return
    record_notice(attempt_id, answer, actor=Actor.system(f"payment gateway {name}"))


urlpatterns = [path("<slug:name>/", payment_notice, name="payment-notice")]
