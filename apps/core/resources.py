"""django-import-export over the same services as the command line.

A resource here never writes by itself: an import hands the uploaded bytes to the app's import
service and shows what it did or refused, row by row; an export hands rows to a file format.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import tablib
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_scopes import scope
from import_export import resources
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.results import Error, Result, RowResult
from phonenumbers import country_code_for_region

from apps.core.csv_files import ImportRefused, ImportReport, Problem, read_rows
from apps.core.csv_output import csv_lines
from apps.core.xlsx_output import xlsx_file

PREVIEW_ROWS = 200
IMPORT_TYPES = {
    "created": RowResult.IMPORT_TYPE_NEW,
    "updated": RowResult.IMPORT_TYPE_UPDATE,
    "unchanged": RowResult.IMPORT_TYPE_SKIP,
}


class UploadedFile(tablib.Dataset):
    """An uploaded file as it came; `read_rows` is what understands it."""

    def __init__(self, content: bytes):
        super().__init__()
        self.content = content

    def __len__(self) -> int:
        return 1 if self.content else 0


class MerchantCsv(base_formats.CSV):
    """CSV as Chinese Excel writes and reads it: UTF-8 or GB18030 in, UTF-8 with a BOM out."""

    def get_title(self) -> str:
        return "csv"

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> UploadedFile:
        return UploadedFile(in_stream)

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return "".join(csv_lines(dataset.headers, dataset, bom=True)).encode()


class MerchantXlsx(base_formats.XLSX):
    """A spreadsheet whose cells are words and numbers, never formulas."""

    def can_import(self) -> bool:
        return False

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return xlsx_file(dataset.headers, dataset)


class PreviewResult(Result):
    """What a file would do. Problems are kept by their line in the file, not by position."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Problem] = []

    def has_errors(self) -> bool:
        return bool(self.problems)

    def row_errors(self) -> list[tuple[int, list[Error]]]:
        return [(each.line, [Error(each, number=each.line)]) for each in self.problems]

    def valid_rows(self) -> list[RowResult]:
        return self.rows[:PREVIEW_ROWS]

    @property
    def hidden_rows(self) -> int:
        """How many rows the preview leaves out."""
        return max(len(self.rows) - PREVIEW_ROWS, 0)


class ServiceImportResource(resources.Resource):
    """Imports through `import_rows`. A refused or merely previewed file changes nothing."""

    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    import_rows: Callable[..., ImportReport]
    # Whether the service wants to know who uploaded the file.
    names_actor = False

    def __init__(self, merchant: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.merchant = merchant

    @classmethod
    def get_display_name(cls) -> str:
        return cls.__name__

    def get_user_visible_fields(self) -> list[Field]:
        return [Field(column_name=name) for name in (*self.required, *self.optional)]

    def import_data(
        self, dataset: UploadedFile, dry_run: bool = False, **kwargs: Any
    ) -> PreviewResult:
        """Take the file in, or, with `dry_run`, do so and roll everything back."""
        result = PreviewResult()
        result.diff_headers = [_("Row")]
        try:
            with scope(merchant=self.merchant), transaction.atomic():
                content, more = self.unpack(dataset.content, dry_run)
                rows = read_rows(content, required=self.required, optional=self.optional)
                if self.names_actor:
                    more["actor"] = kwargs.get("user")
                report = type(self).import_rows(merchant=self.merchant, rows=rows, **more)
                if dry_run:
                    transaction.set_rollback(True)
        except ImportRefused as refused:
            result.problems = list(refused.problems)
        else:
            for line, outcome, label in report.outcomes:
                self._add(result, line, outcome, label)
        result.total_rows = len(result.rows)
        return result

    def unpack(self, content: bytes, dry_run: bool) -> tuple[bytes, dict[str, Any]]:
        """The CSV in what was handed in, and what else the service gets of it."""
        return content, {}

    @staticmethod
    def _add(result: PreviewResult, line: int, outcome: str, label: str) -> None:
        row = RowResult()
        row.import_type = IMPORT_TYPES[outcome]
        row.object_repr = label
        row.diff = [_("line %(line)s: %(label)s") % {"line": line, "label": label}]
        result.append_row_result(row)
        result.increment_row_result_total(row)


class RowsExportResource(resources.Resource):
    """Exports `header` and what `rows(queryset)` yields, in one pass."""

    header: Sequence[str] = ()

    def __init__(self, merchant: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.merchant = merchant

    @classmethod
    def get_display_name(cls) -> str:
        return cls.__name__

    def rows(self, queryset: QuerySet) -> Iterable[Sequence[Any]]:
        """One sequence of values per row of the file."""
        raise NotImplementedError

    def get_user_visible_fields(self) -> list[Field]:
        return [Field(column_name=name) for name in self.header]

    get_export_fields = get_user_visible_fields

    def export(self, queryset: QuerySet | None = None, **kwargs: Any) -> tablib.Dataset:
        """The rows as a dataset; values keep their types, the format writes them."""
        dataset = tablib.Dataset(headers=list(self.header))
        for row in self.rows(queryset):
            dataset.append([_plain(value) for value in row])
        return dataset


def _plain(value: Any) -> Any:
    # Lazy translations and model instances are text in a file.
    return value if isinstance(value, str | int | Decimal | datetime | None) else str(value)


def phone_cell(identifier: str) -> str:
    """A phone number as people type it, which an import reads back; other text as it is.

    A spreadsheet would run the leading plus of E.164.
    """
    home = f"+{country_code_for_region(settings.PHONENUMBER_DEFAULT_REGION)}"
    if identifier.startswith(home):
        return identifier.removeprefix(home)
    return f"00{identifier[1:]}" if identifier.startswith("+") else identifier
