"""The finance desk: one withdrawal, one payout batch, and every step of both."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.steps import ReasonForm
from apps.console.selectors import batch_lines
from apps.console.views.base import StepView, console_page, render_page
from apps.ledger.selectors import wallet_balances
from apps.payouts.models import Payout, PayoutBatch, PayoutFreeze, Withdrawal
from apps.payouts.services.bank_file import download_bank_file
from apps.payouts.services.batches import approve_batch, cancel_batch, make_batch
from apps.payouts.services.freezing import clear_freeze
from apps.payouts.services.settling import mark_payout_failed, mark_payout_paid
from apps.payouts.services.withdrawals import approve_withdrawal, reject_withdrawal

REVIEW = "payouts.change_withdrawal"
CHANGE_BATCH = "payouts.change_payoutbatch"
SETTLE = "payouts.change_payout"


@console_page("payouts.view_withdrawal")
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Who asks for how much, where it goes, and what is left of their money."""
    related = ["merchant", "distributor", "payout_account", "reviewed_by", "payout__batch"]
    found = get_object_or_404(Withdrawal.objects.select_related(*related), pk=pk)
    may_review = request.user.has_perm(REVIEW)
    states = Withdrawal.Status
    return render_page(
        request,
        "console/withdrawal.html",
        _("Withdrawal %(number)s") % {"number": found},
        withdrawal=found,
        payout=getattr(found, "payout", None),
        balances=wallet_balances(found.distributor),
        can_approve=may_review and found.status == states.SUBMITTED,
        can_reject=may_review and found.status in (states.SUBMITTED, states.APPROVED),
        can_pay=found.status == states.APPROVED
        and request.user.has_perm("payouts.add_payoutbatch"),
    )


class WithdrawalStep(StepView):
    model = Withdrawal
    permission = REVIEW

    def way_back(self, obj: Withdrawal) -> str:
        return reverse("console:withdrawal", args=[obj.pk])


class ApproveWithdrawal(WithdrawalStep):
    title = gettext_lazy("Approve withdrawal")
    explanation = gettext_lazy("It can then be put into a payout batch.")
    button = gettext_lazy("Approve")
    done = gettext_lazy("Withdrawal approved.")

    def take(self, obj: Withdrawal, values: dict[str, Any]) -> None:
        approve_withdrawal(withdrawal=obj, actor=self.request.user)


class RejectWithdrawal(WithdrawalStep):
    form_class = ReasonForm
    title = gettext_lazy("Reject withdrawal")
    explanation = gettext_lazy(
        "The money becomes available to the distributor again, who will read the reason."
    )
    button = gettext_lazy("Reject")
    done = gettext_lazy("Withdrawal rejected; the money is available again.")
    is_dangerous = True

    def take(self, obj: Withdrawal, values: dict[str, Any]) -> None:
        reject_withdrawal(withdrawal=obj, actor=self.request.user, reason=values["reason"])


class PayWithdrawal(WithdrawalStep):
    permission = "payouts.add_payoutbatch"
    title = gettext_lazy("Make a payout batch")
    explanation = gettext_lazy(
        "A batch with this withdrawal alone. To pay several together, select them in the list."
    )
    button = gettext_lazy("Make batch")
    done = gettext_lazy("The batch now awaits approval by somebody else.")

    def take(self, obj: Withdrawal, values: dict[str, Any]) -> None:
        make_batch(merchant=obj.merchant, withdrawals=[obj], actor=self.request.user)


