"""Runs every static check (`make lint`), all of them even when one fails."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
TEST_ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "distribution_site.settings_test"}
# What a careful operator would set, and nothing more.
PRODUCTION_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "distribution_site.settings",
    "ENV_FILE": "",
    "SECRET_KEY": "a-long-secret-for-this-check-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SALT_KEY": "another-long-secret-for-this-check-only-0123456789",
    "ALLOWED_HOSTS": "shop.example.com",
}


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and extra environment of each check."""
    manage = [PYTHON, "manage.py"]
    return [
        ("code style", [PYTHON, "-m", "ruff", "check", "."], {}),
        (
            "code format",
            [PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise", "."],
            {},
        ),
        ("layers", [str(Path(PYTHON).parent / "lint-imports")], TEST_ENVIRONMENT),
        ("template style", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"], {}),
        ("template format", [PYTHON, "-m", "djlint", "templates", "--check", "--quiet"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TEST_ENVIRONMENT),
        ("translations", [PYTHON, "scripts/translations.py", "check"], TEST_ENVIRONMENT),
        (
            "production settings",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            PRODUCTION_ENVIRONMENT,
        ),
    ]


def main() -> int:
    """0 when every check passes."""
    failed = []
    for name, command, extra in checks():
        environment = {k: v for k, v in os.environ.items() if k not in PRODUCTION_ENVIRONMENT}
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**environment, **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(f"{'ok    ' if result.returncode == 0 else 'FAILED'}  {name}", flush=True)
        if result.returncode:
            failed.append(name)
            print(result.stdout, flush=True)
    print(f"\n{len(failed)} of {len(checks())} checks failed" if failed else "\nAll checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
