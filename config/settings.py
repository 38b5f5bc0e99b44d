"""Settings from the environment, with defaults that are safe for development only.

Production states its own or doesn't start. docs/operations.md explains each variable that is read here.
"""

from __future__ import annotations

import json
import zlib
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from kombu import Exchange, Queue

from config.consumers import MESSAGE_KINDS
from core.addresses import parse_networks
from core.consumers.configuration import BadConsumer, parse_consumers
from core.lanes import JOBS, LANES, SINKS
from core.sinks.adapters.kinds import KINDS
from core.sinks.configuration import BadSink, parse_sinks

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

QM_ENV = env.str("QM_ENV", default="development")
if QM_ENV not in {"development", "production"}:
    raise ImproperlyConfigured(f"QM_ENV is {QM_ENV!r}; it must be development or production")
PRODUCTION = QM_ENV == "production"


def _required(name: str, development: str) -> str:
    """A setting that has a default in development and none in production."""
    value: str = env.str(name, default="" if PRODUCTION else development)
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"{name} must be set when QM_ENV=production")
    return value


def _refuse_guessable(key: str) -> None:
    """A short one, one that everybody can read here, and one that is a few characters over and over."""
    packed = len(zlib.compress(key.encode(), 9))
    if len(key) < _SHORTEST_KEY or packed < _SHORTEST_PACKED_KEY or key.startswith(_WELL_KNOWN):
        raise ImproperlyConfigured(
            f"SECRET_KEY can be guessed. Make one of {_SHORTEST_KEY} random characters or more: "
            """python -c 'import secrets; print(secrets.token_urlsafe(50))'"""
        )


def _refuse_open(hosts: list[str]) -> None:
    """Django builds links from the host that a request names, so that production says which ones are its own."""
    for host in hosts:
        is_of_everybody = "*" in host or (host.startswith(".") and "." not in host.strip("."))
        if is_of_everybody or "/" in host:
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS has {host!r}. Name each host, without scheme; .example.com stands for all under it."
            )


_SHORTEST_KEY = 50
_SHORTEST_PACKED_KEY = 24  # bytes; random characters, hexadecimal too, take twice as many
_DEVELOPMENT_KEY = "development-only-secret-key-development-only-secret-key"
_WELL_KNOWN = (_DEVELOPMENT_KEY, "django-insecure-")
SECRET_KEY = _required("SECRET_KEY", _DEVELOPMENT_KEY)
DEBUG = env.bool("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG must be off when QM_ENV=production")
ALLOWED_HOSTS = [
    host.strip()
    for host in _required("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
    if host.strip()
]
if PRODUCTION:
    _refuse_guessable(SECRET_KEY)
    _refuse_open(ALLOWED_HOSTS)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "django_fsm",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "core",
    "books",
    "taxes",
    "storefronts",
    "webhooks",
    "customers",
    "inventory",
    "pricing",
    "stored_value",
    "orders",
    "shipping",
    "documents",
    "trading",
    "config",
]

MIDDLEWARE = [
    "core.addresses.client_behind_proxies",
    "core.api.middleware.request_line",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.console.middleware.ContentPolicy",
    "core.console.middleware.WholeForms",
    "core.console.middleware.WrongMethods",
    "core.console.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.console.middleware.People",
    "core.console.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
            ],
        },
    },
]

# Stores

