"""The settings as an operator meets them: in a process of their own, from its environment."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "SECRET_KEY": "a-long-secret-for-this-check-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SALT_KEY": "another-long-secret-for-this-check-only-0123456789",
    "ALLOWED_HOSTS": "shop.example.com",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs manage.py with this environment and nothing else of ours."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": "",
            "DATA_DIR": str(settings.DATA_DIR / "child"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_mode_passes_the_deployment_check():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (result.returncode, result.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    ), result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "SALT_KEY"])
def test_a_missing_secret_is_named_with_its_remedy(name):
    result = manage("check", **{**PRODUCTION, name: ""})

    assert result.returncode == 1
    last_line = result.stderr.strip().splitlines()[-1]
    assert last_line.startswith(
        f"django.core.exceptions.ImproperlyConfigured: {name} is not set. For development run "
        "`make setup`"
    )


def test_nothing_unsafe_is_on_by_default():
    code = (
        "from django.conf import settings as s; print(s.DEBUG, s.ALLOWED_HOSTS, "
        "s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SERVE_MEDIA)"
    )
    result = manage("shell", "--no-imports", "-c", code, **{**PRODUCTION, "ALLOWED_HOSTS": ""})

    assert result.stdout == "False [] True True True False\n"


def test_every_variable_read_is_documented():
    sources = [
        (settings.BASE_DIR / "distribution_site" / name).read_text(encoding="utf-8")
        for name in ("settings.py", "supervisor.py")
    ]
    reads = re.compile(r'(?:\benv\.\w+|environ\.get|required_secret)\("([A-Z_]+)"')
    read = set(reads.findall("\n".join(sources)))
    documented = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")

    assert len(read) > 20
    assert {name for name in read if f"{name}=" not in documented} == set()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (
            {"ALIPAY_APP_ID": "2021"},
            "ALIPAY_PRIVATE_KEY, ALIPAY_PUBLIC_KEY not set: set all ALIPAY variables, or none",
        ),
        (
            {
                f"WECHAT_PAY_{name}": "x"
                for name in ("APP_ID", "MCHID", "SERIAL_NO", "PRIVATE_KEY", "PUBLIC_KEY")
            },
            "WECHAT_PAY_APIV3_KEY, WECHAT_PAY_PUBLIC_KEY_ID not set",
        ),
    ],
)
def test_half_the_credentials_of_a_provider_stop_the_start(given, missing):
    result = manage("check", **PRODUCTION, **given)

    assert result.returncode == 1
    last_line = result.stderr.strip().splitlines()[-1]
    assert last_line.startswith(f"django.core.exceptions.ImproperlyConfigured: {missing}")
