"""How the code handles secrets, read off the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "infrastructure", "interfaces")
"""Those that meet what strangers present; config reads only what its operator wrote."""
SECRET_WORDS = {
    "secret",
    "secrets",
    "digest",
    "fingerprint",
    "mac",
    "password",
    "hash",
    "encrypted",
}
LEAKY = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def comparisons_of_secrets(source: str) -> Iterator[int]:
    """The lines on which something named like a secret is compared in time that tells of it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and _is_leaky(node):
            yield node.lineno


def _is_leaky(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    return any(isinstance(op, LEAKY) for op in node.ops) and any(map(_names_a_secret, sides))


def _names_a_secret(node: ast.expr) -> bool:
    name = {ast.Name: "id", ast.Attribute: "attr"}.get(type(node))
    return name is not None and bool(set(getattr(node, name).lower().split("_")) & SECRET_WORDS)


@pytest.mark.proves("T4")
@pytest.mark.parametrize("package", PACKAGES)
def test_no_secret_is_compared_in_a_time_that_tells_of_it(package: str) -> None:
    """hmac.compare_digest or the database's own equality, never `==`."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / package).rglob("*.py")
        for line in comparisons_of_secrets(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("token.secret == given", [1]),
        ("if digest != stored: pass", [1]),
        ("session.secret_digest in known", [1]),
        ("hmac.compare_digest(secret, given)", []),
        ("secret is None", []),
        ("len(secret) == 32", []),
    ],
)
def test_the_rule_sees_what_it_is_to_see(source: str, found: list[int]) -> None:
    assert list(comparisons_of_secrets(source)) == found
