"""One customer: whose they are, how that came about, and how to change it; and the policy."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.binding import BindForm, BindingPolicyForm
from apps.console.forms.steps import ReasonForm
from apps.console.views.base import MerchantStep, StepView, console_page, render_page
from apps.core.pages import page_of
from apps.distributors.models import Binding, BindingPolicy, Customer, Distributor
from apps.distributors.selectors import binding_at, policy_at
from apps.distributors.services.binding import bind_by_hand, end_binding
from apps.distributors.services.binding_policy import set_binding_policy
from apps.merchants.models import Merchant
from apps.promotion.selectors import customer_timeline

BIND = "distributors.add_binding"
END = "distributors.change_binding"
CHANGE_POLICY = "distributors.add_bindingpolicy"


@console_page("distributors.view_customer")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """From the first click to the last order, and to whom they were lost."""
    found = get_object_or_404(Customer.objects.select_related("merchant"), pk=pk)
    now = timezone.now()
    binding = binding_at(customer=found, moment=now)
    return render_page(
        request,
        "console/customer.html",
        str(found),
        customer=found,
        binding=binding,
        is_protected=binding is not None and binding.is_protected_at(now),
        policy=policy_at(merchant=found.merchant_id, moment=now),
        steps=page_of(request, customer_timeline(found)),
        can_bind=request.user.has_perm(BIND),
        can_end=binding is not None and request.user.has_perm(END),
    )


class BindByHand(StepView):
    model = Customer
    permission = BIND
    form_class = BindForm
    title = gettext_lazy("Bind by hand")
    explanation = gettext_lazy(
        "The customer belongs to this person from now on, whoever they belonged to and however "
        "long they were protected. Orders placed before keep whom they count for."
    )
    button = gettext_lazy("Bind")
    done = gettext_lazy("The customer is bound.")

    def get_form(self, obj: Customer, data: Any = None) -> Form:
        active = Distributor.objects.filter(
            merchant=obj.merchant_id, status=Distributor.Status.ACTIVE
        )
        return BindForm(data, distributors=active)

    def take(self, obj: Customer, values: dict[str, Any]) -> None:
        bind_by_hand(customer=obj, actor=self.request.user, **values)

    def way_back(self, obj: Customer) -> str:
        return reverse("console:customer", args=[obj.pk])


class EndBinding(StepView):
    model = Binding
    permission = END
    form_class = ReasonForm
    title = gettext_lazy("End binding")
    explanation = gettext_lazy(
        "The customer is nobody's until the next click, registration or order binds them again."
    )
    button = gettext_lazy("End binding")
    done = gettext_lazy("The binding has ended.")
    is_dangerous = True

    def take(self, obj: Binding, values: dict[str, Any]) -> None:
        end_binding(binding=obj, actor=self.request.user, **values)

    def way_back(self, obj: Binding) -> str:
        return reverse("console:customer", args=[obj.customer_id])


@console_page("distributors.view_bindingpolicy")
def binding_policy(request: HttpRequest) -> HttpResponse:
    """The policy in force in plain words, and every version before it."""
    merchant = request.merchant
    if merchant is None:
        return render_page(request, "console/choose_first.html", _("Binding policy"))
    versions = BindingPolicy.objects.select_related("changed_by").order_by("-version")
    return render_page(
        request,
        "console/binding_policy.html",
        _("Binding policy"),
        merchant=merchant,
        policy=policy_at(merchant=merchant, moment=timezone.now()),
        page=page_of(request, versions),
        can_change=request.user.has_perm(CHANGE_POLICY),
    )


class ChangeBindingPolicy(MerchantStep):
    permission = CHANGE_POLICY
    form_class = BindingPolicyForm
    title = gettext_lazy("Change binding policy")
    explanation = gettext_lazy(
        "It applies from now on. Customers who are bound keep their dates, and orders that were "
        "placed keep whom they count for."
    )
    button = gettext_lazy("Use from now on")
    done = gettext_lazy("The policy applies from now on.")

    def get_form(self, obj: Merchant, data: Any = None) -> Form:
        policy = policy_at(merchant=obj, moment=timezone.now())
        return BindingPolicyForm(data, instance=None if data else policy)

    def take(self, obj: Merchant, values: dict[str, Any]) -> None:
        set_binding_policy(merchant=obj, actor=self.request.user, **values)

    def way_back(self, obj: Merchant) -> str:
        return reverse("console:binding_policy")
