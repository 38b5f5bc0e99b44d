"""Deployment. Celery's application is loaded with it, so that a task sent from the web goes to the right broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
