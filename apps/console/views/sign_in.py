"""The one-time link with which somebody, distributor or staff, sets their first password."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.steps import VouchForm
from apps.console.views.base import StepView, render_page
from apps.console.views.distributors import DistributorStep
from apps.distributors.models import Distributor
from apps.distributors.services.sign_in import SignIn, give_sign_in, give_staff_sign_in
from apps.merchants.models import StaffMembership


class SignInStep(StepView):
    title = gettext_lazy("Give sign-in")
    explanation = gettext_lazy(
        "Makes a link with which this person sets a password, once. Send it to nobody else."
    )
    button = gettext_lazy("Make the link")
    done = gettext_lazy("Link made.")

    def show(self, obj: Distributor | StaffMembership, sign_in: SignIn) -> HttpResponse:
        """The page with the link, or with why there is none."""
        return render_page(
            self.request,
            "console/sign_in.html",
            _("Sign-in of %(name)s") % {"name": sign_in.user.name},
            person=obj,
            user_name=sign_in.user.phone or sign_in.user.email,
            link=self.request.build_absolute_uri(sign_in.link) if sign_in.link else "",
            sign_in_page=self.request.build_absolute_uri(reverse("account_login")),
            way_back=self.way_back(obj),
        )


class GiveSignIn(SignInStep, DistributorStep):
    form_class = VouchForm

    def take(self, obj: Distributor, values: dict[str, Any]) -> HttpResponse:
        return self.show(obj, give_sign_in(distributor=obj, actor=self.request.user, **values))


class GiveStaffSignIn(SignInStep):
    model = StaffMembership
    permission = "merchants.change_staffmembership"

    def way_back(self, obj: StaffMembership) -> str:
        return reverse("admin:merchants_staffmembership_changelist")

    def take(self, obj: StaffMembership, values: dict[str, Any]) -> HttpResponse:
        return self.show(obj, give_staff_sign_in(membership=obj))
