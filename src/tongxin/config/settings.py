"""Django's settings, made from the environment; see ``environment.py`` for what may be set."""

from __future__ import annotations

import os
from pathlib import Path

from tongxin.config.environment import Environment, database_settings, map_source
from tongxin.config.keys import secret_key

ENVIRONMENT = Environment.read()
PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = False
DEMO = ENVIRONMENT.demo
TONGXIN_DATA = ENVIRONMENT.data
PUBLIC_URL = ENVIRONMENT.public_url
SECRET_KEY = secret_key(ENVIRONMENT.data)
ALLOWED_HOSTS = os.environ.get("TONGXIN_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

_OWNER = os.environ.get("TONGXIN_DB_ROLE") == "owner"
_URL = ENVIRONMENT.owner_url if _OWNER else ENVIRONMENT.database_url
_AUDIT = database_settings(_URL, application="tongxin-audit")
DATABASES = {
    "default": database_settings(_URL),
    # Reveals of personal data commit their trace here, whatever the caller's transaction does.
    "audit": {**_AUDIT, "TEST": {"MIRROR": "default"}},
}
DATABASE_ROUTERS = ["tongxin.config.routers.AuditAliasNeverMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # for a page of django-allauth
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "tongxin.foundation.audit",
    "tongxin.foundation.territory",
    "tongxin.foundation.access",
    "tongxin.foundation.roads",
    "tongxin.plumbing.vault",
    "tongxin.plumbing.channels",
    "tongxin.plumbing.live",
    "tongxin.domain.incidents",
    "tongxin.domain.dispatch",
    "tongxin.domain.homes",
    "tongxin.domain.rights",
    "tongxin.domain.desk",
    "tongxin.surfaces.kit",
    "tongxin.surfaces.console",
    "tongxin.surfaces.field",
    "tongxin.surfaces.portal",
    "tongxin.surfaces.office",
    "tongxin.surfaces.api",
    "tongxin.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tongxin.surfaces.kit.middleware.ActingMemberMiddleware",
    "tongxin.surfaces.kit.nul.NulRefusedMiddleware",
    "tongxin.surfaces.kit.middleware.ErrorPageMiddleware",
    "tongxin.surfaces.kit.middleware.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tongxin.config.urls"
WSGI_APPLICATION = "tongxin.config.wsgi.application"

# Jinja2 first for all our pages; Django's own templates after it, for django-allauth only.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [
            PACKAGE / "surfaces" / name / "templates"
            for name in ("kit", "console", "field", "portal", "office")
        ],
        "OPTIONS": {
            "environment": "tongxin.surfaces.kit.jinja.environment",
            "context_processors": ["tongxin.surfaces.kit.context.page_context"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [PACKAGE / "surfaces" / "kit" / "account_pages"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"

# Accounts: 5 failures lock for 15 minutes, 15 idle minutes log out (MLPS level 3).
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # accounts have no address: members are reached by phone
ACCOUNT_ADAPTER = "tongxin.surfaces.kit.login.ClosedSignupAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,30/m/ip"}
MFA_ADAPTER = "tongxin.surfaces.kit.login.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
SECOND_FACTOR_REQUIRED = not DEMO
# The middleware counts the idle minutes and notes a hand once a minute; only that renews the
# cookie, so that what pages fetch by themselves costs no write and keeps no log-in.
SESSION_COOKIE_AGE = 16 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CACHES = {
    # Failures of log-in are counted in the database, so that the lock holds over all processes.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "tongxin_cache",
    },
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = TONGXIN_DATA / "static"
STATICFILES_DIRS: list[Path] = []
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TONGXIN_LOG_LEVEL", "WARNING")},
}

# The live stream is a process of its own: PORT+1 here, /live/ behind a proxy.
LIVE_URL = os.environ.get("TONGXIN_LIVE_URL", f"http://127.0.0.1:{ENVIRONMENT.port + 1}/live/")
# Another base map than the imported one; origins go into the content security policy.
MAP_SOURCE, MAP_TILE_ORIGINS = map_source(dict(os.environ))
EMERGENCY_NUMBERS = os.environ.get("TONGXIN_EMERGENCY_NUMBERS", "110,119,120").split(",")
DISTRICT_NAME = os.environ.get("TONGXIN_DISTRICT_NAME", "")
