"""A product file with its pictures: a ZIP of one CSV and a folder of pictures."""

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from apps.core.csv_files import ImportRefused, Problem
from apps.products.services.drawing import MAX_BYTES

FOLDER = "images"
SIGNATURE = b"PK\x03\x04"
MAX_FILES = 3000
MAX_TOTAL_BYTES = 300 * 1024 * 1024
MAX_CSV_BYTES = 50 * 1024 * 1024
CHUNK = 64 * 1024


@dataclass
class ProductArchive:
    """The CSV and the pictures of a ZIP, by their names in its folder `images`."""

    csv: bytes
    pictures: dict[str, bytes] = field(default_factory=dict)


def is_archive(content: bytes) -> bool:
    """Whether somebody handed in a ZIP rather than a CSV."""
    return content.startswith(SIGNATURE)


def open_archive(content: bytes) -> ProductArchive:
    """What is in a ZIP, read within limits that no declared size can get around.

    Raises ImportRefused for anything but one CSV and pictures in the folder `images`: names that
    lead elsewhere, encryption, too many or too large files.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refused(_("is not a ZIP file that can be read.")) from error


def _read(archive: zipfile.ZipFile) -> ProductArchive:
    entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
    if len(entries) > MAX_FILES:
        raise _refused(_("holds more than %(max)s files.") % {"max": MAX_FILES})
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise _refused(_("holds two files of the same name."))
    csv: bytes | None = None
    pictures: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for entry in entries:
        path = _checked_path(entry)
        if len(path.parts) == 1 and path.suffix.lower() == ".csv":
            if csv is not None:
                raise _refused(_("holds more than one CSV."))
            csv = _content(archive, entry, min(left, MAX_CSV_BYTES))
            left -= len(csv)
        elif len(path.parts) == 2 and path.parts[0] == FOLDER:
            pictures[path.name] = _content(archive, entry, min(left, MAX_BYTES))
            left -= len(pictures[path.name])
        else:
            raise _refused(
                _("“%(name)s” is neither the CSV nor in the folder “images”.")
                % {"name": entry.filename[:80]}
            )
    if csv is None:
        raise _refused(_("holds no CSV."))
    return ProductArchive(csv, pictures)


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS puts beside everything."""
    name = entry.filename
    return entry.is_dir() or name.startswith("__MACOSX/") or name.endswith(".DS_Store")


def _checked_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.filename
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\x00" in name:
        raise _refused(_("“%(name)s” leads outside the file.") % {"name": name[:80]})
    if entry.flag_bits & 1:
        raise _refused(_("is locked with a password."))
    return path


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    # What an entry says about its size may be a lie: counted while it is unpacked.
    out = io.BytesIO()
    with archive.open(entry) as source:
        while chunk := source.read(CHUNK):
            if out.tell() + len(chunk) > limit:
                raise _refused(_("“%(name)s” is too large.") % {"name": entry.filename[:80]})
            out.write(chunk)
    return out.getvalue()


def _refused(reason: str) -> ImportRefused:
    return ImportRefused([Problem(0, "", reason)])
