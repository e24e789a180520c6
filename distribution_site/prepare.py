"""Brings the embedded site up to date before it starts: `python -m distribution_site.prepare`.

Migrates, creates the cache table, collects static files when they changed and loads the small
demo into an empty database. Progress goes to stderr; the demo log-ins, if any, to stdout.
"""

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)


def prepare() -> None:
    """Runs every step; each one is safe to repeat."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    collect_static_when_changed()
    if not apps.get_model("merchants", "Merchant").objects.exists():
        say("Loading the small demo …")
        call_command("seed_demo", scale="small", stdout=io.StringIO())
    call_command("seed_demo", print_logins=True)


def collect_static_when_changed() -> None:
    """Collects static files unless the sources are those of the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("Collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """Changes whenever a file of ours or an installed package does."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for path in sorted(_static_sources()):
        state = path.stat()
        digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns};".encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[Path]:
    for folder in [settings.BASE_DIR / "static", *settings.BASE_DIR.glob("apps/*/static")]:
        yield from (path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distribution_site.settings")
    django.setup()
    prepare()
