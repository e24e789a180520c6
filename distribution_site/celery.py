"""The Celery application.

A message only wakes a worker up: the work itself lives in rows and is swept, so a lost or
doubled message costs nothing. That is why acknowledging late and keeping no results is enough.
"""

import os

from celery import Celery

from distribution_site import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distribution_site.settings")

broker.register()
app = Celery("distribution_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
