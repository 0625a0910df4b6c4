"""Redis clients from the settings, for the sink and for routers alike."""

from __future__ import annotations

from typing import Any

from agents.sinks import RedisSettings


def arguments(settings: RedisSettings) -> dict[str, Any]:
    """Return the arguments that redis-py's clients share. Nothing is retried inside: callers know better when."""
    given: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "db": settings.database,
        "username": settings.username or None,
        "password": settings.secret,
        "decode_responses": True,
        "socket_timeout": settings.timeout / 1_000,
        "socket_connect_timeout": settings.timeout / 1_000,
        "client_name": "firstreply",
        "protocol": 2,  # what every server since 6 speaks, proxies too
    }
    if settings.security == "tls":
        tls = settings.tls
        given |= {
            "ssl": True,
            "ssl_ca_certs": str(tls.ca_file) if tls.ca_file else None,
            "ssl_certfile": str(tls.certificate_file) if tls.certificate_file else None,
            "ssl_keyfile": str(tls.key_file) if tls.key_file else None,
            "ssl_password": tls.key_password.get_secret_value() if tls.key_password else None,
            "ssl_check_hostname": tls.check_hostname,
        }
    return given
