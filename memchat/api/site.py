"""The API as a whole, with its description and a page that shows it."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.openapi.views import openapi_json

from memchat.api import account, attachments, errors, memories, messages, threads
from memchat.api.reading import StrictJson

DESCRIPTION = """\
What you can do on the pages of this site, for programs of yours. Each request shows a token of yours
(`Authorization: Bearer memchat_…`), made under “Access tokens”, which has the scopes that an operation asks for.
What is missing and what belongs to somebody else are the same: 404.\
"""

api = NinjaAPI(
    title="memchat",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    parser=StrictJson(),
    openapi_url=None,
    docs_url=None,
)
errors.register(api)
for _module in (threads, messages, attachments, memories, account):
    api.add_router("", _module.router)


@csrf_exempt
@require_GET
def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI description: the same for everybody, and nothing of anybody in it."""
    return openapi_json(request, api)


@never_cache
@require_GET
def documentation(request: HttpRequest) -> HttpResponse:
    """The same as a page of this site."""
    schema: Any = api.get_openapi_schema(path_prefix="/api/v1/")
    operations = [
        {"method": method.upper(), "path": path, **operation, "scopes": _scopes(operation["operationId"])}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    groups: dict[str, list[Any]] = {}
    for operation in operations:
        groups.setdefault(operation["tags"][0], []).append(operation)
    for operation in operations:
        operation["description"] = with_code(operation.get("description", ""))
    return render(request, "api/docs.html", {"groups": groups, "description": with_code(DESCRIPTION)})


def with_code(text: str) -> SafeString:
    """A text with what stands between backticks as code."""
    kinds = cycle(("{}", "<code>{}</code>"))
    parts = (format_html(kind, part) for kind, part in zip(kinds, text.split("`"), strict=False))
    return format_html_join("", "{}", ((part,) for part in parts))


def _scopes(operation_id: str) -> tuple[str, ...]:
    return _SCOPES.get(operation_id, ())


def _all_scopes() -> dict[str, tuple[str, ...]]:
    return {
        api.get_openapi_operation_id(operation): tuple(
            scope for callback in operation.auth_callbacks for scope in getattr(callback, "scopes", ())
        )
        for _prefix, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    }


_SCOPES = _all_scopes()
