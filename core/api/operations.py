"""What can be done to an object now, over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request

from core.api.renderers import json_response
from core.api.serializers import BooleanField, Nothing, StrictSerializer, StringField
from core.api.views import ActionView, ApiView
from core.operations import Operation, OperationReport, action_of, operations, operations_of
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
    missing = operation.scope if operation.scope not in {None, *scopes} else None
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


def action_paths(
    model: type[models.Model],
    base: type[ActionView],
    stem: str,
    bodies: Mapping[Operation, type[StrictSerializer]],
    *,
    besides: Collection[Operation] = (),
) -> list[URLPattern]:
    """A route for each operation that is a POST to `<stem><its name>/`; `bodies` are what some ask beside the row.

    Each view is a `base` whose `run` is the operation's action. Those in `besides` have views of their own.
    """
    return [
        path(f"{stem}{_tail(each)}/", _action_view(base, each, bodies).as_view(), name=each.route.name)
        for each in operations(model)
        if each not in besides and each.route and not each.route.further and each.route.name.endswith(f"-{_tail(each)}")
    ]


def _tail(operation: Operation) -> str:
    return operation.name.replace("_", "-")


def _action_view(
    base: type[ActionView], operation: Operation, bodies: Mapping[Operation, type[StrictSerializer]]
) -> type[ActionView]:
    name = operation.name.title().replace("_", "")
    members = {
        "scopes": {"POST": operation.scope},
        "bodies": {"POST": bodies.get(operation, Nothing)},
        "run": staticmethod(action_of(operation)),
    }
    return type(name, (base,), members)
