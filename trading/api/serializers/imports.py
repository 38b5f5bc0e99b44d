from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import ListField, MapField, StrictSerializer, StringField
from core.models import JobStatus

MAX_RECORDS = 500
"""Of one notification; stores send one, or a few."""


class NewImportSerializer(StrictSerializer):
    name = StringField(max_length=200, help_text="The file's name, for people.")


class FileUploadSerializer(serializers.Serializer[object]):
    method = serializers.CharField()
    url = serializers.URLField(help_text="Where the file goes, as the body of one request without an API key.")
    headers = serializers.DictField(child=serializers.CharField(), help_text="Which that request must carry.")
    expires_at = serializers.DateTimeField()


class ListedImportSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    status = serializers.ChoiceField(JobStatus.choices)
    progress = serializers.FloatField(help_text="How much of the file was read: 0 to 1.")
    size = serializers.IntegerField(help_text="Bytes of the file.")
    lines_read = serializers.IntegerField()
    added = serializers.IntegerField(help_text="Rows that are new orders of the book.")
    unchanged = serializers.IntegerField(help_text="Rows that were in the book already.")
    rejected = serializers.IntegerField(help_text="Rows that are in `rejects/`, each with its reason.")
    failure = serializers.CharField(help_text="Why it failed; empty when it didn't.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportSerializer(ListedImportSerializer):
    upload = FileUploadSerializer(allow_null=True, help_text="While the import waits for its file.")


class NotifyOfFilesSerializer(StrictSerializer):
    """For the documentation: what else a store says is passed over, not refused."""

    documents_others = True

    Records = ListField(
        child=MapField(max_length=50), max_length=MAX_RECORDS, help_text="Each names its object in s3.object.key."
    )


class NotifiedFilesSerializer(serializers.Serializer[object]):
    queued = serializers.ListField(child=serializers.UUIDField(), help_text="Imports whose file is there.")
    ignored = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of no import, or of which the store has no object."
    )
