"""Other people's wire formats, through their SDKs, behind one interface. No database here."""

from apps.payments.providers.base import (
    Charge,
    Notice,
    NoticeRefused,
    Provider,
    ProviderError,
    Returned,
    Trade,
)
from apps.payments.providers.registry import configured, provider_of

__all__ = [
    "Charge",
    "Notice",
    "NoticeRefused",
    "Provider",
    "ProviderError",
    "Returned",
    "Trade",
    "configured",
    "provider_of",
]
