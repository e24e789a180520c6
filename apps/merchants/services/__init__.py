"""Setting up merchants, their staff and their agreements."""

from apps.merchants.services.agreements import (
    AgreementRefused,
    accept_agreement,
    publish_agreement,
    save_agreement_draft,
)
from apps.merchants.services.merchants import (
    SETTINGS,
    MerchantRefused,
    add_staff,
    create_merchant,
    remove_staff,
    set_merchant_logo,
    update_merchant,
)

__all__ = [
    "SETTINGS",
    "AgreementRefused",
    "MerchantRefused",
    "accept_agreement",
    "add_staff",
    "create_merchant",
    "publish_agreement",
    "remove_staff",
    "save_agreement_draft",
    "set_merchant_logo",
    "update_merchant",
]