_MAX_LIFETIME = 3600
"""Seconds after which a connection is replaced."""
_pool_size = env.int("DATABASE_POOL_SIZE", default=8)
# manage.py and the tests name the embedded servers; without them nothing is guessed, least of all a standard port.
_database = env.db_url_config(_required("DATABASE_URL", "postgres://nobody@127.0.0.1:1/set-DATABASE_URL"))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "ENGINE": "core.postgresql",
        # A process that serves one request at a time keeps its one connection; a pool of one would only cost.
        "CONN_MAX_AGE": _MAX_LIFETIME if _pool_size == 1 else 0,
        "CONN_HEALTH_CHECKS": _pool_size == 1,
        "OPTIONS": {
            # So that the kernel finds out within a minute that the other end of a connection has vanished.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            **_database.get("OPTIONS", {}),
            # A statement's fifth use on a connection prepares it, so that the server plans it once, not every time.
            # 0 turns that off, for a connection pooler that doesn't know prepared statements.
            "server_side_binding": True,
            "prepare_threshold": env.int("DATABASE_PREPARE_THRESHOLD", default=5) or None,
            "pool": _pool_size > 1
            and {"min_size": 1, "max_size": _pool_size, "timeout": 5, "max_lifetime": _MAX_LIFETIME},
        },
    },
}
REDIS_URL = _required("REDIS_URL", "redis://127.0.0.1:1/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AXES_FAILURE_LIMIT = 10
AXES_VERBOSE = False
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "core.people.attempted_username"
AXES_CLIENT_IP_CALLABLE = "core.addresses.address_for_lockout"
AXES_LOCKOUT_CALLABLE = "core.error_pages.locked_out"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Language and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024 + 1

# Files of imports: in a bucket when one is named, else under DATA_DIR
OBJECT_STORE_BUCKET = env.str("OBJECT_STORE_BUCKET", default="")
OBJECT_STORE_URL = env.str("OBJECT_STORE_URL", default="")
OBJECT_STORE_REGION = env.str("OBJECT_STORE_REGION", default="us-east-1")
OBJECT_STORE_ACCESS_KEY = env.str("OBJECT_STORE_ACCESS_KEY", default="")
OBJECT_STORE_SECRET_KEY = env.str("OBJECT_STORE_SECRET_KEY", default="")

# An outside tax service, for storefronts that are set to "http"; seconds are for a whole question
# Name → {"adapter": a class, and what it takes}; docs/how-to/add-a-gateway.md.
PAYMENT_GATEWAYS = json.loads(env.str("PAYMENT_GATEWAYS", default="") or "{}")
TAX_SERVICE_URL = env.str("TAX_SERVICE_URL", default="")
TAX_SERVICE_KEY = env.str("TAX_SERVICE_KEY", default="")
TAX_SERVICE_SECONDS = env.float("TAX_SERVICE_SECONDS", default=3.0)

# E-mail

EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{DATA_DIR / 'mail'}")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_FILE_PATH = EMAIL_CONFIG["EMAIL_FILE_PATH"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "core.smtp.EmailBackend"
# Seconds that the mail server may take for each of its answers, and for the one to a whole e-mail: whoever gives up on
# that one doesn't know whether the e-mail was sent.
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", default=20.0)
EMAIL_ANSWER_TIMEOUT = env.float("EMAIL_ANSWER_TIMEOUT", default=60.0)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="orders@quartermaster.example")

# Security

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.console.again.refused_token"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
try:
    TRUSTED_PROXIES = parse_networks(env.list("TRUSTED_PROXIES", default=[]))
except ValueError as error:
    raise ImproperlyConfigured(
        f"TRUSTED_PROXIES are addresses, networks such as 10.0.0.0/8, or unix: {error}"
    ) from None
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    # Only what a trusted proxy says of it gets as far as here.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    # These two speak for hosts that the product knows nothing of, for years, so that somebody has to ask for them.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
_SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [_SELF],
        # The console's Alpine evaluates attribute expressions, and Swagger UI starts from an inline script.
        "script-src": [_SELF, "'unsafe-eval'", "'unsafe-inline'"],
        "style-src": [_SELF, "'unsafe-inline'"],
        "img-src": [_SELF, "data:"],
        "font-src": [_SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": [_SELF],
        "base-uri": [_SELF],
        "object-src": ["'none'"],
    }
}

# Receivers of webhooks are on the public internet, but for those in these networks, and have TLS
try:
    WEBHOOK_ALLOWED_NETWORKS = tuple(
        ip_network(text.strip()) for text in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[]) if text.strip()
    )
except ValueError as error:
    raise ImproperlyConfigured(
        f"WEBHOOK_ALLOWED_NETWORKS are addresses and networks such as 10.1.0.0/24: {error}"
    ) from None
WEBHOOK_HTTP = env.bool("WEBHOOK_HTTP", default=not PRODUCTION)

# Brokers that are sent the log of events: name → URL; docs/operations.md.
try:
    EVENT_SINKS = parse_sinks(env.str("EVENT_SINKS", default=""), KINDS)
except BadSink as error:
    raise ImproperlyConfigured(f"EVENT_SINKS: {error}") from None

# Topics that are consumed: name → URL, and the kind of message that each name stands for.
CONSUMER_KINDS = MESSAGE_KINDS
try:
    KAFKA_CONSUMERS = parse_consumers(env.str("KAFKA_CONSUMERS", default=""), CONSUMER_KINDS)
except BadConsumer as error:
    raise ImproperlyConfigured(f"KAFKA_CONSUMERS: {error}") from None

