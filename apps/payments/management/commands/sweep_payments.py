"""`sweep_payments`: what is due at WeChat Pay and Alipay, for a site without Celery."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.payments.services.sweeping import sweep_payments


class Command(BaseCommand):
    help = "Ask about open payments, and give back what was refunded. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep_payments()
        self.stdout.write(f"checked {swept.checked}, pulled {swept.pulled}, sent {swept.sent}")
