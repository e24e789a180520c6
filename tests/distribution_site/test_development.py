import stat

from distribution_site.development import write_env_file


def test_writes_random_secrets_for_the_owner_alone(tmp_path):
    first, second = tmp_path / "a.env", tmp_path / "b.env"

    assert write_env_file(first) is True
    assert write_env_file(second) is True

    lines = dict(line.split("=", 1) for line in first.read_text().splitlines() if "=" in line)
    assert list(lines) == ["SECRET_KEY", "SALT_KEY", "ALLOWED_HOSTS", "HTTPS", "SERVE_MEDIA"]
    assert min(len(lines["SECRET_KEY"]), len(lines["SALT_KEY"])) >= 64
    assert first.read_text() != second.read_text()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_never_touches_a_file_that_is_there(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine\n")

    assert write_env_file(path) is False
    assert path.read_text() == "SECRET_KEY=mine\n"
