"""The project: settings, routes, the Celery application and the development supervisor."""

from distribution_site.celery import app as celery_app

__all__ = ["celery_app"]
