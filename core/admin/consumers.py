"""Consumers in the console: how far each partition is worked, and the messages that were refused, to try them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin.events import SYSTEM
from core.authorities import CONSUMERS_MANAGE
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import FlagFilter
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.consumers.actions import reposition_partition, set_aside, try_again, why_not_again
from core.models import ConsumedPartition, RefusedMessage
from core.transitions import Blocker


class PartitionForm(ActionForm):
    to = forms.IntegerField(
        label="Offset",
        min_value=0,
        help_text="Of the message to work next. Behind where the consumer is, messages are worked again, unless they "
        "are older than what was heard since; ahead of it, those between never are.",
    )


def _reposition(pressed: Submission) -> str:
    to = pressed.data["to"]
    reposition_partition(pressed.obj.pk, to=to, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} goes on with the message at {to:,}."


def _try_again(pressed: Submission) -> str:
    try_again(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is worked; what it said is forgotten."


def _set_aside(pressed: Submission) -> str:
    set_aside(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is set aside; what it said is forgotten."


def _is_settled(message: RefusedMessage) -> Blocker | None:
    return Blocker("The message is settled.", "Nothing to do.", done=True) if message.settled_at else None


class StuckFilter(FlagFilter):
    title = "stuck"
    parameter_name = "stuck"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=ConsumedPartition.objects.stuck())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(pk__in=ConsumedPartition.objects.stuck())


class WaitingFilter(FlagFilter):
    title = "waiting"
    parameter_name = "waiting"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=RefusedMessage.objects.waiting())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(pk__in=RefusedMessage.objects.waiting())


@admin.register(ConsumedPartition)
class ConsumedPartitionAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 93, "move_to_inbox")
    list_display = ("consumer", "topic", "partition", "state", "next", "behind", "worked", "seen")
    list_filter = (StuckFilter,)
    ordering = ("consumer", "topic", "partition")
    buttons = (
        Button("reposition", "Continue from…", _reposition, CONSUMERS_MANAGE, form=PartitionForm, look="danger"),
    )

    @admin.display(description="Status")
    def state(self, row: ConsumedPartition) -> SafeString:
        return badge("Stuck", "bad") if row.last_error else badge("Following", "good")

    @admin.display(description="Next offset")
    def next(self, row: ConsumedPartition) -> str:
        return f"{row.next_offset:,}"

    @admin.display(description="Behind by")
    def behind(self, row: ConsumedPartition) -> str:
        return f"{row.lag:,}"

    @admin.display(description="Last worked")
    def worked(self, row: ConsumedPartition) -> object:
        return moment(row.worked_at)

    @admin.display(description="Last looked at")
    def seen(self, row: ConsumedPartition) -> object:
        return moment(row.seen_at)

    def badges(self, obj: ConsumedPartition) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: ConsumedPartition) -> Sequence[Fact]:
        return [
            Fact("Consumer", obj.consumer),
            Fact("Topic", obj.topic),
            Fact("Partition", obj.partition),
            Fact("Since", moment(obj.created_at)),
            *([Fact("Stuck", obj.last_error)] if obj.last_error else []),
        ]

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        row = [f"{obj.next_offset:,}", f"{obj.end_offset:,}", self.behind(obj), self.worked(obj), self.seen(obj)]
        heads = ["Next offset", "End", "Behind by", "Last worked", "Last looked at"]
        return [Panel("Standing", heads, [row], numeric=range(3))]


@admin.register(RefusedMessage)
class RefusedMessageAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 94, "unsubscribe")
    list_display = ("where", "state", "code", "told", "refused")
    list_select_related = ("partition",)
    list_filter = (WaitingFilter,)
    ordering = ("-id",)
    buttons = (
        Button("try", "Try again", _try_again, CONSUMERS_MANAGE, look="primary", blocked=why_not_again),
        Button(
            "aside", "Set aside", _set_aside, CONSUMERS_MANAGE, look="danger", confirm=True, blocked=_is_settled,
            help="It has no effect, and what it said is forgotten.",
        ),
    )  # fmt: skip

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("partition")

    @admin.display(description="Message")
    def where(self, row: RefusedMessage) -> str:
        return str(row)

    @admin.display(description="Status")
    def state(self, row: RefusedMessage) -> SafeString:
        return badge("Settled", "neutral") if row.settled_at else badge("Refused", "bad")

    @admin.display(description="Reason")
    def told(self, row: RefusedMessage) -> str:
        return row.reason[:100]

    @admin.display(description="Refused")
    def refused(self, row: RefusedMessage) -> object:
        return moment(row.refused_at)

    def badges(self, obj: RefusedMessage) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: RefusedMessage) -> Sequence[Fact]:
        return [
            Fact("Consumer", obj.partition.consumer),
            Fact("Partition", link_to("core.consumedpartition", obj.partition_id, obj.partition)),
            Fact("Offset", f"{obj.offset:,}"),
            Fact("Code", obj.code),
            Fact("Reason", obj.reason),
            Fact("Refused", moment(obj.refused_at)),
            Fact("Settled", moment(obj.settled_at)),
        ]

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        if obj.forgotten:
            return [Panel("What it said", empty="It is forgotten.")]
        said = [Fact("Key", _text(obj.key)), Fact("Size", f"{obj.size:,} bytes"), Fact("Value", _text(obj.value))]
        return [Panel("What it said", facts=said)]


def _text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


register_tile(
    Tile(
        "Refused messages",
        "Messages of other systems that had no effect. Mend what each names, and try it again.",
        "core.refusedmessage",
        RefusedMessage.objects.waiting,
        {"waiting": "yes"},
        position=96,
    )
)
register_tile(
    Tile(
        "Stuck partitions",
        "Consumers that Kafka has lost messages of. Nothing is taken from them until somebody says where to go on.",
        "core.consumedpartition",
        ConsumedPartition.objects.stuck,
        {"stuck": "yes"},
        position=97,
    )
)
register_words(
    {
        "consumed_partition.repositioned": lambda data: f"Goes on at {data['after']:,}, not {data['before']:,}",
        "refused_message.worked": lambda _: "Tried again, and worked",
        "refused_message.set_aside": lambda _: "Set aside",
    }
)
