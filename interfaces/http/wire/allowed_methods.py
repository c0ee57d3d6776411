"""Owns the answer to OPTIONS for a path with several methods."""

from typing import Any

from litestar import Request, Response


def allowed_methods(request: Request[Any, Any, Any]) -> Response[None]:
    """204 with `Allow`; Litestar's own answer names only one method if a path has two."""
    template = request.scope["path_template"]
    [route] = [one for one in request.app.routes if one.path_format == template]
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(route.methods))})
