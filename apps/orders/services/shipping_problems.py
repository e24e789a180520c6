"""“Cannot ship”: said by an operator, seen at once by the order's distributor and its customer."""

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.orders.models import Order, OrderLine, ShippingProblem

Status = Order.Status
UNSENT = (Status.PENDING, Status.PAID)


class ProblemRefused(Refused):
    """The problem was not noted or solved; the message says why."""


class Settled(models.TextChoices):
    """How a problem ends by itself; kept in English, said in the reader's language."""

    SHIPPED = "shipped", gettext_lazy("The order was shipped.")
    CANCELLED = "cancelled", gettext_lazy("The order was cancelled.")


@transaction.atomic
def report_problem(
    *,
    order: Order,
    reason: str,
    actor: User | None,
    note: str = "",
    order_line: OrderLine | None = None,
) -> ShippingProblem:
    """Say that an order, or one line of it, cannot be sent, and why.

    Raises ProblemRefused for an order that was sent or cancelled, one whose problem is known
    already, another order's line, or a note that is too long.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.status not in UNSENT:
        raise ProblemRefused(_("Only an order that was not sent yet can have this problem."))
    if order_line is not None and order_line.order_id != order.pk:
        raise ProblemRefused(_("This line is of another order."))
    if reason not in ShippingProblem.Reason.values:
        raise ProblemRefused(_("Choose a reason."))
    try:
        with transaction.atomic():
            return ShippingProblem.objects.create(
                merchant_id=order.merchant_id,
                order=order,
                order_line=order_line,
                reason=reason,
                note=_checked(note),
                reported_by=actor,
            )
    except IntegrityError as error:
        raise ProblemRefused(_("This order is marked as “cannot ship” already.")) from error


@transaction.atomic
def resolve_problem(
    *, problem: ShippingProblem, resolution: str, actor: User | None
) -> ShippingProblem:
    """Say how the problem was solved. Raises ProblemRefused where it is solved already."""
    problem = ShippingProblem.objects.select_for_update().get(pk=problem.pk)
    if problem.resolved_at is not None:
        raise ProblemRefused(_("This problem is solved already."))
    _resolve(problem, _checked(resolution), actor)
    return problem


def settle_problem(order: Order, how: Settled, actor: User | None) -> None:
    """What becomes of the order's open problem, if it has one, once it is sent or cancelled."""
    problem = ShippingProblem.objects.filter(order=order, resolved_at__isnull=True).first()
    if problem is not None:
        _resolve(problem, how.value, actor)


def _resolve(problem: ShippingProblem, resolution: str, actor: User | None) -> None:
    problem.resolution, problem.resolved_by = resolution, actor
    problem.resolved_at = timezone.now()
    problem.save(update_fields=["resolution", "resolved_by", "resolved_at"])


def _checked(text: str) -> str:
    text = text.replace("\x00", "").strip()
    longest = ShippingProblem._meta.get_field("note").max_length
    if len(text) > longest:
        raise ProblemRefused(_("At most %(max)s characters.") % {"max": longest})
    return text
