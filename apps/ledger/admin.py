"""The books, to be read. Nothing here can be added, changed or deleted by anybody."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    display,
    money_column,
)
from apps.core.fields import MoneyField
from apps.ledger.models import WALLET_KINDS, Account, Transfer, Wallet

DOCUMENT_NAMES = {
    "commission": _("commission"),
    "withdrawal": _("withdrawal"),
    "write_off": _("debt write-off"),
}


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    """Everybody's balances; a row leads to the person."""

    story_url = "console:distributor"
    list_display = ["distributor", "pending", "available", "withdrawing", "paid", "debt"]
    list_select_related = ["distributor"]
    search_fields = ["distributor__code", "distributor__name", "distributor__phone"]
    search_help_text = _("Distributor's code, name or phone")
    ordering = ["distributor__code"]

    pending = money_column("pending_balance", _("pending"))
    available = money_column("available_balance", _("available"))
    withdrawing = money_column("withdrawing_balance", _("withdrawing"))
    paid = money_column("paid_balance", _("paid out"))
    debt = money_column("debt_balance", _("debt"))

    def story_of(self, obj: Wallet) -> int:
        return obj.distributor_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        accounts = Account.objects.filter(wallet=OuterRef("pk")).order_by()
        balances = {
            f"{kind}_balance": Subquery(
                accounts.filter(kind=kind).values("balance"), output_field=MoneyField()
            )
            for kind in WALLET_KINDS
        }
        return super().get_queryset(request).annotate(**balances)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["key", "kind", "amount_column", "debit", "credit", "effective_at", "created_at"]
    list_select_related = [
        "debit_account__wallet__distributor",
        "credit_account__wallet__distributor",
    ]
    list_filter = [("kind", ChoicesDropdownFilter), ("effective_at", DayRangeFilter)]
    search_fields = [
        "key",
        "debit_account__wallet__distributor__code",
        "credit_account__wallet__distributor__code",
    ]
    search_help_text = _("Key or distributor's code")
    ordering = ["-effective_at", "-pk"]
    fields = [
        "key",
        "kind",
        "amount_column",
        "debit",
        "credit",
        "document",
        "document_id",
        "effective_at",
        "created_at",
    ]
    readonly_fields = fields

    amount_column = money_column("amount", _("amount"))

    @display(description=_("document"))
    def document(self, transfer: Transfer) -> str:
        return str(DOCUMENT_NAMES.get(transfer.document_type, transfer.document_type))

    @display(description=_("from"))
    def debit(self, transfer: Transfer) -> str:
        return _side(transfer.debit_account)

    @display(description=_("to"))
    def credit(self, transfer: Transfer) -> str:
        return _side(transfer.credit_account)


def _side(account: Account) -> str:
    """Whose account it is and of what kind, without a query of its own."""
    if account.wallet_id is None:
        return account.get_kind_display()
    return f"{account.wallet.distributor} · {account.get_kind_display()}"
