"""A violation is noted with evidence, once, and nothing follows from it by itself."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from apps.core.attachments import AttachmentRefused, Upload, check_files
from apps.distributors.models import Distributor
from apps.price_control.models import Violation, ViolationFile
from apps.price_control.services import PriceControlRefused
from tests.price_control.uploads import PDF, paper, picture


def stored_files():
    return sorted(each for each in settings.PRIVATE_ROOT.rglob("*") if each.is_file())


def test_it_is_kept_as_it_was_told(record, person, operator, now):
    made = record(files=[picture(), paper()], description="  Sold cheap. ")
    row = Violation.objects.get()
    assert row == made
    assert (row.distributor, row.kind, row.description) == (person, "low_price", "Sold cheap.")
    assert row.link_list == ["https://shop.example/1"]
    assert (row.happened_at, row.recorded_by) == (now - timedelta(hours=1), operator)
    image, pdf = ViolationFile.objects.order_by("pk")
    assert [(each.kind, each.name, each.appeal) for each in (image, pdf)] == [
        ("image", "screen.png", None),
        ("pdf", "paper.pdf", None),
    ]
    assert Path(pdf.file.path).read_bytes() == PDF
    # Drawn again: whatever came, a JPEG is kept.
    assert Path(image.file.path).read_bytes().startswith(b"\xff\xd8\xff")
    assert Distributor.objects.get(pk=person.pk).status == "active"


def test_files_lie_below_no_address_of_the_site(record):
    record(files=[picture()])
    path = ViolationFile.objects.get().file.path
    assert path.startswith(str(settings.PRIVATE_ROOT))
    assert not path.startswith(str(settings.MEDIA_ROOT))


def test_the_same_key_makes_one(record):
    first = record(request_key="same", files=[picture()])
    again = record(request_key="same", files=[picture()], description="another")
    assert first == again
    assert ViolationFile.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": "  "},
        {"description": "x" * 2001},
        {"kind": "rudeness"},
        {"links": "", "files": []},
        {"links": "javascript:alert(1)"},
        {"links": "https://shop.example/1\nnot-a-link"},
        {"links": "https://shop.example/" + "x" * 2000},
        {"happened_at": timedelta(minutes=1)},
        {"happened_at": timedelta(days=-1001)},
    ],
)
def test_what_is_refused_leaves_nothing(record, now, wrong):
    if isinstance(offset := wrong.get("happened_at"), timedelta):
        wrong = {"happened_at": now + offset}
    before = stored_files()
    with pytest.raises(PriceControlRefused):
        record(**wrong)
    assert not Violation.objects.exists()
    assert stored_files() == before


@pytest.mark.parametrize(
    "file",
    [
        Upload("page.html", b"<script>alert(1)</script>"),
        Upload("screen.png", b"\x89PNG\r\n\x1a\n broken"),
        Upload("fake.pdf", b"%PDF-1.7 without an end"),
        Upload("movie.gif", b"GIF89a" + b"\0" * 20),
        Upload("large.png", b"x" * (10 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_is_what_its_content_is(record, file):
    before = stored_files()
    with pytest.raises(AttachmentRefused):
        record(files=[picture(), file])
    assert not Violation.objects.exists()
    assert stored_files() == before


def test_at_most_five_files(record):
    with pytest.raises(AttachmentRefused):
        record(files=[picture()] * 6)
    record(files=[picture()] * 5)
    assert ViolationFile.objects.count() == 5


def test_a_picture_as_large_as_a_wall_is_refused_unread():
    with pytest.raises(AttachmentRefused):
        check_files([picture(size=(8000, 5001))])


def test_names_lose_their_paths():
    (checked,) = check_files([picture(name="../../etc/pass\\wd.png")])
    assert checked.name == ".. .. etc pass wd.png"
