"""The last route under /api/: what no other route is for."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from core.api.identifiers import refuse_other_notation
from core.api.problems import MalformedInput, problem_for


@csrf_exempt
def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """Answers with DEBUG on too, where Django shows its own page instead of handler404."""
    try:
        refuse_other_notation(request.path)
    except MalformedInput as error:
        return problem_for(request, error)
    return problem_for(request, Http404())
