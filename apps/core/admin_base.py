"""Every base class of the console's model pages, so that the look can be exchanged in one place.

Lists show one merchant's rows (the active scope) and cost the same number of queries at any size.
Whatever changes state calls a service: `save_model` of a subclass, or a page of the console app.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin, ImportMixin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import action, display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core.errors import Refused
from apps.core.resources import MerchantCsv, MerchantXlsx, PreviewResult
from apps.core.templatetags.console_ui import STATE_COLOURS
from apps.core.templatetags.money_display import money_text, rate

__all__ = [
    "STATE_COLOURS",
    "AutocompleteSelectFilter",
    "ChoicesDropdownFilter",
    "ConsoleAdmin",
    "ConsoleForm",
    "ConsoleInline",
    "DayRangeFilter",
    "DropdownFilter",
    "ExportAdmin",
    "ImportExportAdmin",
    "MomentInput",
    "ReadOnlyAdmin",
    "RelatedDropdownFilter",
    "StoryChangeList",
    "action",
    "display",
    "money_column",
    "rate_column",
    "state_column",
]


def money_column(field: str, description: Any) -> Callable:
    """A list column with an amount in the currency of the row's merchant."""

    @display(description=description, ordering=field)
    def column(self: ModelAdmin, obj: Model) -> str:
        text = money_text(getattr(obj, field), obj.merchant.currency)
        # In one piece: a line may break between a minus and the currency's sign.
        return format_html('<span class="c-num">{}</span>', text)

    return column


def rate_column(field: str, description: Any) -> Callable:
    """A list column with a percentage; a dash where there is none."""

    @display(description=description, ordering=field)
    def column(self: ModelAdmin, obj: Model) -> str:
        value = getattr(obj, field)
        return "—" if value is None else rate(value)

    return column


def state_column(field: str, description: Any) -> Callable:
    """A list column with the label of a state in its colour."""

    @display(description=description, ordering=field, label=STATE_COLOURS)
    def column(self: ModelAdmin, obj: Model) -> tuple[str, str]:
        return getattr(obj, field), getattr(obj, f"get_{field}_display")()

    return column


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar: it works on a phone."""

    input_type = "date"


class MomentInput(UnfoldAdminTextInputWidget):
    """The browser's own date and time picker: it works on a phone."""

    input_type = "datetime-local"

    def format_value(self, value):
        return value if isinstance(value, str) else value and value.strftime("%Y-%m-%dT%H:%M")


