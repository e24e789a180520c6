"""Which providers this site has credentials for. They come from the environment alone."""

from django.conf import settings

from apps.payments.providers.alipay import Alipay
from apps.payments.providers.base import Provider
from apps.payments.providers.wechat import WeChat

PROVIDERS = {"wechat": (WeChat, "WECHAT_PAY"), "alipay": (Alipay, "ALIPAY")}


def configured(code: str) -> bool:
    """Whether the site has credentials for this provider."""
    return code in PROVIDERS and bool(getattr(settings, PROVIDERS[code][1]))


def provider_of(code: str) -> Provider:
    """The provider, with the site's credentials. Raises LookupError where there are none."""
    if not configured(code):
        raise LookupError(f"No credentials for {code}.")
    kind, setting = PROVIDERS[code]
    return kind(**getattr(settings, setting))
