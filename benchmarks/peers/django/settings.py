"""A Django project as the packages' documentation has it, and nothing around it.

PEER chooses which package serves: simplejwt, simplejwt-rotating or oauth-toolkit.
"""

import os
from urllib.parse import urlsplit

PEER = os.environ["PEER"]
_DATABASE = urlsplit(os.environ["PEER_DATABASE_URL"])

SECRET_KEY = os.environ["PEER_SECRET"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _DATABASE.hostname,
        "PORT": _DATABASE.port,
        "USER": _DATABASE.username,
        "NAME": _DATABASE.path.lstrip("/"),
        # Django's default connects again for every request; its documentation advises against that.
        "CONN_MAX_AGE": None,
    }
}

if PEER == "oauth-toolkit":
    INSTALLED_APPS += ["oauth2_provider"]
else:
    INSTALLED_APPS += ["rest_framework", "rest_framework_simplejwt"]
    REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework_simplejwt.authentication.JWTAuthentication"
        ],
        "UNAUTHENTICATED_USER": None,
    }
if PEER == "simplejwt-rotating":
    INSTALLED_APPS += ["rest_framework_simplejwt.token_blacklist"]
    SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}
