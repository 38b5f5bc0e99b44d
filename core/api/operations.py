"""What can be done to an object now, over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from core.api.renderers import json_response
from core.api.serializers import BooleanField, StrictSerializer, StringField
from core.api.views import ApiView
from core.operations import OperationReport, operations_of
from core.transitions import current_state


class OperationSerializer(StrictSerializer):
    name = StringField(help_text="What `unblock_by` and refusals call it.")
    label = StringField()  # type: ignore[assignment]
    route = StringField(allow_null=True, help_text="Method and path; null for what nobody does by hand.")
    sources = serializers.ListField(child=StringField(), help_text="The statuses from which it moves the object.")
    target = StringField(allow_null=True, help_text="The status into which it moves the object, if it does.")
    allowed = BooleanField(help_text="Whether it is possible now, whoever asks.")
    done = BooleanField(help_text="Whether what it is for is so already.")
    reason = StringField(help_text="Why it is not possible now, with the actual values.")
    unblock = StringField(help_text='What would make it possible; "Nothing…" where nothing would.')
    unblock_by = serializers.ListField(
        child=StringField(), help_text="The operations that `unblock` advises: any one of them leads on."
    )
    permitted = BooleanField(help_text="Whether your key has the scope that it needs.")
    missing_scope = StringField(allow_null=True, help_text="The scope that your key lacks.")


class OperationsSerializer(StrictSerializer):
    status = StringField()
    operations = OperationSerializer(many=True)


class OperationsView(ApiView):
    """Each operation: whether it is possible now, why not, and what would unblock it.

    Never cached: the answer depends on stock, on the time and on other objects too.
    """

    answers = {"GET": OperationsSerializer}

    def row(self) -> models.Model:
        """The object that the path names. Raises NotFound."""
        raise NotImplementedError

    def get(self, request: Request, **path: Any) -> HttpResponse:
        row = self.row()
        (key,) = path.values()
        told = [operation_document(key, report, self.caller.scopes) for report in operations_of(row)]
        document = {"status": current_state(row), "operations": told}
        return json_response(document, headers={"Cache-Control": "no-store"})


def operation_document(key: object, report: OperationReport, scopes: Collection[str]) -> dict[str, Any]:
    """`key` is what the object's path calls it; `scopes` are the caller's."""
    operation, blocker, move = report.operation, report.blocker, report.operation.transition
    scope = operation.authority.scope if operation.authority else None
    missing = scope if scope is not None and scope not in scopes else None
    return {
        "name": operation.name,
        "label": operation.label,
        "route": operation.route.address(key) if operation.route else None,
        "sources": move.sources if move else (),
        "target": move.target if move else None,
        "allowed": report.allowed,
        "done": bool(blocker and blocker.done),
        "reason": blocker.reason if blocker else "",
        "unblock": blocker.unblock if blocker else "",
        "unblock_by": blocker.unblock_by if blocker else (),
        "permitted": operation.route is not None and missing is None,
        "missing_scope": missing,
    }
