"""Uploaded pictures and videos where the site itself gives them out."""

import pytest
from django.test import override_settings


@pytest.fixture
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "a.webp").write_bytes(b"RIFF-picture")
    (tmp_path / "products" / "a.mp4").write_bytes(b"0123456789")
    (tmp_path.parent / "secret.mp4").write_bytes(b"secret")
    return tmp_path


def body(answer) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [("a.webp", "image/webp", b"RIFF-picture"), ("a.mp4", "video/mp4", b"0123456789")],
)
def test_whoever_has_a_file_need_not_ask_again(client, folder, name, kind, content):
    answer = client.get(f"/media/products/{name}")

    assert (answer.status_code, body(answer)) == (200, content)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_video_is_given_in_parts(client, folder):
    answer = client.get("/media/products/a.mp4", headers={"range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"


@pytest.mark.parametrize("path", ["products/b.webp", "products/b.mp4", "products"])
def test_what_is_not_there_is_not_found(client, folder, path):
    answer = client.get(f"/media/{path}")

    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


@pytest.mark.parametrize(
    "path", ["../secret.mp4", "%2e%2e/secret.mp4", "products/../../secret.mp4"]
)
def test_nothing_outside_is_given_out(client, folder, path):
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False):
        answer = client.get(f"/media/{path}")

    assert answer.status_code in (400, 404)
    assert b"secret" not in body(answer)
