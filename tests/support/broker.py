"""The Apache Kafka broker of the tests: the one of `make stack`."""

from __future__ import annotations

from deploy.stack.kafka import DEPLOY, ROOT, JarsMissingError, JavaMissingError, KafkaBroker, find_jars, find_java, pinned_version

__all__ = ["DEPLOY", "ROOT", "JarsMissingError", "JavaMissingError", "KafkaBroker", "find_jars", "find_java", "pinned_version"]
