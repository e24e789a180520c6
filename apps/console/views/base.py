"""What every console page shares: the door, the frame, and how a step is asked for and taken."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.views import View
from django_scopes import scope

from apps.commissions.tasks import wake_stages
from apps.console.forms.steps import ConfirmForm
from apps.core.errors import Refused
from apps.merchants.models import Merchant

Page = Callable[..., HttpResponse]


def console_page(permission: str) -> Callable[[Page], Page]:
    """A view of the console for those with `permission`; 403 for staff without it."""

    def decorate(view: Page) -> Page:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(guarded)

    return decorate


def render_page(
    request: HttpRequest, template: str, title: str | Promise, **context: Any
) -> TemplateResponse:
    """A page inside the console's frame."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context})


class StepView(View):
    """One step of one row: GET asks and explains, POST takes it through a service.

    Subclasses say what is asked and call the service in `take`; a refusal is shown in the form.
    """

    model: ClassVar[type[Model]]
    permission: ClassVar[str]
    form_class: ClassVar[type[Form]] = ConfirmForm
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise] = ""
    button: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    is_dangerous: ClassVar[bool] = False
    # Whether the stages find something to do afterwards.
    wakes_stages: ClassVar[bool] = False

    @classmethod
    def as_page(cls) -> Page:
        """The view behind the console's door."""
        return console_page(cls.permission)(cls.as_view())

    def take(self, obj: Any, values: dict[str, Any]) -> HttpResponse | None:
        """Call the service. May answer with a page of its own instead of the way back."""
        raise NotImplementedError

    def way_back(self, obj: Any) -> str:
        """The address of the page this step was asked from."""
        raise NotImplementedError

    def merchant_of(self, obj: Any) -> Any:
        """The merchant in whose scope the step is taken."""
        return obj.merchant

    def get_form(self, obj: Any, data: Any = None) -> Form:
        """The form of the step; `data` is what was posted."""
        return self.form_class(data, self.request.FILES if data else None)

    def get_explanation(self, obj: Any) -> str | Promise:
        """What taking the step means."""
        return self.explanation

    def get_object(self, pk: int) -> Any:
        """The row, if it is inside the walls."""
        return get_object_or_404(self.model, pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.get_object(pk)
        return self.ask(obj, self.get_form(obj))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.get_object(pk)
        merchant = self.merchant_of(obj)
        with scope(merchant=merchant):
            form = self.get_form(obj, request.POST)
            if not form.is_valid():
                return self.ask(obj, form)
            try:
                answer = self.take(obj, form.cleaned_data)
            except Refused as refused:
                form.add_error(None, str(refused))
                return self.ask(obj, form)
        if self.wakes_stages:
            wake_stages(merchant.pk)
        if answer is not None:
            return answer
        messages.success(request, self.done)
        return redirect(self.way_back(obj))

    def ask(self, obj: Any, form: Form) -> HttpResponse:
        """The page with the question."""
        return render_page(
            self.request,
            "console/step.html",
            self.title,
            subtitle=str(obj),
            row=obj,
            form=form,
            explanation=self.get_explanation(obj),
            button=self.button,
            is_dangerous=self.is_dangerous,
            way_back=self.way_back(obj),
        )


class MerchantStep(StepView):
    """A step of a whole merchant: the current one's, or anybody's for a platform owner outside."""

    model = Merchant

    def get_object(self, pk: int) -> Merchant:
        current = self.request.merchant
        # Merchants themselves stand outside the scopes' walls.
        walls = Merchant.objects.filter(pk=current.pk) if current else Merchant.objects.all()
        return get_object_or_404(walls, pk=pk)

    def merchant_of(self, obj: Merchant) -> Merchant:
        return obj
