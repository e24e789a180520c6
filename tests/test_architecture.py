"""Foreign keys written as strings escape import-linter, so their direction is checked here."""

import tomllib
from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def app_ranks() -> dict[str, int]:
    """The rank of every app, lowest 0, as the first import-linter contract orders them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        label.strip(): rank
        for rank, layer in enumerate(reversed(layers))
        for label in layer.split("|")
    }


def test_every_foreign_key_points_down_the_layers():
    ranks = app_ranks()
    upward = [
        f"{model._meta.label}.{field.name} -> {target.label}"
        for model in apps.get_models()
        if model._meta.app_label in ranks
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model
        and (target := field.related_model._meta).app_label in ranks
        and target.app_label != model._meta.app_label
        and ranks[target.app_label] >= ranks[model._meta.app_label]
    ]

    assert upward == []


def test_every_app_of_ours_is_installed_and_placed():
    installed = {name.removeprefix("apps.") for name in settings.OUR_APPS}
    folders = {path.parent.name for path in (ROOT / "apps").glob("*/__init__.py")}

    assert installed == folders == set(app_ranks())


def test_no_url_of_a_package_registry_is_recorded():
    requirements = [path.read_text() for path in ROOT.glob("requirements*")]

    assert not any("://" in text or "--index-url" in text for text in requirements)
