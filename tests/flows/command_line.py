"""Driving the product as its user does: files in, commands, CSV out."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine
from django.core.management import call_command
from django_scopes import scope

from apps.distributors.models import Distributor
from apps.distributors.services.stores import save_store
from apps.merchants.models import Merchant
from apps.payouts.services.accounts import save_payout_account
from apps.payouts.services.batches import approve_batch, make_batch
from apps.payouts.services.settling import mark_payout_paid
from apps.payouts.services.withdrawals import approve_withdrawal, request_withdrawal
from apps.products.models import Sku
from apps.products.services import ensure_category
from apps.products.services.campaigns import save_campaign
from tests.factories import StaffMembershipFactory

IMPORTS = ("levels", "distributors", "products", "orders", "refunds")


def run(*arguments: str) -> str:
    """What a management command printed."""
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def rows(*arguments: str) -> list[dict[str, str]]:
    """The rows of the CSV a management command printed."""
    return list(csv.DictReader(io.StringIO(run(*arguments))))


class Shopkeeper:
    """A merchant run from the command line."""

    def __init__(self, folder: Path, code: str = "case"):
        self.folder = folder
        self.code = code
        run("create_merchant", code, "--name", "Case")
        self.merchant = Merchant.objects.get(code=code)

    def take_in(
        self,
        files: dict[str, str],
        plans: Iterable[tuple[str, dict]],
        keepers: Mapping[str, str] | None = None,
    ) -> None:
        """Import everything, in the order a merchant would; `keepers`: who keeps which store."""
        for kind in IMPORTS:
            if kind == "orders":
                self.open_stores(keepers or {})
            if text := files.get(f"{kind}.csv"):
                path = self.folder / f"{kind}.csv"
                path.write_text(text, encoding="utf-8")
                run(f"import_{kind}", "--merchant", self.code, str(path))
        for effective_from, document in plans:
            self._make_categories(document)
            path = self.folder / "plan.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            run(
                "import_plan", "--merchant", self.code, str(path), "--activate",
                "--from", effective_from, "--acknowledge", "Owner",
            )  # fmt: skip

    def open_stores(self, keepers: Mapping[str, str]) -> None:
        """Stores, by code, each kept by a distributor."""
        with scope(merchant=self.merchant):
            for code, keeper in keepers.items():
                person = Distributor.objects.get(code=keeper)
                save_store(merchant=self.merchant, code=code, name=code, keeper=person)

    def announce(
        self, code: str, *, sku: str, price: str, extra: str, starts_at: datetime, ends_at: datetime
    ) -> None:
        """A campaign for one SKU, announced the day before it starts; `extra` in percent."""
        with time_machine.travel(starts_at - timedelta(days=1)), scope(merchant=self.merchant):
            save_campaign(
                merchant=self.merchant, code=code, name=code, starts_at=starts_at, ends_at=ends_at,
                extra_commission=Decimal(extra),
                prices={Sku.objects.get(code=sku): Decimal(price)},
            )  # fmt: skip

    def _make_categories(self, document: dict) -> None:
        """A rule may name a category that no product is in; the merchant has made it before."""
        with scope(merchant=self.merchant):
            for rule in document["rules"]:
                if "category" in rule:
                    ensure_category(merchant=self.merchant, path=rule["category"])

    def run_due(self, as_of: str) -> None:
        run("run_due", "--merchant", self.code, "--as-of", as_of)

    def pay(self, code: str, amount: str, at: str) -> None:
        """Run what is due at that moment, then withdraw and be paid, at that moment."""
        self.run_due(at)
        moment = datetime.fromisoformat(at)
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        with time_machine.travel(moment, tick=False), scope(merchant=self.merchant):
            distributor = Distributor.objects.get(code=code)
            withdraw_and_pay(self.merchant, distributor, Decimal(amount), key=f"{code}{at}")

    def export(self, what: str, *options: str) -> list[dict[str, str]]:
        return rows(f"export_{what}", "--merchant", self.code, *options)


def withdraw_and_pay(merchant, distributor, amount: Decimal, key: str) -> None:
    """The whole way of one withdrawal, with two people on the merchant's side."""
    if not distributor.payout_accounts.exists():
        save_payout_account(
            distributor=distributor, method="bank", holder_name=distributor.name,
            bank_name="Bank", number="6222020000000000000",
        )  # fmt: skip
    maker, checker = (StaffMembershipFactory(role="owner").user for _ in range(2))
    withdrawal = request_withdrawal(distributor=distributor, amount=amount, request_key=key)
    withdrawal = approve_withdrawal(withdrawal=withdrawal, actor=maker)
    batch = make_batch(merchant=merchant, withdrawals=[withdrawal], actor=maker)
    batch = approve_batch(batch=batch, actor=checker)
    mark_payout_paid(payout=batch.payouts.get(), actor=checker)
