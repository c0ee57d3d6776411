"""Makes users and their refresh tokens: `python fill.py HOW_MANY TOKENS_FILE`."""

import os
import random
import secrets
import sys
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.conf import settings  # noqa: E402 - after setup()
from django.contrib.auth.models import User  # noqa: E402 - after setup()
from django.core.management import call_command  # noqa: E402 - after setup()
from django.utils import timezone  # noqa: E402 - after setup()

TOKENS_PER_USER = 10
BATCH = 10_000


def oauth_toolkit(users: list[User]) -> list[str]:
    """Rows as a grant leaves them; a public client, so that no client secret is hashed."""
    from oauth2_provider.models import AccessToken, Application, RefreshToken

    application = Application.objects.create(
        client_id="benchmark",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_PASSWORD,
        name="benchmark",
    )
    tokens = [secrets.token_urlsafe(32) for _ in users]
    common = {"application": application}
    accesses = AccessToken.objects.bulk_create(
        [
            AccessToken(
                user=user,
                token=secrets.token_urlsafe(32),
                scope="read write",
                expires=timezone.now() + timedelta(hours=10),
                **common,
            )
            for user in users
        ],
        batch_size=BATCH,
    )
    RefreshToken.objects.bulk_create(
        [
            RefreshToken(user=user, token=token, access_token=access, **common)
            for user, token, access in zip(users, tokens, accesses, strict=True)
        ],
        batch_size=BATCH,
    )
    return tokens


def simplejwt(users: list[User]) -> list[str]:
    """Tokens alone: without rotation nothing is stored."""
    from rest_framework_simplejwt.tokens import RefreshToken

    return [str(RefreshToken.for_user(user)) for user in users]


def simplejwt_rotating(users: list[User]) -> list[str]:
    """As `RefreshToken.for_user` records them, in bulk."""
    from rest_framework_simplejwt.settings import api_settings
    from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
    from rest_framework_simplejwt.tokens import RefreshToken

    now = timezone.now()
    rows, tokens = [], []
    for user in users:
        token = RefreshToken()
        token[api_settings.USER_ID_CLAIM] = str(user.pk)
        tokens.append(str(token))
        expires = now + api_settings.REFRESH_TOKEN_LIFETIME
        rows.append(
            OutstandingToken(
                user=user, jti=token["jti"], token=tokens[-1], created_at=now, expires_at=expires
            )
        )
    OutstandingToken.objects.bulk_create(rows, batch_size=BATCH)
    return tokens


def main() -> None:
    wanted, path = int(sys.argv[1]), Path(sys.argv[2])
    call_command("migrate", verbosity=0)
    users = User.objects.bulk_create(
        [User(username=f"user-{number}") for number in range(wanted // TOKENS_PER_USER)]
    )
    fill = {
        "simplejwt": simplejwt,
        "simplejwt-rotating": simplejwt_rotating,
        "oauth-toolkit": oauth_toolkit,
    }[settings.PEER]
    tokens = fill(users * TOKENS_PER_USER)
    random.shuffle(tokens)
    width = max(map(len, tokens))
    path.write_text("".join(f"{token:<{width}}\n" for token in tokens))


main()
