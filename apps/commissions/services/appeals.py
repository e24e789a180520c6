"""Appeals (申诉): opened by a distributor within a deadline, answered once with a reason."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.commissions.models import Appeal
from apps.commissions.selectors.appeals import orders_known_to
from apps.commissions.services.correcting import rebook_order
from apps.core.errors import Refused
from apps.distributors.models import Binding, Distributor
from apps.distributors.selectors import policy_at
from apps.distributors.services.binding import BindingRefused, bind_by_hand
from apps.orders.models import SOLD_STATUSES, Order
from apps.orders.services.lookups import customer_identifier
from apps.promotion.models import Attribution

Status = Appeal.Status
LONGEST = 500


class AppealRefused(Refused):
    """The appeal was not opened or answered so; nothing was changed."""


def deadline_of(order: Order) -> datetime:
    """Until when the order may be appealed against, by the policy in force when it was paid."""
    policy = policy_at(merchant=order.merchant_id, moment=order.paid_at)
    return order.paid_at + timedelta(days=policy.appeal_days)


def open_appeal(
    *, distributor: Distributor, order_no: str, customer: str = "", reason: str
) -> Appeal:
    """Claim an order for `distributor`.

    Of an order they can see, the number is enough; any other they must know with its customer's
    phone or identifier as well. Raises AppealRefused without a reason; for an order they cannot
    name so, whether or not there is one; and for one not paid, past its deadline, theirs already,
    or appealed against by them before.
    """
    reason = _text(reason, _("Say why the order should count for you."))
    try:
        with scope(merchant=distributor.merchant), transaction.atomic():
            order = _named(distributor, order_no.strip(), customer.strip())
            _check_appealable(order, distributor)
            return Appeal.objects.create(
                merchant_id=distributor.merchant_id,
                order=order,
                distributor=distributor,
                reason=reason,
                deadline=deadline_of(order),
            )
    except IntegrityError as error:
        raise AppealRefused(_("You have an open appeal about this order already.")) from error


def _named(distributor: Distributor, order_no: str, customer: str) -> Order:
    """The order they mean; the same answer for one that is not there and one that is not theirs."""
    found = None
    if "\x00" not in order_no + customer:
        known = Q(pk__in=orders_known_to(distributor).values("pk"))
        if customer:
            known |= Q(customer__identifier=customer_identifier(customer))
        found = Order.objects.filter(known, order_no=order_no).order_by("-pk").first()
    if found is None:
        raise AppealRefused(
            _("There is no such order of this customer. Check the number and the phone.")
        )
    return found


def _check_appealable(order: Order, distributor: Distributor) -> None:
    if order.status not in SOLD_STATUSES or order.paid_at is None:
        raise AppealRefused(_("This order has not been paid: there is nothing to decide yet."))
    if timezone.now() > deadline_of(order):
        raise AppealRefused(_("The time to appeal about this order is over."))
    if distributor.joined_at > order.paid_at:
        raise AppealRefused(_("The order was paid before you joined."))
    standing = Attribution.objects.standing().filter(order=order, distributor=distributor)
    if standing.exists():
        raise AppealRefused(_("This order counts for you already."))
    answered = Appeal.objects.filter(order=order, distributor=distributor)
    if answered.filter(status__in=[Status.UPHELD, Status.REJECTED]).exists():
        raise AppealRefused(_("Your appeal about this order has been answered."))


def withdraw_appeal(*, appeal: Appeal, distributor: Distributor) -> Appeal:
    """Take one's own open appeal back. Raises AppealRefused for any other."""
    with scope(merchant=distributor.merchant), transaction.atomic():
        appeal = _locked(appeal)
        if appeal.distributor_id != distributor.pk:
            raise AppealRefused(_("This is not your appeal."))
        return _close(appeal, Status.WITHDRAWN)


def reject_appeal(*, appeal: Appeal, actor: User | None, answer: str) -> Appeal:
    """Leave the order as it is, and say why. Raises AppealRefused without an answer, or closed."""
    answer = _text(answer, _("Say why."))
    with scope(merchant=appeal.merchant), transaction.atomic():
        return _close(_locked(appeal), Status.REJECTED, answer=answer, answered_by=actor)


def uphold_appeal(
    *, appeal: Appeal, actor: User | None, answer: str, bind_customer: bool = False
) -> Appeal:
    """Give the order to the distributor who appealed: reverse and book again (`rebook_order`).

    With `bind_customer` the customer is theirs from now on as well. Raises AppealRefused without an
    answer or if closed, and what `rebook_order` and `bind_by_hand` raise; then nothing is changed.
    """
    answer = _text(answer, _("Say why."))
    with scope(merchant=appeal.merchant), transaction.atomic():
        # The order first, then the appeal: two appeals about one order are decided in turn.
        Order.objects.select_for_update(no_key=True).get(pk=appeal.order_id)
        appeal = _locked(appeal)
        rebooking = rebook_order(
            order=appeal.order,
            distributor=appeal.distributor,
            evidence={"appeal": appeal.pk},
            actor=actor,
        )
        if bind_customer:
            _bind(appeal, actor, answer)
        return _close(appeal, Status.UPHELD, answer=answer, answered_by=actor, rebooking=rebooking)


def _bind(appeal: Appeal, actor: User | None, answer: str) -> None:
    bound = Binding.objects.filter(
        customer=appeal.order.customer_id, distributor=appeal.distributor_id
    )
    if bound.in_force_at(timezone.now()).exists():
        return
    try:
        bind_by_hand(
            customer=appeal.order.customer,
            distributor=appeal.distributor,
            reason=answer,
            actor=actor,
            way=Binding.Way.APPEAL,
            evidence={"appeal": appeal.pk, "order": appeal.order.order_no},
        )
    except BindingRefused as refused:
        raise AppealRefused(str(refused)) from refused


def _locked(appeal: Appeal) -> Appeal:
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("order__customer", "distributor", "merchant")
        .get(pk=appeal.pk)
    )
    if appeal.status != Status.OPEN:
        raise AppealRefused(
            _("This appeal is %(status)s already.") % {"status": appeal.get_status_display()}
        )
    return appeal


def _close(appeal: Appeal, status: str, **values) -> Appeal:
    appeal.status, appeal.closed_at = status, timezone.now()
    for name, value in values.items():
        setattr(appeal, name, value)
    appeal.save(update_fields=["status", "closed_at", *values])
    return appeal


def _text(text: str, missing: str) -> str:
    text = text.strip().replace("\x00", "")
    if not text:
        raise AppealRefused(missing)
    return text[:LONGEST]
