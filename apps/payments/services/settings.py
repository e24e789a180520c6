"""How a merchant's customers may pay."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.merchants.models import Merchant
from apps.payments.models import PaymentSettings
from apps.payments.selectors import payment_settings
from apps.payments.services.refusals import PaymentRefused

FIELDS = frozenset(
    {
        "wechat_on",
        "alipay_on",
        "transfer_on",
        "bank_name",
        "account_name",
        "account_number",
        "transfer_note",
        "minutes_to_pay",
        "returns_stray_money",
    }
)


def save_payment_settings(
    *, merchant: Merchant, actor: User | None, **values: Any
) -> PaymentSettings:
    """Change any of FIELDS for payments begun from now on; what stood before stays on record.

    The same values again change nothing. Raises PaymentRefused for transfers without bank, holder
    and number, for a provider in another currency than yuan, and for a wrong value.
    """
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"Not a setting: {', '.join(sorted(unknown))}")
    with scope(merchant=merchant), transaction.atomic():
        current = payment_settings(merchant)
        merged = {name: values.get(name, getattr(current, name)) for name in FIELDS}
        _check(merchant, merged)
        if current.pk and all(getattr(current, name) == merged[name] for name in FIELDS):
            return current
        row = PaymentSettings(merchant=merchant, made_by=actor, **merged)
        try:
            row.full_clean(exclude=["merchant", "made_by"])
        except ValidationError as error:
            faults = [
                f"{PaymentSettings._meta.get_field(name).verbose_name}: {' '.join(messages)}"
                for name, messages in error.message_dict.items()
            ]
            raise PaymentRefused("\n".join(faults)) from error
        row.save()
    return row


def _check(merchant: Merchant, values: dict[str, Any]) -> None:
    account = (values["bank_name"], values["account_name"], values["account_number"])
    if values["transfer_on"] and not all(each.strip() for each in account):
        raise PaymentRefused(
            _("Give bank, account holder and account number: customers transfer to them.")
        )
    if (values["wechat_on"] or values["alipay_on"]) and merchant.currency != "CNY":
        raise PaymentRefused(_("WeChat Pay and Alipay are for merchants who sell in yuan."))
