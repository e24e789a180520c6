"""One order, whole, and the steps that move it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.commissions.selectors import explain_order
from apps.commissions.selectors.return_quota import buyer_of, return_quota_of
from apps.console.forms.orders import (
    CompleteForm,
    CompleteRefundForm,
    ConfirmPaymentForm,
    RefundForm,
    ShipForm,
)
from apps.console.forms.steps import OptionalReasonForm
from apps.console.selectors import order_story
from apps.console.views.base import StepView, console_page, render_page
from apps.core.templatetags.money_display import money_text
from apps.orders.models import Order, OrderLine, Refund
from apps.orders.services.closing import close_order
from apps.orders.services.progress import (
    cancel_order,
    complete_order,
    confirm_payment,
    ship_order,
)
from apps.orders.services.refunds import (
    complete_refund,
    record_refund,
    reject_refund,
    undo_refund,
)
from apps.payments.selectors import applied_payment

Status = Order.Status
CHANGE_ORDER = "orders.change_order"
CHANGE_REFUND = "orders.change_refund"


@console_page("orders.view_order")
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Lines with what each earned whom, the customer, the way so far, and what can be done now."""
    related = [
        "merchant",
        "customer",
        "distributor",
        "payment_confirmed_by",
        "store__keeper",
        "shop",
        "coupon_use__coupon",
    ]
    found = get_object_or_404(Order.objects.select_related(*related), pk=pk)
    may_change = request.user.has_perm(CHANGE_ORDER)
    return render_page(
        request,
        "console/order.html",
        _("Order %(number)s") % {"number": found.order_no},
        story=order_story(found),
        order=found,
        can_confirm=may_change and found.status == Status.PENDING,
        can_ship=may_change and found.status == Status.PAID,
        can_report=may_change
        and found.status in (Status.PENDING, Status.PAID)
        and found.open_problem is None,
        can_resolve=may_change,
        can_complete=may_change and found.status in (Status.PAID, Status.SHIPPED),
        can_close=may_change and found.status in (Status.PAID, Status.SHIPPED),
        can_refund=request.user.has_perm("orders.add_refund") and found.is_paid,
        can_settle_refunds=request.user.has_perm(CHANGE_REFUND),
    )


@console_page("orders.view_order")
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """How each commission of the order came about, recomputed and held against its rows."""
    found = get_object_or_404(Order.objects.select_related("merchant"), pk=pk)
    return render_page(
        request,
        "console/explain.html",
        _("How order %(number)s was computed") % {"number": found.order_no},
        order=found,
        explanation=explain_order(found),
    )


def way_of_refunds(order: Order) -> str:
    """A sentence on how a refund reaches the customer; "" where the merchant pays it by hand."""
    payment = applied_payment(order)
    if payment is None or not payment.is_online:
        return ""
    return " " + _(
        "The order was paid with %(provider)s: the money goes back that way by itself, within a "
        "minute. Do not pay it back by hand as well."
    ) % {"provider": payment.get_provider_display()}


class OrderStep(StepView):
    model = Order
    permission = CHANGE_ORDER

    def way_back(self, obj: Order) -> str:
        return reverse("console:order", args=[obj.pk])


class ConfirmPayment(OrderStep):
    wakes_stages = True
    form_class = ConfirmPaymentForm
    title = gettext_lazy("Confirm payment")
    explanation = gettext_lazy(
        "Confirm only after the money has arrived. The order then counts as a sale, and the "
        "commission plan in force at this time computes what it earns."
    )
    button = gettext_lazy("The money has arrived")
    done = gettext_lazy("Payment confirmed.")

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        confirm_payment(order=obj, actor=self.request.user, paid_at=values["paid_at"])


class ShipOrder(OrderStep):
    form_class = ShipForm
    title = gettext_lazy("Ship order")
    button = gettext_lazy("Mark as shipped")
    done = gettext_lazy("The order is on its way.")

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        ship_order(order=obj, actor=self.request.user, **values)


class CompleteOrder(OrderStep):
    wakes_stages = True
    form_class = CompleteForm
    title = gettext_lazy("Complete order")
    explanation = gettext_lazy("The customer has received the goods.")
    button = gettext_lazy("Mark as completed")
    done = gettext_lazy("The order is completed.")

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        complete_order(order=obj, actor=self.request.user, **values)


class CancelOrder(OrderStep):
    title = gettext_lazy("Cancel order")
    explanation = gettext_lazy("The order was never paid and will not be. This cannot be undone.")
    button = gettext_lazy("Cancel this order")
    done = gettext_lazy("The order is cancelled.")
    is_dangerous = True

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        cancel_order(order=obj, actor=self.request.user)


