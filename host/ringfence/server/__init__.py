"""`ringfence serve`: decisions over HTTP. `create_app` makes an ASGI application of bundles; it needs the extra `serve`."""

from ringfence.extras import extra

with extra("serve", "the server"):
    from ringfence.server.app import Application, create_app
    from ringfence.server.decision_log import DecisionLog
    from ringfence.server.settings import Settings
    from ringfence.server.tokens import Tokens
    from ringfence.server.tracing import OpenTelemetry

__all__ = ["Application", "DecisionLog", "OpenTelemetry", "Settings", "Tokens", "create_app"]
