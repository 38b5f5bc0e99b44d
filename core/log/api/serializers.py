"""What the routes of the log answer."""

from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import (
    BooleanField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    StrictSerializer,
    StringField,
    TimestampField,
)

MOST_PATTERNS = 50


class LoggedEventSerializer(StrictSerializer):
    specversion = StringField()
    id = IdField(help_text="The same however often you read it.")
    type = StringField()
    source = StringField(help_text="What kind of thing the subject is: /orders.")  # type: ignore[assignment]
    subject = IdField()
    time = TimestampField()
    sequence = StringField(help_text="The subject's version after this event: gap-free.")
    datacontenttype = StringField()
    dataschema = StringField(help_text="Names the type and the version of its data's schema.")
    clientid = IdField(required=False, help_text="The client whose it is; absent from what all share.")
    actor = StringField(help_text="Kind and id of who did it: staff:7.")
    requestid = StringField()
    position = StringField(help_text="Its place in the log, a whole number.")
    data = serializers.DictField()  # type: ignore[assignment]


class EventFeedSerializer(StrictSerializer):
    results = LoggedEventSerializer(many=True)
    position = IntegerField(help_text="What to ask for with `after` next; never smaller than it was.")
    is_all = BooleanField(help_text="Whether there was no more as this was read.")
    next = serializers.URLField(help_text="The same question after `position`; ask it again later where it is all.")


class EventTypeSerializer(StrictSerializer):
    type = StringField()
    title = StringField()
    description = serializers.CharField(help_text="May be empty.")
    schema_version = IntegerField(help_text="Of the events that are recorded now.")
    schema_versions = serializers.ListField(
        child=IntegerField(), help_text="Those that events in the log may have, the newest last."
    )
    schema_url = serializers.URLField(help_text="Where its JSON Schema is.")


class EventTypesSerializer(StrictSerializer):
    results = EventTypeSerializer(many=True)


class SubjectSerializer(StrictSerializer):
    type = IdentifierField(max_length=30, help_text="What kind of thing it is: order.")
    id = IdField()


class FilterSerializer(StrictSerializer):
    types = ListField(
        child=IdentifierField(max_length=60),
        max_length=MOST_PATTERNS,
        required=False,
        help_text="As in `?types=`; all.",
    )
    subject = SubjectSerializer(required=False, help_text="The one thing whose events are told; all when absent.")


class TicketSerializer(StrictSerializer):
    ticket = StringField(max_length=4096, help_text="For `?ticket=` of a stream.")
    expires_at = TimestampField()
