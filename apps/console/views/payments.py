"""One payment with all that came of it, what needs attention, proofs, and the settings."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.payments import ConfirmProofForm, PaymentSettingsForm
from apps.console.forms.steps import OptionalReasonForm, ReasonForm
from apps.console.views.base import MerchantStep, StepView, console_page, render_page
from apps.core.attachment_pages import private_response
from apps.core.templatetags.money_display import money_text
from apps.merchants.models import Merchant
from apps.orders.selectors import order_total
from apps.payments.models import (
    Payment,
    PaymentFlag,
    PaymentRefund,
    PaymentSettings,
    ProofFile,
    TransferProof,
)
from apps.payments.providers import configured
from apps.payments.selectors import payment_settings, payment_story
from apps.payments.services.flags import RETURNABLE, accept_flag, give_back, note_flag
from apps.payments.services.proofs import confirm_proof, reject_proof
from apps.payments.services.refunds import retry_refund
from apps.payments.services.settings import save_payment_settings

CHANGE_FLAG = "payments.change_paymentflag"
CHANGE_PROOF = "payments.change_transferproof"
CHANGE_REFUND = "payments.change_paymentrefund"
SET = "payments.add_paymentsettings"


@console_page("payments.view_payment")
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked and paid, what the provider said, what went back, and what does not fit."""
    found = get_object_or_404(Payment.objects.select_related("merchant", "order"), pk=pk)
    return render_page(
        request,
        "console/payment.html",
        _("Payment %(number)s") % {"number": found},
        payment=found,
        story=payment_story(found),
        can_retry=request.user.has_perm(CHANGE_REFUND),
    )


@console_page("payments.view_paymentflag")
def payment_flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Something that does not fit: what it is, and what became of it."""
    related = ["merchant", "payment__order", "resolved_by"]
    found = get_object_or_404(PaymentFlag.objects.select_related(*related), pk=pk)
    refund = PaymentRefund.objects.filter(flag=found).first()
    can_settle = found.is_open and request.user.has_perm(CHANGE_FLAG)
    is_free = can_settle and found.payment is not None and refund is None
    return render_page(
        request,
        "console/payment_flag.html",
        found.get_kind_display(),
        flag=found,
        currency=found.merchant.currency if found.merchant else "CNY",
        refund=refund,
        can_note=can_settle and (refund is None or refund.status != "pending"),
        can_give_back=is_free and found.kind in RETURNABLE,
        can_accept=is_free and found.kind == PaymentFlag.Kind.DOUBLE,
    )


class FlagStep(StepView):
    model = PaymentFlag
    permission = CHANGE_FLAG

    def way_back(self, obj: PaymentFlag) -> str:
        return reverse("console:payment_flag", args=[obj.pk])


class NoteFlag(FlagStep):
    form_class = ReasonForm
    title = gettext_lazy("Settled otherwise")
    explanation = gettext_lazy(
        "Say what became of the money, e.g. paid back by hand at the provider. Nothing is moved "
        "here."
    )
    button = gettext_lazy("Settle")
    done = gettext_lazy("Settled.")

    def take(self, obj: PaymentFlag, values: dict[str, Any]) -> None:
        note_flag(flag=obj, reason=values["reason"], actor=self.request.user)


class GiveBack(FlagStep):
    title = gettext_lazy("Give the money back")
    button = gettext_lazy("Give back")
    done = gettext_lazy("The provider is asked within a minute.")
    is_dangerous = True

    def get_explanation(self, obj: PaymentFlag) -> str:
        return _(
            "%(amount)s goes back to the customer through %(provider)s. This cannot be undone."
        ) % {
            "amount": money_text(obj.amount or 0, obj.merchant.currency if obj.merchant else "CNY"),
            "provider": obj.get_provider_display(),
        }

    def take(self, obj: PaymentFlag, values: dict[str, Any]) -> None:
        give_back(flag=obj, actor=self.request.user)


class AcceptFlag(FlagStep):
    form_class = OptionalReasonForm
    title = gettext_lazy("This paid the order")
    explanation = gettext_lazy(
        "The order was confirmed by hand, and this is the money for it. From now on refunds of the "
        "order go back through the provider."
    )
    button = gettext_lazy("Take it as the order's payment")
    done = gettext_lazy("Taken as the order's payment.")

    def take(self, obj: PaymentFlag, values: dict[str, Any]) -> None:
        accept_flag(flag=obj, reason=values["reason"], actor=self.request.user)


class RetryRefund(StepView):
    model = PaymentRefund
    permission = CHANGE_REFUND
    title = gettext_lazy("Try again")
    explanation = gettext_lazy(
        "The provider is asked again under the same number: it gives the money back once."
    )
    button = gettext_lazy("Try again")
    done = gettext_lazy("The provider is asked within a minute.")

    def way_back(self, obj: PaymentRefund) -> str:
        return reverse("console:payment", args=[obj.payment_id])

    def take(self, obj: PaymentRefund, values: dict[str, Any]) -> None:
        retry_refund(refund=obj, actor=self.request.user)


@console_page("payments.view_transferproof")
def transfer_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What the customer showed, and how it was answered."""
    related = ["merchant", "order__customer", "decided_by", "payment"]
    found = get_object_or_404(TransferProof.objects.select_related(*related), pk=pk)
    is_open = found.status == TransferProof.Status.SUBMITTED
    return render_page(
        request,
        "console/transfer_proof.html",
        _("Proof of transfer for %(order)s") % {"order": found.order},
        proof=found,
        files=list(found.files.order_by("pk")),
        total=order_total(found.order),
        can_answer=is_open and request.user.has_perm(CHANGE_PROOF),
    )


