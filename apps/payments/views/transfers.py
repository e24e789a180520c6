"""A customer transfers the money outside the site, and shows that they did."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.core.errors import Refused
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.payments.access import guard, payment_page
from apps.payments.forms import ProofForm
from apps.payments.selectors import latest_proof, payment_settings
from apps.payments.services.proofs import submit_proof


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@payment_page
def transfer(request: HttpRequest, order: Order) -> HttpResponse:
    """Where to transfer the money, and the form that shows it was; or how the proof stands."""
    chosen = payment_settings(order.merchant)
    proof = latest_proof(order)
    if not chosen.transfer_on and proof is None:
        raise Http404
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        guard(request, "proof")
        if form.is_valid() and _submit(form, order):
            messages.success(request, _("Your proof has arrived. Somebody looks at it soon."))
            return redirect("payments:transfer", order.merchant.code, order.order_no)
    waits = order.status == Order.Status.PENDING
    context = {
        "merchant": order.merchant,
        "order": order,
        "shop": order.shop or order.distributor,
        "page_title": _("Pay by bank transfer"),
        "total": order_total(order),
        "settings": chosen,
        "proof": proof,
        "waits": waits,
        "form": form,
        "takes_proof": waits
        and chosen.transfer_on
        and (proof is None or proof.status != "submitted"),
    }
    return render(request, "payments/transfer.html", context)


def _submit(form: ProofForm, order: Order) -> bool:
    try:
        submit_proof(order=order, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
