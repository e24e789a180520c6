"""The file that finance uploads to the bank."""

import csv
import io
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.csv_output import safe_cell
from apps.payouts.models import Payout, PayoutAccount, PayoutBatch
from apps.payouts.services.batches import APPROVE, lock_batch
from apps.payouts.services.freezing import require_not_frozen
from apps.payouts.services.refusals import PayoutRefused, require_permission

# In Chinese whatever the language of the site: the bank reads it.
HEADER = ("序号", "收款人", "收款账号", "开户行", "金额", "流水号")
ALIPAY = "支付宝"


@transaction.atomic
def download_bank_file(*, batch: PayoutBatch, actor) -> bytes:
    """A CSV (UTF-8 with BOM) of the lines still to be paid; records when it was first downloaded.

    Amounts are in major units with two decimals; 流水号 is the payout's id, by which the bank must
    pay a line once only. Raises PayoutRefused unless the batch is approved and not yet settled.
    """
    batch = lock_batch(batch)
    require_permission(actor, APPROVE, batch.merchant)
    require_not_frozen(batch.merchant)
    if batch.status != PayoutBatch.Status.APPROVED:
        raise PayoutRefused(
            _("There is a bank file only for an approved batch that is not settled.")
        )
    if batch.downloaded_at is None:
        batch.downloaded_at = timezone.now()
        batch.save(update_fields=["downloaded_at"])
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *_rows(batch)])
    return text.getvalue().encode("utf-8-sig")


def _rows(batch: PayoutBatch) -> Iterator[tuple]:
    """Lines already marked are left out: a second file must not pay them again."""
    waiting = Payout.objects.filter(batch=batch, status=Payout.Status.WAITING)
    payouts = waiting.select_related("withdrawal__payout_account").order_by("pk")
    for number, payout in enumerate(payouts, start=1):
        account = payout.withdrawal.payout_account
        is_bank = account.method == PayoutAccount.Method.BANK
        yield (
            number,
            safe_cell(account.holder_name),
            _as_text(account.number),
            safe_cell(account.bank_name) if is_bank else ALIPAY,
            f"{payout.amount:.2f}",
            str(payout),
        )


def _as_text(number: str) -> str:
    """A spreadsheet rounds a long number to 15 digits; behind a tab it stays text."""
    return safe_cell(number) if "@" in number else f"\t{number}"
