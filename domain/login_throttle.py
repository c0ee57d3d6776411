"""Owns how many failed log-ins are allowed, for each account and each source."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_network

from domain.network_addresses import network_address
from domain.users import User


@dataclass(frozen=True, slots=True)
class LoginAttempts:
    """The failed log-ins counted under one key in its current window."""

    count: int
    window_ends_at: datetime


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """How many failed log-ins are allowed within one window."""

    per_account: int = 10
    per_source: int = 100
    window: timedelta = timedelta(minutes=15)


def account_key(user: User) -> str:
    """The key that counts failed log-ins to a user's account.

    The key has the id, because another user can have the name later.
    """
    return f"account:{user.id}"


def name_key(name: str) -> str:
    """The key that counts failed log-ins under a name that no user has."""
    return f"name:{name}"


def source_key(address: str) -> str:
    """The key that counts failed log-ins from a network address; one IPv6 host has a whole /64."""
    try:
        parsed = network_address(address)
    except ValueError:
        return f"source:{address}"
    if isinstance(parsed, IPv4Address):
        return f"source:{parsed}"
    return f"source:{ip_network((parsed, 64), strict=False)}"
