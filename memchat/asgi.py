"""What daphne serves: Django's pages behind those for machines, and the socket behind an exact check of its origin."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
_pages = get_asgi_application()

from conversations.routing import websocket_urlpatterns  # noqa: E402  needs the applications to be loaded
from memchat.mcp.door import McpDoor  # noqa: E402
from memchat.monitoring.probes import Probes  # noqa: E402
from memchat.monitoring.request_log import RequestLog  # noqa: E402
from memchat.web.origins import OwnOriginOnly  # noqa: E402
from memchat.web.root import AtTheRoot  # noqa: E402

application = AtTheRoot(
    ProtocolTypeRouter(
        {
            "http": Probes(RequestLog(McpDoor(_pages))),
            "websocket": RequestLog(OwnOriginOnly(URLRouter(websocket_urlpatterns))),
        }
    )
)
