"""What a process says about itself: event lines for people on a terminal, JSON for machines. Never a payload."""

from __future__ import annotations

import logging
import sys

import structlog

from agents.settings import LogSettings

_CHATTY = {
    # Retriable errors right after a commit are normal on Kafka 4 and end by themselves; what does not ends the process.
    "aiokafka": logging.ERROR,
    "kafka": logging.ERROR,
    # Membership and timers of Faust, at every rebalance and under every load.
    "faust": logging.WARNING,
    "mode": logging.ERROR,
    "asyncio": logging.WARNING,
}


def set_up(settings: LogSettings) -> None:
    """Send every log record of this process to standard error, in the format that the settings ask for."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_worth_saying)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(level)
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(max(level, least) if level > logging.DEBUG else level)


def _worth_saying(record: logging.LogRecord) -> bool:
    """Drop what Faust's services say about their own starting and stopping: it stands under our classes' names."""
    return record.levelno >= logging.WARNING or not record.getMessage().startswith("[^")
