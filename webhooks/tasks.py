"""Clocks of webhooks."""

from celery import shared_task

from webhooks.actions import purge_attempts


@shared_task
def purge() -> int:
    """Forget attempts that are past their keeping time; returns how many."""
    return purge_attempts()
