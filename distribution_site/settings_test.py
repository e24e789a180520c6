"""Settings for the tests: the site's own, in an environment that leaks nothing in or out.

Only DATABASE_URL is taken from outside: `make test` runs a second pass with it.
"""

import atexit
import os
import shutil
import tempfile

# Every process has files of its own, so that parallel runs never meet.
_directory = tempfile.mkdtemp(prefix="distribution-site-tests-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)

for _name in [each for each in os.environ if each.startswith(("WECHAT_PAY_", "ALIPAY_"))]:
    del os.environ[_name]
os.environ.update(
    ENV_FILE="",
    SECRET_KEY="only-for-tests",
    SALT_KEY="only-for-tests",
    DEBUG="False",
    HTTPS="False",
    ALLOWED_HOSTS="localhost,127.0.0.1",
    DATA_DIR=_directory,
    MEDIA_ROOT=f"{_directory}/media",
    STATIC_ROOT=f"{_directory}/static",
    SERVE_MEDIA="True",
    CACHE_URL="dbcache://django_cache",
    CELERY_BROKER_URL="memory://",
    LOG_LEVEL="WARNING",
)

from distribution_site.settings import *  # noqa: E402, F403
from distribution_site.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: browser tests and threads open connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": f"{_directory}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    # A thread's connection must close with the thread, or the database cannot be dropped.
    DATABASES["default"]["CONN_MAX_AGE"] = 0

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests are written in the language of the source; those about Chinese ask for it.
LANGUAGE_CODE = "en"
