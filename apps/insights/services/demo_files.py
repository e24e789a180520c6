"""The example files, moved in time so that their season ends today."""

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from apps.core.csv_files import Row, read_rows

KINDS = ("levels", "distributors", "products", "orders", "refunds")
MOMENTS = ("joined_at", "paid_at", "completed_at", "refunded_at")
SEASON_START, SEASON_END = date(2026, 3, 1), date(2026, 5, 31)


class DemoFiles:
    """Example rows as importers read them. What would lie in the future has not happened yet."""

    def __init__(self, folder: Path, zone: ZoneInfo, now: datetime):
        self.zone = zone
        self.now = now
        self.shift = now.astimezone(zone).date() - timedelta(days=1) - SEASON_END
        self.plan = (folder / "plan.json").read_text(encoding="utf-8")
        self._texts = {
            kind: self._moved(kind, (folder / f"{kind}.csv").read_text(encoding="utf-8"))
            for kind in KINDS
        }

    @classmethod
    def of_texts(cls, texts: dict[str, str], zone: ZoneInfo) -> "DemoFiles":
        """Files given as CSV texts, their times left as they are."""
        files = cls.__new__(cls)
        files.zone = zone
        files._texts = texts
        return files

    @property
    def season_start(self) -> datetime:
        """Midnight of the season's first day, moved."""
        return datetime.combine(SEASON_START + self.shift, time.min, self.zone)

    def rows(self, kind: str) -> list[Row]:
        """The rows of one file, every column taken as known."""
        text = self._texts[kind]
        return read_rows(text.encode(), required=text.split("\n", 1)[0].strip().split(","))

    def _moved(self, kind: str, text: str) -> str:
        reader = csv.DictReader(io.StringIO(text))
        out = io.StringIO()
        writer = csv.DictWriter(out, reader.fieldnames, lineterminator="\n")
        writer.writeheader()
        for row in reader:
            for column in set(MOMENTS) & row.keys():
                row[column] = self._moved_moment(row[column])
            if kind == "orders" and row["completed_at"] and self._is_ahead(row["completed_at"]):
                row |= {"completed_at": "", "status": "shipped"}
            if kind != "refunds" or not self._is_ahead(row["refunded_at"]):
                writer.writerow(row)
        return out.getvalue()

    def _moved_moment(self, text: str) -> str:
        if not text:
            return ""
        moved = datetime.fromisoformat(text) + self.shift
        return moved.isoformat()

    def _is_ahead(self, text: str) -> bool:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)) > self.now
