"""The development entry's own environment: `python -m distribution_site.development`.

Standard library only. Settings have no default secret; this writes a `.env` with random ones.
"""

import os
import secrets
from pathlib import Path

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
LOCAL_HOSTS = "localhost,127.0.0.1,[::1]"
TEMPLATE = """\
# Written by `make setup` for this machine. Every variable is described in .env.example.
SECRET_KEY={secret_key}
SALT_KEY={salt_key}
ALLOWED_HOSTS={hosts}
# Plain http on this machine, and no web server in front.
HTTPS=False
SERVE_MEDIA=True
"""


def write_env_file(path: Path = ENV_FILE) -> bool:
    """Writes `path`, readable by its owner only, unless it exists. True when it was written."""
    text = TEMPLATE.format(
        secret_key=secrets.token_urlsafe(64), salt_key=secrets.token_urlsafe(64), hosts=LOCAL_HOSTS
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def main() -> None:
    """Writes the file where nobody has said how the site is configured."""
    if {"ENV_FILE", "SECRET_KEY"} & os.environ.keys():
        return
    if write_env_file():
        print(f"Wrote {ENV_FILE} with random secrets for this machine.")


if __name__ == "__main__":
    main()