@console_page("payments.view_transferproof")
def proof_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture or PDF of a transfer, for staff of its merchant."""
    found = get_object_or_404(ProofFile, pk=pk)
    return private_response(found.file, kind=found.kind, name=found.name)


class ProofStep(StepView):
    model = TransferProof
    permission = CHANGE_PROOF

    def way_back(self, obj: TransferProof) -> str:
        return reverse("console:transfer_proof", args=[obj.pk])


class ConfirmProof(ProofStep):
    wakes_stages = True
    form_class = ConfirmProofForm
    title = gettext_lazy("The transfer has arrived")
    button = gettext_lazy("The money has arrived")
    done = gettext_lazy("Payment confirmed.")

    def get_explanation(self, obj: TransferProof) -> str:
        return _(
            "Confirm only after %(amount)s has arrived on the account: a picture proves nothing. "
            "The order then counts as a sale."
        ) % {"amount": money_text(order_total(obj.order), obj.merchant.currency)}

    def take(self, obj: TransferProof, values: dict[str, Any]) -> None:
        confirm_proof(proof=obj, actor=self.request.user, paid_at=values["paid_at"])


class RejectProof(ProofStep):
    form_class = ReasonForm
    title = gettext_lazy("Reject the proof")
    explanation = gettext_lazy("The customer reads the reason and may send another proof.")
    button = gettext_lazy("Reject the proof")
    done = gettext_lazy("Rejected. The customer sees why.")
    is_dangerous = True

    def take(self, obj: TransferProof, values: dict[str, Any]) -> None:
        reject_proof(proof=obj, reason=values["reason"], actor=self.request.user)


@console_page("payments.view_paymentsettings")
def payment_settings_page(request: HttpRequest) -> HttpResponse:
    """How customers pay this merchant, and who changed it when."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Ways to pay"))
    rows = PaymentSettings.objects.filter(merchant=merchant).select_related("made_by")
    return render_page(
        request,
        "console/payment_settings.html",
        _("Ways to pay"),
        settings=payment_settings(merchant),
        has_wechat=configured("wechat"),
        has_alipay=configured("alipay"),
        is_in_yuan=merchant.currency == "CNY",
        earlier=list(rows.order_by("-pk")[:10]),
        can_set=request.user.has_perm(SET),
    )


class SetPaymentSettings(MerchantStep):
    permission = SET
    title = gettext_lazy("Ways to pay")
    explanation = gettext_lazy(
        "Customers transfer to the account that stands here: check it twice. Each change stays on "
        "record with your name."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved. It counts for payments begun from now on.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        return PaymentSettingsForm(data, instance=payment_settings(obj))

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:payment_settings")

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        save_payment_settings(merchant=obj, actor=self.request.user, **values)