# Background work: the broker carries wake-up hints only, so losing it loses nothing

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 210
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
# A task that lost the broker goes on: its work is in the database, and cutting it off would leave e-mails uncertain.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = JOBS
CELERY_TASK_DEFAULT_EXCHANGE = JOBS
_queues = [*(lane.name for lane in LANES), SINKS, JOBS]
if CELERY_BROKER_URL.startswith("amqp"):
    _quorum = {"x-queue-type": "quorum", "x-delivery-limit": 5, "x-dead-letter-exchange": "celery.dead"}
    CELERY_TASK_QUEUES = [
        Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments=_quorum) for name in _queues
    ]
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"confirm_publish": True}
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True
else:
    CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in _queues]
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # A hint is gone once a worker has it; the sweeps find what a killed one left. Acknowledged as a task ends,
        # it would end a worker whose broker restarted meanwhile: kombu acknowledges on a connection that is no more.
        "ack_emulation": False,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    }
RELAY_SWEEP = 5.0
"""Seconds between two sweeps of a lane; with a lane's lease, how late the effects of a killed worker are."""
CELERY_BEAT_SCHEDULE = {
    **{
        f"relay-{lane.name}": {
            "task": "core.tasks.relay",
            "args": (lane.name,),
            "schedule": RELAY_SWEEP,
            # One that waited until the next one came is of no use.
            "options": {"queue": lane.name, "expires": RELAY_SWEEP},
        }
        for lane in LANES
    },
    **{
        f"sink-{name}": {
            "task": "core.tasks.work_sink",
            "args": (name,),
            "schedule": RELAY_SWEEP,
            "options": {"queue": SINKS, "expires": RELAY_SWEEP},
        }
        for name in EVENT_SINKS
    },
    "purge": {"task": "core.tasks.purge", "schedule": 3600.0},
    "expire-reservations": {"task": "orders.tasks.expire_reservations", "schedule": 30.0},
    "serve-waiting": {"task": "orders.tasks.serve_waiting", "schedule": 5.0},
    "expire-holds": {"task": "orders.tasks.expire_holds", "schedule": 60.0},
    "sweep-payment-attempts": {"task": "orders.tasks.sweep_payment_attempts", "schedule": 60.0},
    "expire-authorisations": {"task": "orders.tasks.expire_authorisations", "schedule": 300.0},
    # By night, when the gateways' day is over wherever they are.
    "reconcile-payments": {"task": "orders.tasks.reconcile_payments", "schedule": crontab(hour=3, minute=30)},
    "fetch-payouts": {"task": "orders.tasks.fetch_payouts", "schedule": crontab(hour=4, minute=30)},
    "complete-orders": {"task": "orders.tasks.complete_orders", "schedule": 300.0},
    "expire-gift-cards": {"task": "stored_value.tasks.expire_gift_cards", "schedule": 3600.0},
    "reconcile-stored-value": {"task": "stored_value.tasks.reconcile_stored_value", "schedule": 3600.0},
    "reconcile-stock": {"task": "inventory.tasks.reconcile_stock", "schedule": 3600.0},
    "reconcile-book": {"task": "trading.tasks.reconcile_book", "schedule": 3600.0},
    "purge-webhook-attempts": {"task": "webhooks.tasks.purge", "schedule": 3600.0},
    "run-jobs": {"task": "core.tasks.run_jobs", "schedule": 10.0},
    "find-files": {"task": "core.tasks.find_files", "schedule": 60.0},
}

# Commands by queue: from which broker, what its queues' names begin with, and seconds that one may take
COMMANDS_QUEUE_URL = env.str("COMMANDS_QUEUE_URL", default="")
COMMANDS_QUEUE_PREFIX = env.str("COMMANDS_QUEUE_PREFIX", default="")
COMMANDS_DEADLINE = env.float("COMMANDS_DEADLINE", default=30.0)

RELAY_HINTS = env.bool("RELAY_HINTS", default=True)

# The shop

