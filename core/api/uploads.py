"""Where presigned uploads of the local store go: no part of the API, but what a bucket would be."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from core.actors import Actor
from core.api.bodies import LengthRequired, require_uncompressed
from core.api.problems import ApiProblem, problem_for
from core.errors import DomainError
from core.files import object_store
from core.files.local import key_of
from core.jobs.actions import queue_job
from core.models import Job

ACTOR = Actor.system("upload")


class CutShort(DomainError):
    code = "upload_cut_short"
    status = 400
    title = "Upload cut short"


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """PUT the file of one job. The token in the query says which, is signed, and expires; there is no other key."""
    if request.method != "PUT":
        return problem_for(request, MethodNotAllowed(request.method or ""))
    job = Job.objects.waiting().filter(file_key=key_of(request.GET.get("token", "")) or "").first()
    if job is None:
        return problem_for(request, Http404())
    try:
        _require_length(request)
        require_uncompressed(request)
        size = object_store().save(job.file_key, cast(BinaryIO, _Body(request)))
        queue_job(job.pk, total=size, actor=ACTOR)
    except (ApiProblem, DomainError) as error:
        return problem_for(request, error)
    return HttpResponse()


def _require_length(request: HttpRequest) -> None:
    """Without its length, whether the file came whole could not be told. Raises LengthRequired."""
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired(
            "The upload has no Content-Length; a file is not taken in chunks of unknown number.",
            unblock="Send the file with its length, as curl does for a file that it is given by name.",
        )


class _Body:
    """The body of a request, which must be as long as it says."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._missing = int(request.META["CONTENT_LENGTH"])

    def read(self, size: int) -> bytes:
        """Raises CutShort."""
        chunk = self._request.read(size)
        self._missing -= len(chunk)
        if not chunk and self._missing:
            raise CutShort("The body ended before its Content-Length.", unblock="Send it again.")
        return chunk
