"""“Cannot ship”: said and solved by operators, read at once by distributor and customer."""

from typing import Any

from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.console.forms.goods import ProblemForm, ResolveForm
from apps.console.views.base import StepView
from apps.console.views.orders import CHANGE_ORDER, OrderStep
from apps.orders.models import Order, ShippingProblem
from apps.orders.services.shipping_problems import report_problem, resolve_problem


class ReportProblem(OrderStep):
    title = gettext_lazy("Cannot ship")
    explanation = gettext_lazy(
        "The distributor who brought the order sees this on their home page at once, the customer "
        "on the page of the order. It is over when the order is shipped or cancelled, or when you "
        "say how it was solved."
    )
    button = gettext_lazy("Mark as “cannot ship”")
    done = gettext_lazy("Marked. The distributor and the customer see it now.")
    is_dangerous = True

    def get_form(self, obj: Order, data: Any = None) -> Form:
        return ProblemForm(data, lines=obj.lines.order_by("line_no"))

    def take(self, obj: Order, values: dict[str, Any]) -> None:
        report_problem(order=obj, actor=self.request.user, **values)


class ResolveProblem(StepView):
    model = ShippingProblem
    permission = CHANGE_ORDER
    form_class = ResolveForm
    title = gettext_lazy("Can be shipped after all")
    button = gettext_lazy("Mark as solved")
    done = gettext_lazy("The order can be shipped.")

    def take(self, obj: ShippingProblem, values: dict[str, Any]) -> None:
        resolve_problem(problem=obj, actor=self.request.user, **values)

    def way_back(self, obj: ShippingProblem) -> str:
        return reverse("console:order", args=[obj.order_id])
