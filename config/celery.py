"""The Celery application. It is made lazily from the settings named CELERY_*; each app's tasks.py holds its clocks."""

import gc
import os
from typing import Any

from celery import Celery, bootsteps, signals
from kombu import Exchange, Queue
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

DEAD_LETTERS = Queue("celery.dead", Exchange("celery.dead", type="fanout"), queue_arguments={"x-queue-type": "quorum"})
"""Where RabbitMQ puts a message that several workers died of. Only hints travel there, so nothing waits for it."""


class DeclareDeadLetters(bootsteps.StartStopStep):
    """Make the dead-letter exchange before the worker consumes; the main queue names it in its arguments."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        with worker.app.connection_for_write() as connection:
            if connection.transport.driver_type == "amqp":
                DEAD_LETTERS(connection.default_channel).declare()


class WorksAlone(bootsteps.Step):
    """No gossip among workers, who have nothing to tell each other: it fails whenever the broker restarts."""

    def __init__(self, worker: Any, **options: Any) -> None:
        worker.options.update(without_gossip=True, without_mingle=True)
        super().__init__(worker, **options)


# What a worker had not begun is found by the sweeps. Putting it back while closing a lost connection, kombu opens that
# connection once more, which it no longer knows: an AttributeError that ends the worker.
redis.Channel.do_restore = False

app = Celery("quartermaster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].update((DeclareDeadLetters, WorksAlone))


@signals.worker_before_create_process.connect
def share_memory(**_: Any) -> None:
    """What the parent has loaded is left alone by its children's garbage collectors, and so stays shared."""
    gc.freeze()
