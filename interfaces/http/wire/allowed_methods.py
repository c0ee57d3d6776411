"""Owns the value of `Allow`."""

from typing import Any

from litestar import Request, Response


def allowed_methods(request: Request[Any, Any, Any]) -> Response[None]:
    """204 with `Allow`; Litestar's own answer names only one method if a path has two."""
    template = request.scope["path_template"]
    [route] = [one for one in request.app.routes if one.path_format == template]
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(route.methods))})


def with_head(allow: str) -> str:
    """The value of `Allow` with HEAD wherever GET is allowed (RFC 9110 section 9.1)."""
    methods = set(allow.split(", "))
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