DRAFT_RESERVATION_MINUTES = env.int("DRAFT_RESERVATION_MINUTES", default=30)
ORDER_COMPLETION_DAYS = env.int("ORDER_COMPLETION_DAYS", default=14)
BOOK_CURRENCY = env.str("BOOK_CURRENCY", default="USD")
# Large enough to cost little more than one COPY, small enough to be over in about two seconds.
IMPORT_BATCH_ROWS = env.int("IMPORT_BATCH_ROWS", default=50_000)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=1024**3)
# What the feed process serves; the proxies send these paths there.
STREAM_PATHS = r"/api/v1/(book/[^/]+/feed|events/stream|orders/[^/]+/stream)/"
FEED_LISTENERS = env.int("FEED_LISTENERS", default=200)
FEED_LISTENERS_PER_CLIENT = env.int("FEED_LISTENERS_PER_CLIENT", default=20)
FEED_HEARTBEAT = env.float("FEED_HEARTBEAT", default=15.0)
FEED_LIFETIME = env.float("FEED_LIFETIME", default=900.0)
# The hash of a gift card's code is made with the first key, and found by any of them.
GIFT_CARD_KEYS = env.list("GIFT_CARD_KEYS", default=[]) or [SECRET_KEY]
# The secrets of webhook endpoints are sealed with the first key, and opened with any of them.
WEBHOOK_SECRET_KEYS = env.list("WEBHOOK_SECRET_KEYS", default=[]) or [SECRET_KEY]
# Test clients' orders take real stock, so that production doesn't hear them unless it is told to.
TEST_KEYS = env.bool("TEST_KEYS", default=not PRODUCTION)
RATE_LIMITS: dict[str, str | None] = {
    "read": env.str("RATE_LIMIT_READ", default="6000/min") or None,
    "write": env.str("RATE_LIMIT_WRITE", default="3000/min") or None,
    "gift_card": env.str("RATE_LIMIT_GIFT_CARD", default="300/min") or None,
}

# The API: ApiView carries its own classes; these are what the framework reads by itself

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.problems.exception_handler",
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quartermaster API",
    "DESCRIPTION": "Order management that adds up. Conventions: docs/api.md.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "string", "format": "uuid"}},
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "BookOrderStatus": "trading.statuses.BookOrderStatus",
        "Country": "storefronts.api.serializers.COUNTRIES",
        "Currency": "core.api.serializers.CURRENCIES",
        "AdjustmentKind": "orders.pricing.statuses.AdjustmentKind",
        "DocumentKind": "documents.statuses.DocumentKind",
        "EndpointStatus": "webhooks.statuses.EndpointStatus",
        "UndeliveredStatus": "webhooks.api.serializers.STANDINGS",
        "DeliveryMethodKind": "pricing.delivery.statuses.MethodKind",
        "HoldReason": "orders.statuses.HoldReason",
        "JobStatus": "core.models.JobStatus",
        "MovementKind": "inventory.statuses.MovementKind",
        "OfferKind": "pricing.offers.statuses.OfferKind",
        "OfferState": "pricing.offers.statuses.OfferState",
        "OrderStatus": "orders.statuses.OrderStatus",
        "PaymentMethod": "orders.payments.statuses.PaymentMethod",
        "RecordedMethod": "orders.payments.statuses.RECORDED_METHODS",
        "PaymentState": "orders.payments.statuses.PaymentState",
        "EntryKind": "stored_value.statuses.EntryKind",
        "StoredValueKind": "stored_value.statuses.StoredValueKind",
        "StoredValueStatus": "stored_value.statuses.StoredValueStatus",
        "AttemptKind": "orders.payments.statuses.AttemptKind",
        "AttemptState": "orders.payments.statuses.AttemptState",
        "CreditKind": "orders.refunds.statuses.CreditKind",
        "RefundReason": "orders.refunds.statuses.RefundReason",
        "RefundState": "orders.refunds.statuses.RefundState",
        "RefundTo": "orders.refunds.statuses.RefundTo",
        "RuleName": "storefronts.sourcing.RULES",
        "ShipmentStatus": "shipping.statuses.ShipmentStatus",
        "TaxRounding": "taxes.statuses.TaxRounding",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "core.api.schema.add_components"],
}

# Logs

LOGGING_CONFIG = "core.logging.configure"
LOGGING = {"level": env.str("LOG_LEVEL", default="INFO")}

# The console

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Quartermaster",
    "SITE_HEADER": "Quartermaster",
    "SITE_SUBHEADER": "Order management that adds up",
    "SITE_SYMBOL": "inventory_2",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("console/icon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda _request: static("console/console.css")],
    "DASHBOARD_CALLBACK": "core.console.dashboard.dashboard",
    "SIDEBAR": {"navigation": "core.console.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 240)",
            "100": "oklch(94% .03 240)",
            "200": "oklch(89% .055 240)",
            "300": "oklch(82% .09 240)",
            "400": "oklch(73% .12 241)",
            "500": "oklch(63% .14 243)",
            "600": "oklch(53% .135 245)",
            "700": "oklch(46% .12 246)",
            "800": "oklch(39% .1 247)",
            "900": "oklch(33% .08 249)",
            "950": "oklch(25% .06 251)",
        },
    },
}
