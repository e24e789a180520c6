"""Settings of the site, read from the environment.

Every variable is described in `.env.example`. Defaults are the safe ones: no debug mode, no
default secret, HTTPS on. The development entry (`make run`) writes a `.env` of its own.
"""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from distribution_site.console_look import UNFOLD  # noqa: F401 (read by django-unfold)

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# An empty ENV_FILE reads none; variables already in the environment win over the file.
if env_file := env.str("ENV_FILE", default=str(BASE_DIR / ".env")):
    environ.Env.read_env(env_file)


def required_secret(name: str) -> str:
    """The value of `name`; raises ImproperlyConfigured with the remedy when it is missing."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. For development run `make setup`, which writes a .env with a "
            f"random one. In production set {name} in the environment to a long random string "
            'and keep it: python -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    return value


SECRET_KEY = required_secret("SECRET_KEY")
# Encrypts payout account and ID numbers at rest, and hashes what must be found again. Changing it
# makes them unreadable.
SALT_KEY = required_secret("SALT_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Applications ---------------------------------------------------------------------------

OUR_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.merchants",
    "apps.products",
    "apps.distributors",
    "apps.price_control",
    "apps.orders",
    "apps.promotion",
    "apps.payments",
    "apps.ledger",
    "apps.commissions",
    "apps.payouts",
    "apps.joining",
    "apps.insights",
    "apps.shop",
    "apps.portal",
    "apps.console",
]


INSTALLED_APPS = [
    # Before django.contrib.admin, whose templates it replaces; "unfold" alone would also replace
    # the admin site itself.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "distribution_site.admin_config.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    # Before staticfiles, so that runserver serves files the way gunicorn does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "mptt",
    "import_export",
    "simple_history",
    "phonenumber_field",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    *OUR_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Answers for static files itself, which are packed when they are collected.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.PackTextsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.merchants.middleware.MerchantScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Last: it turns a locked-out sign-in, wherever it happened, into the 429 page.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "distribution_site.urls"
WSGI_APPLICATION = "distribution_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database, cache, jobs ------------------------------------------------------------------

DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}"),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock when it starts: two that read and then write wait
        # for each other instead of failing half way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)

# Sign-in limits live in the cache, so all web processes must share it: in the database unless
# a server is named.
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://django_cache")}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost/")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A filesystem queue has no use for control messages; they would only pile up.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not CELERY_BROKER_URL.startswith("filesystem:")
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "run-due-stages": {
        "task": "apps.commissions.tasks.run_due_stages",
        "schedule": timedelta(minutes=1),
        # A sweep nobody took within the minute is replaced by the next one.
        "options": {"expires": 60},
    },
    "sweep-payments": {
        "task": "apps.payments.tasks.sweep_all_payments",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "run-waiting-simulations": {
        "task": "apps.commissions.tasks.run_waiting_simulations",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "refresh-database-statistics": {
        "task": "apps.core.tasks.refresh_database_statistics",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "reconcile": {
        # When the day's business is over; in the site's own time zone.
        "task": "apps.insights.tasks.reconcile_all",
        "schedule": crontab(hour=3, minute=30),
    },
    "save-closed-rankings": {
        # Every night: a month ends at another moment in every time zone, and once is enough.
        "task": "apps.insights.tasks.save_closed_rankings",
        "schedule": crontab(hour=4, minute=30),
    },
    "tidy-promotion": {
        "task": "apps.promotion.tasks.tidy_promotion",
        "schedule": crontab(hour=5, minute=10),
    },
}
if CELERY_BROKER_URL.startswith("filesystem://"):
    _queue_dir = DATA_DIR / "queue"
    for _name in ("messages", "control", "processed"):
        (_queue_dir / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue_dir / "messages"),
        "data_folder_out": str(_queue_dir / "messages"),
        "control_folder": str(_queue_dir / "control"),
        "processed_folder": str(_queue_dir / "processed"),
        "store_processed": False,
    }

# --- People and sign-in ---------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "apps.accounts.backends.SignInBackend",
    "apps.merchants.roles.MerchantRoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Where the operator console lives; requests below it run inside one merchant's walls.
CONSOLE_PATH = "console/"
# Answers which merchants' consoles a user may enter; core, below merchants, asks by name.
CONSOLE_MERCHANTS = "apps.merchants.selectors.merchants_of_staff"
# The most depths any commission plan on this site may pay (分销层级).
COMMISSION_MAX_DEPTH = min(env.int("COMMISSION_MAX_DEPTH", default=3), 3)

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
# Nobody signs up here; allauth still wants to know which fields an account has. With a required
# phone, people without one could not sign in.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Together, so that nobody can lock somebody else out from another address; guesses spread over
# many addresses meet allauth's limit per account.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "apps.accounts.adapter.sign_in_name"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.adapter.client_ip"
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

PHONENUMBER_DEFAULT_REGION = "CN"
PHONENUMBER_DEFAULT_FORMAT = "E164"

# --- Payments -------------------------------------------------------------------------------


def credentials(prefix: str, needed: dict[str, str], optional: dict[str, str]) -> dict[str, str]:
    """What `prefix`… variables say; empty where none is set: the provider is then not offered.

    Raises ImproperlyConfigured, naming them, when only some of the needed ones are set.
    """
    found = {name: env.str(f"{prefix}_{var}", default="") for name, var in needed.items()}
    if not any(found.values()):
        return {}
    if missing := [f"{prefix}_{needed[name]}" for name, value in found.items() if not value]:
        raise ImproperlyConfigured(
            f"{', '.join(missing)} not set: set all {prefix} variables, or none of them."
        )
    rest = {name: env.str(f"{prefix}_{var}", default="") for name, var in optional.items()}
    return found | rest


# One account at each provider for the whole site; its merchants switch it on for themselves.
WECHAT_PAY = credentials(
    "WECHAT_PAY",
    {
        "app_id": "APP_ID",
        "mch_id": "MCHID",
        "serial_no": "SERIAL_NO",
        "private_key": "PRIVATE_KEY",
        "api_v3_key": "APIV3_KEY",
        "public_key": "PUBLIC_KEY",
        "public_key_id": "PUBLIC_KEY_ID",
    },
    {"gateway": "GATEWAY", "app_secret": "APP_SECRET"},
)
ALIPAY = credentials(
    "ALIPAY",
    {"app_id": "APP_ID", "private_key": "PRIVATE_KEY", "public_key": "PUBLIC_KEY"},
    {"seller_id": "SELLER_ID", "gateway": "GATEWAY"},
)

# --- Language and time ----------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
# The second holds what installed packages say without a Chinese translation of their own.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "packages"]
TIME_ZONE = "Asia/Shanghai"
CELERY_TIMEZONE = TIME_ZONE
USE_I18N = True
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
# What applicants attach: opened through the console only, so never below MEDIA_ROOT.
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(DATA_DIR / "private")))
# A font file (.ttf, .otf, .ttc) that posters are set in before any other; the package
# justmytype-intl-cjk is enough, and this is for those who run without it.
POSTER_FONT = env.str("POSTER_FONT", default="")
# The embedded mode has no web server in front that could serve uploaded pictures.
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# --- Security -------------------------------------------------------------------------------

# One switch for a site reached over plain http (a laptop); each part can be set on its own.
HTTPS = env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=HTTPS)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=HTTPS)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
# Only behind a proxy that sets or strips the header itself, e.g. X-Forwarded-Proto.
if proxy_header := env.str("SECURE_PROXY_SSL_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + proxy_header.upper().replace("-", "_"), "https")
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Logging --------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Its five lines of housekeeping per sign-in would bury everything else.
        "axes": {"level": "WARNING"},
    },
}
