"""A PostgreSQL of a test's own, that may be crashed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

SETTINGS = {
    # Only its own socket: no port that another run could hold.
    "listen_addresses": "",
    # What a crash of the server leaves is in the kernel's hands; only the machine's would lose it.
    "fsync": "off",
    "max_connections": "40",
}


def server_binaries() -> Path | None:
    """Where initdb and pg_ctl are, the newest ones; None if this machine has no server."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parts[4])
    )
    on_path = [Path(found).parent for found in filter(None, [shutil.which("pg_ctl")])]
    for folder in [*reversed(debian), *on_path]:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


class Cluster:
    """A server in a temporary folder; `with` starts it, and removes it at the end."""

    def __init__(self, binaries: Path):
        self.binaries = binaries
        # Short, for the socket; and not below pytest's own folder, which is closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        # The server refuses to run as root.
        self.as_user: list[str] = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            as_nobody = f"--reuid={nobody.pw_uid} --regid={nobody.pw_gid} --clear-groups"
            self.as_user = ["setpriv", *as_nobody.split()]
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)

    def __enter__(self) -> "Cluster":
        # The name under which libpq comes unless it is told another.
        me = pwd.getpwuid(os.geteuid()).pw_name
        self._run("initdb", "--auth=trust", f"--username={me}", "--no-sync")
        self._control("start")
        return self

    def __exit__(self, *_error) -> None:
        self._control("stop", "--mode=immediate")
        shutil.rmtree(self.folder)

    def crash(self) -> None:
        """Every server process drops dead; the next start recovers from the log."""
        self._control("restart", "--mode=immediate")

    def new_database(self, name: str, template: str = "template1") -> str:
        """The URL of a new database, a copy of another one."""
        subprocess.run(
            ["createdb", f"--host={self.folder}", "--maintenance-db=postgres",
             f"--template={template}", name],
            check=True,
        )  # fmt: skip
        return f"postgres:///{self.folder}/{name}"

    def _control(self, *arguments: str) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        log = f"--log={self.folder}/log"
        options += f" -c unix_socket_directories='{self.folder}'"
        self._run("pg_ctl", *arguments, "--wait", "--silent", log, f"--options={options}")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self.as_user, self.binaries / program, f"--pgdata={self.folder}/data", *arguments],
            check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