@console_page("payouts.view_payoutbatch")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The batch with its lines; what can be done depends on its state and on who looks."""
    related = ["merchant", "made_by", "approved_by"]
    found = get_object_or_404(PayoutBatch.objects.select_related(*related), pk=pk)
    lines = batch_lines(found)
    user, states = request.user, PayoutBatch.Status
    may_change = user.has_perm(CHANGE_BATCH)
    is_draft, is_approved = found.status == states.DRAFT, found.status == states.APPROVED
    return render_page(
        request,
        "console/batch.html",
        _("Payout batch %(number)s") % {"number": found},
        batch=found,
        lines=lines,
        total=sum(line.amount for line in lines),
        can_approve=may_change and is_draft and found.made_by_id != user.pk,
        needs_somebody_else=may_change and is_draft and found.made_by_id == user.pk,
        can_cancel=may_change and is_draft,
        can_download=may_change and is_approved,
        can_settle=is_approved and user.has_perm(SETTLE),
    )


class BatchStep(StepView):
    model = PayoutBatch
    permission = CHANGE_BATCH

    def way_back(self, obj: PayoutBatch) -> str:
        return reverse("console:batch", args=[obj.pk])


class ApproveBatch(BatchStep):
    title = gettext_lazy("Approve payout batch")
    explanation = gettext_lazy(
        "You are the second pair of eyes: compare the lines with what you know. Once approved, the "
        "bank file can be downloaded."
    )
    button = gettext_lazy("Approve batch")
    done = gettext_lazy("Batch approved.")

    def take(self, obj: PayoutBatch, values: dict[str, Any]) -> None:
        approve_batch(batch=obj, actor=self.request.user)


class CancelBatch(BatchStep):
    title = gettext_lazy("Cancel payout batch")
    explanation = gettext_lazy("Its withdrawals are approved again and can join another batch.")
    button = gettext_lazy("Cancel this batch")
    done = gettext_lazy("Batch cancelled.")
    is_dangerous = True

    def take(self, obj: PayoutBatch, values: dict[str, Any]) -> None:
        cancel_batch(batch=obj, actor=self.request.user)


class MarkAllPaid(BatchStep):
    permission = SETTLE
    title = gettext_lazy("Mark all as paid")
    explanation = gettext_lazy(
        "The bank has carried out every line that is still to be paid. This cannot be undone; mark "
        "lines that failed one by one first."
    )
    button = gettext_lazy("All of them are paid")
    done = gettext_lazy("All lines marked as paid.")

    def take(self, obj: PayoutBatch, values: dict[str, Any]) -> None:
        with transaction.atomic():
            for line in Payout.objects.filter(batch=obj, status=Payout.Status.WAITING):
                mark_payout_paid(payout=line, actor=self.request.user)


class DownloadBankFile(BatchStep):
    """A POST, because the first download is recorded."""

    title = gettext_lazy("Download bank file")
    explanation = gettext_lazy(
        "The lines still to be paid, for your bank. Lines already marked are left out, so that a "
        "second file never pays them again."
    )
    button = gettext_lazy("Download")
    done = gettext_lazy("Downloaded.")

    def take(self, obj: PayoutBatch, values: dict[str, Any]) -> HttpResponse:
        content = download_bank_file(batch=obj, actor=self.request.user)
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="payout-{obj}.csv"'},
        )


class PayoutStep(StepView):
    model = Payout
    permission = SETTLE

    def way_back(self, obj: Payout) -> str:
        return reverse("console:batch", args=[obj.batch_id])


class MarkPaid(PayoutStep):
    title = gettext_lazy("Mark as paid")
    explanation = gettext_lazy("The bank has carried this payment out. This cannot be undone.")
    button = gettext_lazy("Mark as paid")
    done = gettext_lazy("Line marked as paid.")

    def take(self, obj: Payout, values: dict[str, Any]) -> None:
        mark_payout_paid(payout=obj, actor=self.request.user)


class MarkFailed(PayoutStep):
    form_class = ReasonForm
    title = gettext_lazy("Mark as failed")
    explanation = gettext_lazy(
        "The bank has sent the money back. It becomes available to the distributor again, who will "
        "read the reason."
    )
    button = gettext_lazy("Mark as failed")
    done = gettext_lazy("Line marked as failed; the money is available again.")
    is_dangerous = True

    def take(self, obj: Payout, values: dict[str, Any]) -> None:
        mark_payout_failed(payout=obj, actor=self.request.user, reason=values["reason"])


class ClearFreeze(StepView):
    model = PayoutFreeze
    permission = "payouts.change_payoutfreeze"
    form_class = ReasonForm
    title = gettext_lazy("Let payouts go on")
    explanation = gettext_lazy(
        "Reconciling found that the books do not agree. Go on only when you know why, and say it."
    )
    button = gettext_lazy("Let payouts go on")
    done = gettext_lazy("Payouts go on.")
    is_dangerous = True

    def way_back(self, obj: PayoutFreeze) -> str:
        if self.request.merchant is None:
            return reverse("admin:payouts_payoutfreeze_changelist")
        return reverse("console:reconcile")

    def take(self, obj: PayoutFreeze, values: dict[str, Any]) -> None:
        clear_freeze(freeze=obj, actor=self.request.user, reason=values["reason"])
