"""Take in a merchant's file of distributors."""

from apps.core.management.import_command import ImportCommand
from apps.distributors.services.importing import DISTRIBUTOR_COLUMNS, import_distributors


class Command(ImportCommand):
    help = "Import distributors from a CSV file; people already there are updated by code."
    columns = DISTRIBUTOR_COLUMNS
    in_parts = True
    import_rows = staticmethod(import_distributors)
