"""What keeps the site itself in order, whoever's data it holds."""

from celery import shared_task

from apps.core.bulk import refresh_statistics


@shared_task
def refresh_database_statistics() -> None:
    """Let the database know how its tables have grown; takes a blink."""
    refresh_statistics()
