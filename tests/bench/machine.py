"""Which machine the numbers are from, and what else it did meanwhile."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from tests.support.broker import pinned_version

_LOOP = 5_000_000


class Machine(msgspec.Struct, frozen=True):
    """What a reader needs to compare figures."""

    processor: str
    cores: int
    memory_gib: float
    python: str
    kafka: str
    versions: dict[str, str]
    commit: str
    load: tuple[float, float, float]
    """1, 5 and 15 minutes, when the measurement ended."""
    loop_ns: float
    """One step of an empty `for` loop: says how fast this core was just then."""


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _loop_ns() -> float:
    before = time.process_time()
    for _ in range(_LOOP):
        pass
    return (time.process_time() - before) / _LOOP * 1e9


def machine() -> Machine:
    """Describe this machine now."""
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    memory_kb = int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0])
    packages = ("aiokafka", "faust-streaming", "quixstreams", "bytewax", "msgspec")
    return Machine(
        processor=_first("/proc/cpuinfo", "model name") or platform.processor(),
        cores=os.cpu_count() or 0,
        memory_gib=round(memory_kb / (1 << 20), 1),
        python=platform.python_version(),
        kafka=pinned_version(),
        versions={package: _version(package) for package in packages},
        commit=told.stdout.strip() or "unknown",
        load=os.getloadavg(),
        loop_ns=round(_loop_ns(), 1),
    )