class CloseOrder(OrderStep):
    wakes_stages = True
    title = gettext_lazy("Cancel and refund everything")
    button = gettext_lazy("Cancel and refund everything")
    done = gettext_lazy(
        "The order is cancelled and refunded. Commissions are taken back within a minute."
    )
    is_dangerous = True

    def get_explanation(self, obj: Order) -> str:
        left = sum(line.refundable_amount for line in obj.lines.all())
        return _(
            "The customer gets back whatever is left of each line, %(left)s together; shipping is "
            "not part of it. Every commission on this order is taken back. Goods that were not "
            "shipped go back into stock. The sale stays on its day, the refunds count today. "
            "This cannot be undone."
        ) % {"left": money_text(left, obj.merchant.currency)} + way_of_refunds(obj)

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        close_order(order=obj, actor=self.request.user)


class RefundLine(StepView):
    wakes_stages = True
    model = OrderLine
    permission = "orders.add_refund"
    form_class = RefundForm
    title = gettext_lazy("Record a refund")
    button = gettext_lazy("Record refund")
    done = gettext_lazy("Refund recorded. Commissions are taken back within a minute.")
    is_dangerous = True

    def get_explanation(self, obj: OrderLine) -> str:
        return _(
            "Record money that was given back on “%(title)s”. At most %(left)s is left to refund. "
            "The same share of every commission on this line is taken back."
        ) % {
            "title": obj.title,
            "left": money_text(obj.refundable_amount, obj.merchant.currency),
        } + way_of_refunds(obj.order)

    def way_back(self, obj: OrderLine) -> str:
        return reverse("console:order", args=[obj.order_id])

    def take(self, obj: OrderLine, values: dict[str, Any]) -> None:
        record_refund(order_line=obj, **values)


@console_page("orders.view_refund")
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """One refund: what is asked, on which line, what can be decided, and what was undone."""
    related = ["merchant", "order_line__order__customer", "order_line__sku"]
    related += ["undoes", "undone_by"]
    found = get_object_or_404(Refund.objects.select_related(*related), pk=pk)
    is_open = found.status == Refund.Status.REQUESTED
    undone_by = getattr(found, "undone_by", None)
    buyer = buyer_of(found.order_line.order)
    is_undoable = (
        found.status == Refund.Status.REFUNDED
        and found.undoes_id is None
        and undone_by is None
        and found.order_line.order.is_paid
    )
    return render_page(
        request,
        "console/refund.html",
        _("Refund %(number)s") % {"number": found.refund_no},
        refund=found,
        line=found.order_line,
        files=list(found.files.order_by("pk")),
        undone_by=undone_by,
        can_settle=is_open and request.user.has_perm(CHANGE_REFUND),
        can_undo=is_undoable and request.user.has_perm(CHANGE_REFUND),
        buyer=buyer,
        quota=return_quota_of(buyer, leaving_out=found) if buyer else None,
    )


class RefundStep(StepView):
    model = Refund
    permission = CHANGE_REFUND

    def way_back(self, obj: Refund) -> str:
        return reverse("console:refund", args=[obj.pk])


class CompleteRefund(RefundStep):
    wakes_stages = True
    form_class = CompleteRefundForm
    title = gettext_lazy("Refund paid back")
    button = gettext_lazy("The money was given back")
    done = gettext_lazy("Refund recorded.")

    def get_explanation(self, obj: Refund) -> str:
        way = way_of_refunds(obj.order_line.order)
        given = way or _("The money has been given back to the customer.")
        taken = _("The same share of every commission on the line is taken back.")
        return f"{given.strip()} {taken}"

    def take(self, obj: Refund, values: dict[str, Any]) -> None:
        complete_refund(refund=obj, restock=values["restock"])


class RejectRefund(RefundStep):
    wakes_stages = True
    title = gettext_lazy("Reject refund")
    explanation = gettext_lazy("The customer gets nothing back; the line stays as it is.")
    button = gettext_lazy("Reject this refund")
    done = gettext_lazy("Refund rejected.")
    is_dangerous = True

    def take(self, obj: Refund, values: dict[str, Any]) -> None:
        reject_refund(refund=obj)


class UndoRefund(RefundStep):
    wakes_stages = True
    form_class = OptionalReasonForm
    title = gettext_lazy("Undo refund")
    button = gettext_lazy("The customer paid again")
    done = gettext_lazy("Refund undone. Commissions come back within a minute.")
    is_dangerous = True

    def get_explanation(self, obj: Refund) -> str:
        return _(
            "The goods went back to the customer, who has paid %(amount)s again. The refund stays "
            "in the history; a row of its own takes it back, and every commission on the line "
            "comes back by the same share. A refund is undone whole, and only once."
        ) % {"amount": money_text(obj.amount, obj.merchant.currency)}

    def take(self, obj: Refund, values: dict[str, Any]) -> None:
        undo_refund(refund=obj, reason=values["reason"])