class DayRangeForm(forms.Form):
    """The first and the last day of a period."""

    def __init__(self, name: str, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for end, label in (("from", _("First day")), ("to", _("Last day"))):
            widget = DayInput(attrs={"aria-label": label, "title": label})
            self.fields[f"{name}_{end}"] = forms.DateField(
                label=label, required=False, widget=widget
            )


class DayRangeFilter(RangeDateFilter):
    """A period of whole days in the merchant's time zone, both ends included."""

    form_class = DayRangeForm

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last is not None:
            after = _midnight(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def _day(self, end: str) -> date | None:
        try:
            return parse_date(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
        except ValueError:
            return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


class ConsoleForm(forms.ModelForm):
    """A form whose service may refuse: the refusal is shown like any other error of the form."""

    refusal: Refused | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.refusal is not None:
            raise ValidationError(str(self.refusal))
        return cleaned


class StoryChangeList(ChangeList):
    """Rows link to the console page that tells their story, where there is one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            # Nothing is filtered away: the page need not say how much there is in all.
            self.full_result_count = self.result_count

    def url_for_result(self, result: Model) -> str:
        if self.model_admin.story_url:
            return reverse(self.model_admin.story_url, args=[self.model_admin.story_of(result)])
        return super().url_for_result(result)


class ConsoleAdmin(ModelAdmin):
    """One model's pages inside one merchant's walls. Nothing is deleted, but for a subclass."""

    form = ConsoleForm
    # The console page of one row, by URL name; the change page then only leads there.
    story_url: str | None = None
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True
    is_of_merchant = True

    def story_of(self, obj: Model) -> int:
        """The id of the row whose page tells the story of `obj`; its own, but for a subclass."""
        return obj.pk

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # Django leaves list_select_related out where a queryset selects anything itself.
        related = [*(self.list_select_related or []), *(["merchant"] * self.is_of_merchant)]
        queryset = super().get_queryset(request)
        return queryset.select_related(*related) if related else queryset

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = list(super().get_list_display(request))
        if self.is_of_merchant and request.merchant is None:
            columns.append("merchant")
        return columns

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or []), "merchant"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StoryChangeList

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type:
        form = super().get_form(request, obj, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Only the choice itself: pop-up windows are nothing for a phone.
            field.widget = field.widget.widget
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if self.is_of_merchant and request.merchant is None and self.has_add_permission(request):
            return self.ask_for_merchant(request)
        return super().add_view(request, form_url, extra_context)

    def ask_for_merchant(self, request: HttpRequest) -> HttpResponse:
        """Back to the list, telling a platform owner what is missing."""
        messages.warning(
            request, _("Choose a merchant at the top of the menu first: new rows belong to one.")
        )
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        if self.story_url:
            obj = self.get_object(request, unquote(object_id))
            if obj is None:
                raise Http404
            return redirect(self.story_url, self.story_of(obj))
        return super().change_view(request, object_id, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            # Rolled back. The same form once more, which now carries the refusal as an error.
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        if self.get_object(request, unquote(object_id)) is None:
            # Before the permission is asked: another merchant's row is absent, not forbidden.
            raise Http404
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path.replace("/delete/", "/change/"))

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        # What another merchant has does not exist here; Django would redirect with a message.
        raise Http404

    def save_model(self, request: HttpRequest, obj: Model, form: forms.Form, change: bool) -> None:
        """Subclasses that allow adding or changing call their service here."""
        raise NotImplementedError

    @staticmethod
    def adopt(obj: Model, saved: Model) -> None:
        """Let the form's object be the row that the service saved."""
        obj.__dict__.update(saved.__dict__)


class ReadOnlyAdmin(ConsoleAdmin):
    """Facts: they can be looked at, never touched."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ExportAdmin(ExportMixin, ConsoleAdmin):
    """Lists whose rows can be taken home: the filtered list, as CSV for Excel or as a workbook."""

    export_form_class = ExportForm
    export_formats = [MerchantCsv, MerchantXlsx]
    export_resource: type | None = None

    def get_export_resource_classes(self, request: HttpRequest) -> list[type]:
        return [self.export_resource]

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"merchant": request.merchant}

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any):
        # Types are ours to keep: both formats write numbers and times themselves.
        return file_format.export_data(self.get_data_for_export(request, queryset, **kwargs))


class ImportExportAdmin(ImportMixin, ExportAdmin):
    """Lists that a file can fill by the app's own service, with a preview and faults by line."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_form_class = ImportForm
    import_formats = [MerchantCsv]
    import_resource: type | None = None
    # The log of the admin wants one object per row; the services keep their own history.
    skip_admin_log = True

    def get_import_resource_classes(self, request: HttpRequest) -> list[type]:
        return [self.import_resource]

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"merchant": request.merchant}

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.add_{self.opts.model_name}")

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.merchant is None and self.has_import_permission(request):
            return self.ask_for_merchant(request)
        return super().import_action(request, **kwargs)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.merchant is None and self.has_import_permission(request):
            return self.ask_for_merchant(request)
        return super().process_import(request, **kwargs)

    def process_result(self, result: PreviewResult, request: HttpRequest) -> HttpResponse:
        if result.has_errors():
            # The data changed between preview and confirmation.
            messages.error(request, "\n".join(str(each) for each in result.problems[:20]))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        return super().process_result(result, request)


class ConsoleInline(TabularInline):
    """Rows of another table on the same page; removing one is never offered."""

    extra = 0
    can_delete = False
    exclude = ["merchant"]
    tab = False
