"""The console's small parts."""

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from apps.core.templatetags.console_ui import STATE_COLOURS


def _statuses() -> list[tuple[str, str]]:
    found = []
    for model in apps.get_models():
        try:
            choices = model._meta.get_field("status").choices
        except FieldDoesNotExist:
            continue
        found += [(model._meta.label, value) for value, _ in choices or []]
    return found


@pytest.mark.parametrize(("model", "value"), _statuses())
def test_every_state_has_a_colour(model: str, value: str) -> None:
    """unfold shows a state without one by its raw value, in no language at all."""
    assert value in STATE_COLOURS
