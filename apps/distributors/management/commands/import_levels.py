"""Take in a merchant's file of levels."""

from apps.core.management.import_command import ImportCommand
from apps.distributors.services.importing import LEVEL_COLUMNS, import_levels


class Command(ImportCommand):
    help = "Import levels from a CSV file."
    columns = LEVEL_COLUMNS
    import_rows = staticmethod(import_levels)
