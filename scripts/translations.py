"""Keeps the translations whole: `translations.py check` (make lint), `… update` (make messages).

locale/ holds what our own sources say; locale/packages/ what installed packages say without a
Chinese of their own. Compiled files are committed, because a machine that only runs the site has
no gettext; checking them needs none either.
"""

import ast
import gettext
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
SOURCES = ["apps", "distribution_site", "templates", "manage.py"]
CATALOGUES = [
    ROOT / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po",
    ROOT / "locale" / "packages" / LANGUAGE / "LC_MESSAGES" / "django.po",
]
CONTEXT_GLUE = "\x04"


@dataclass
class Entry:
    """One message of a .po file."""

    line: int
    fuzzy: bool = False
    context: str | None = None
    message: str = ""
    plural: str | None = None
    translations: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How gettext finds it: context and message."""
        return self.message if self.context is None else self.context + CONTEXT_GLUE + self.message

    @property
    def is_translated(self) -> bool:
        """Whether every form has a text."""
        return bool(self.translations) and all(self.translations.values())


def read_po(path: Path) -> list[Entry]:
    """The entries of a .po file, without its header and obsolete ones."""
    entries: list[Entry] = []
    entry, slot = Entry(line=1), ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            entries.append(entry)
            entry = Entry(line=number + 1)
        elif line.startswith("#,"):
            entry.fuzzy = "fuzzy" in line
        elif not line.startswith("#"):
            if not line.startswith('"'):
                slot, _, line = line.partition(" ")
            store(entry, slot, ast.literal_eval(line))
    entries.append(entry)
    return [entry for entry in entries if entry.message]


def store(entry: Entry, slot: str, text: str) -> None:
    """Adds a piece of text to the part of the entry that `slot` names."""
    if slot == "msgctxt":
        entry.context = (entry.context or "") + text
    elif slot == "msgid":
        entry.message += text
    elif slot == "msgid_plural":
        entry.plural = (entry.plural or "") + text
    else:
        form = int(slot.removeprefix("msgstr").strip("[]") or 0)
        entry.translations[form] = entry.translations.get(form, "") + text


def incomplete(path: Path) -> list[str]:
    """Messages without a finished translation."""
    return [
        f"{path.relative_to(ROOT)}:{entry.line}: "
        f"{'fuzzy' if entry.fuzzy else 'not translated'}: {entry.message!r}"
        for entry in read_po(path)
        if entry.fuzzy or not entry.is_translated
    ]


def outdated_compilation(path: Path) -> list[str]:
    """Whether the .mo beside a .po says something else."""
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return [f"{compiled.relative_to(ROOT)} is missing: make messages"]
    expected = {
        ((entry.key, form) if entry.plural is not None else entry.key): text
        for entry in read_po(path)
        if entry.is_translated and not entry.fuzzy
        for form, text in entry.translations.items()
    }
    with compiled.open("rb") as file:
        catalogue = dict(gettext.GNUTranslations(file)._catalog)
    catalogue.pop("", None)
    if catalogue == expected:
        return []
    return [f"{compiled.relative_to(ROOT)} is not what its .po says: make messages"]


def missing_from_catalogue() -> list[str]:
    """Messages in the sources that the catalogue lacks, and the reverse. Needs xgettext."""
    if not shutil.which("xgettext"):
        print("xgettext is not installed: the catalogue is not compared with the sources.")
        return []
    catalogue = CATALOGUES[0]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        target = copy / catalogue.relative_to(ROOT)
        target.parent.mkdir(parents=True)
        shutil.copy(catalogue, target)
        make_messages(copy)
        found = {entry.key for entry in read_po(target)}
    known = {entry.key for entry in read_po(catalogue)}
    return [
        *(f"not in the catalogue: {key!r} (make messages)" for key in sorted(found - known)),
        *(f"no longer in the sources: {key!r} (make messages)" for key in sorted(known - found)),
    ]


def make_messages(root: Path) -> None:
    """Brings the catalogue below `root` up to date with the sources there."""
    manage(root, "makemessages", "--locale", LANGUAGE, "--no-obsolete", "--no-wrap")


def manage(root: Path, *arguments: str) -> None:
    """Runs a management command of the copy of the site in `root`."""
    ignored = [f"--ignore={name}" for name in (".venv", "var", "staticfiles", "tests")]
    subprocess.run(
        [sys.executable, "manage.py", *arguments, *ignored, "--verbosity=0"],
        cwd=root,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "distribution_site.settings_test"},
        check=True,
    )


def check() -> int:
    """Prints every fault; 1 when there is one."""
    faults = []
    for path in CATALOGUES:
        if path.exists():
            faults += incomplete(path) + outdated_compilation(path)
    faults += missing_from_catalogue() if CATALOGUES[0].exists() else ["There is no catalogue."]
    print("\n".join(faults) or "The translations are complete.")
    return 1 if faults else 0


def update() -> int:
    """Collects messages, compiles, then says what is left to translate."""
    CATALOGUES[0].parent.mkdir(parents=True, exist_ok=True)
    make_messages(ROOT)
    for path in CATALOGUES:
        if path.exists():
            # Without --use-fuzzy: an uncertain text is better shown in English.
            subprocess.run(
                ["msgfmt", "--check", str(path), "-o", str(path.with_suffix(".mo"))], check=True
            )
    return check()


if __name__ == "__main__":
    sys.exit({"check": check, "update": update}[sys.argv[1]]())
