"""Videos are known by their content, and given in parts where a phone asks for a part."""

import pytest
from django.core.files.base import ContentFile
from django.test import RequestFactory

from apps.core import attachments
from apps.core.attachment_pages import shown_response
from apps.core.attachments import AttachmentRefused, Upload, check_video
from tests.core.videos import box, video


def test_an_mp4_is_taken_whatever_it_is_called():
    checked = check_video(video("../x/clip.exe"))

    assert (checked.name, checked.kind, checked.suffix) == (".. x clip.exe", "video", "mp4")
    assert checked.content == video().content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x00\x00\x18ftypmp42",
        box(b"ftyp", b"mp42") + box(b"moov"),
        box(b"moov") + box(b"ftyp", b"mp42") + box(b"mdat"),
        video(end=b"<script>alert(1)</script>").content,
        video(end=b"PK\x03\x04").content,
        video(end=b"\x00\x00\x00\x00mdat").content,
        video(end=box(b"<svg")).content,
        b"MZ" + video().content,
    ],
    ids=["empty", "cut", "no data", "order", "script", "zip", "open end", "strange", "program"],
)
def test_anything_else_is_refused_by_name(content):
    with pytest.raises(AttachmentRefused, match=r"clip\.mp4"):
        check_video(Upload("clip.mp4", content))


def test_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(attachments, "MAX_VIDEO_BYTES", 10)
    with pytest.raises(AttachmentRefused, match="50 MB"):
        check_video(video())


@pytest.mark.parametrize(
    ("asked", "status", "content", "span"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ],
)
def test_parts(asked, status, content, span):
    request = RequestFactory().get("/", headers={"range": asked} if asked else {})
    file = ContentFile(b"0123456789", name="clip.mp4")

    answer = shown_response(request, file, kind="video", name="clip.mp4", is_saved=False)

    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("Content-Range") == span
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
