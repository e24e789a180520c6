from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class PaymentsConfig(AppConfig):
    name = "apps.payments"
    verbose_name = pgettext_lazy("app", "payments")
