"""Version documents: what a subject said as of a version, written with the change, redacted when somebody is forgotten.

The document as of version n is the latest whose version is n or less: one is written when what it holds changes, none
for mere moves of a status or a counter, which the events and ledgers tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection

from core.actors import Actor
from core.inserts import insert_last
from core.json import to_json
from core.models import VersionDocument, Versioned
from core.transactions import step


def keep_version(content: Mapping[str, Any], *, subject: Versioned, part: Versioned | None = None) -> None:
    """Keep what `subject`, or a `part` of it, says as of the event just recorded.

    It is inserted just before the commit. Call it once per recorded event at most. Raises UnitOfWorkError outside an
    action.
    """
    insert_last(version_document(content, subject=subject, part=part))


def version_document(
    content: Mapping[str, Any], *, subject: Versioned, part: Versioned | None = None, version: int | None = None
) -> VersionDocument:
    """The same, for an action that inserts it itself with the rows that it tells of; as of `version`, if one is named,
    where it has recorded more since.
    """
    about = part or subject
    return VersionDocument(
        subject_type=about.subject_type,
        subject_id=about.pk,
        version=subject.version if version is None else version,
        client_id=subject.owner_id,
        document=to_json(content),
    )


def document_as_of(subject_type: str, subject_id: uuid.UUID, version: int) -> VersionDocument | None:
    """The document that held at `version` of the subject; None before there was any."""
    earlier = VersionDocument.objects.filter(subject_type=subject_type, subject_id=subject_id, version__lte=version)
    return earlier.order_by("-version").first()


_REDACT = """
UPDATE core_versiondocument
SET document = document || (SELECT jsonb_object_agg(name, NULL) FROM jsonb_object_keys(document) name
                            WHERE name = ANY(%(fields)s)),
    redacted_at = statement_timestamp(), redacted_by = %(by)s
WHERE subject_type = %(type)s AND subject_id = ANY(%(ids)s)
  AND EXISTS (SELECT 1 FROM jsonb_each(document) held WHERE held.key = ANY(%(fields)s) AND held.value <> 'null')
"""


@step
def redact(subject_type: str, subject_ids: Collection[uuid.UUID], *, fields: Collection[str], actor: Actor) -> int:
    """Replace these fields by null in every version of the subjects; returns how many documents that changed.

    Asked again it changes nothing. A step, so that whoever forgets a person redacts all that is written of them, and
    records the fact, in one action.
    """
    by = f"{actor.kind}:{actor.id}"
    values: dict[str, Any] = {"type": subject_type, "ids": list(subject_ids), "fields": list(fields), "by": by}
    with connection.cursor() as cursor:
        cursor.execute(_REDACT, values)
        return int(cursor.rowcount)
