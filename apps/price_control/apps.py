from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PriceControlConfig(AppConfig):
    name = "apps.price_control"
    verbose_name = _("price control")
