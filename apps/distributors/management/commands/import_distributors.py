"""Take in a merchant's file of distributors."""

from apps.core.management.import_command import ImportCommand
from apps.distributors.services.importing import DISTRIBUTOR_COLUMNS, import_distributors


class Command(ImportCommand):
    help = "Import distributors from a CSV file."
    columns = DISTRIBUTOR_COLUMNS
    import_rows = staticmethod(import_distributors)
