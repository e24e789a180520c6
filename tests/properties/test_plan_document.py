"""Plan documents of every kind: read, normalised, written, read again."""

from hypothesis import given

from apps.commissions.plan_document import dump_plan_json, parse_plan, parse_plan_json
from tests.properties.plans import documents


@given(documents())
def test_a_document_is_read_again_as_it_was_written(document):
    once = parse_plan(document, max_depths=3)
    assert parse_plan(once, max_depths=3) == once
    assert parse_plan_json(dump_plan_json(once), max_depths=3) == once
