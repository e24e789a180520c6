"""Texts travel packed, everything else as it is."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from apps.core.middleware import PackTextsMiddleware

LONG = b"tea, " * 200


def answered(response, **headers):
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"} | headers)
    return PackTextsMiddleware(lambda _request: response)(request)


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "text/csv", "application/json", "image/svg+xml"]
)
def test_a_text_is_packed(kind):
    answer = answered(HttpResponse(LONG, content_type=kind))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < 200
    assert gzip.decompress(answer.content) == LONG
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_that_is_written_as_it_is_sent_is_packed_on_the_way():
    answer = answered(StreamingHttpResponse(iter([LONG, LONG]), content_type="text/csv"))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(answer.streaming_content)) == LONG * 2


@pytest.mark.parametrize("kind", ["image/webp", "video/mp4", "application/zip"])
def test_what_is_packed_already_is_left_alone(kind):
    answer = answered(HttpResponse(LONG, content_type=kind))

    assert (answer.content, answer.headers.get("Content-Encoding")) == (LONG, None)


def test_a_part_of_a_file_stays_that_part():
    answer = answered(HttpResponse(LONG, content_type="text/plain", status=206))

    assert (answer.content, answer.headers.get("Content-Encoding")) == (LONG, None)


def test_nobody_is_sent_what_they_do_not_take():
    answer = answered(HttpResponse(LONG), **{"accept-encoding": "identity"})

    assert (answer.content, answer.headers.get("Content-Encoding")) == (LONG, None)


def test_the_site_packs_its_pages_and_two_of_them_differ_in_length(client, db):
    lengths = {
        len(client.get("/accounts/login/", headers={"accept-encoding": "gzip"}).content)
        for _number in range(12)
    }
    assert max(lengths) < 4000
    assert len(lengths) > 1
