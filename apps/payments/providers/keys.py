"""Keys as people keep them in an environment: a file's path, PEM, or bare base64 in one line."""

from pathlib import Path
from textwrap import wrap


def pem(value: str, kind: str) -> str:
    """The key as PEM; `kind` is what it is, e.g. “PRIVATE KEY”. Raises OSError for no such file."""
    if value.startswith(("/", "./")) and len(value) < 400 and "\n" not in value:
        path = Path(value)
        if path.is_file():
            value = path.read_text(encoding="ascii")
    value = value.replace("\\n", "\n").strip()
    if value.startswith("-----BEGIN"):
        return value
    body = "\n".join(wrap("".join(value.split()), 64))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"
