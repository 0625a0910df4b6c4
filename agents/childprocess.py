"""A child process in a group of its own: start it, stop it, hurt it, and never leave it behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

_POLL_SECONDS = 0.05
_LOG_TAIL_LINES = 12
# Reads until the other end of its standard input is gone, which is when this process is, however it ended; then kills the
# child's process group. Unlike PR_SET_PDEATHSIG it does not fire when only the thread that started the child has ended.
_WATCHDOG = 'read -r _; kill -9 "-$1" 2>/dev/null'


class ChildFailedError(RuntimeError):
    """The child did not start, or ended by itself; the message carries the end of its log."""


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Say whether somebody listens on a loopback TCP port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the child before are no obstacle
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


class ChildProcess(ABC):
    """One server on loopback, in its own process group; it dies with the process that started it.

    The verbs are not thread-safe. A child keeps its port over `restart`, so that its clients find it again.
    """

    name = "child"
    start_timeout_seconds = 60.0
    failure: type[ChildFailedError] = ChildFailedError

    def __init__(self, port: int | None = None, data_dir: Path | None = None) -> None:
        """Choose a free port and a temporary folder where none is given; start nothing."""
        self.port = free_port() if port is None else port
        self._temporary = None if data_dir else tempfile.TemporaryDirectory(prefix=f"firstreply-{self.name}-")
        self.data_dir = Path(self._temporary.name) if self._temporary else Path(data_dir or "")
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """Prepare `data_dir` and return the command that runs the child in the foreground."""

    @abstractmethod
    def _answers(self) -> bool:
        """Say whether the child does its work by now."""

    def _environment(self) -> Mapping[str, str] | None:
        """Return the child's environment; `None` is this process's own."""
        return None

    @property
    def address(self) -> str:
        """Return where the child listens, `host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        """Return the file that holds what the child printed."""
        return self.data_dir / f"{self.name}.log"

    @property
    def running(self) -> bool:
        """Say whether the process exists (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Return the process id, which is its group's id too.

        Raises:
            ChildFailedError: it is not running.

        """
        if self._process is None or self._process.poll() is not None:
            raise self.failure(self._message("is not running"))
        return self._process.pid

    def start(self) -> Self:
        """Start the child and return once it answers.

        Raises:
            ChildFailedError: its port is taken, it ended, or it did not answer within `start_timeout_seconds`.

        """
        if not self.running:
            self.launch()
            self.await_answer()
        return self

    def launch(self) -> None:
        """Start the child; `await_answer` must follow.

        Raises:
            ChildFailedError: its port is taken.

        """
        if is_taken(self.port):  # or else its owner would answer for the child that could not start
            msg = f"{self.name} cannot start: another process listens on {self.address}; end it or choose another port"
            raise self.failure(msg)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = self._command()
        with self.log_path.open("ab") as log:
            self._process = _spawn(command, log, self._environment())
        self._watchdog = _watch(self._process.pid)

    def await_answer(self) -> None:
        """Return once the child answers.

        Raises:
            ChildFailedError: it ended, or did not answer within `start_timeout_seconds`.

        """
        deadline = time.monotonic() + self.start_timeout_seconds
        while not self._answers():
            if not self.running:
                self._reap()
                raise self.failure(self._message("ended before it answered"))
            if time.monotonic() > deadline:
                self.kill9()
                raise self.failure(self._message(f"did not answer within {self.start_timeout_seconds:.0f} s"))
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raise where the child has ended by itself.

        Raises:
            ChildFailedError: it has; the message carries the end of its log.

        """
        if not self.running:
            raise self.failure(self._message("ended by itself"))

    def stop(self, timeout_seconds: float = 20) -> None:
        """Ask the child to end, and kill it when it has not after `timeout_seconds`. Does nothing when it is not running."""
        if self.running:
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(timeout_seconds) if self._process else None
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
        self._reap()

    def kill9(self) -> None:
        """Kill the child as a crash would."""
        if self.running:
            self._signal(signal.SIGKILL)
        self._reap()

    def pause(self) -> None:
        """Stop the child's clock (SIGSTOP): connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Let a paused child go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def restart(self) -> Self:
        """Stop and start on the same port and folder."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stop the child and remove its folder if it was a temporary one."""
        self.stop()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)

    def _reap(self) -> None:
        if self._watchdog:  # before the group's id may be given to somebody else
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None
        if self._process:
            self._process.wait()

    def _message(self, what: str) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines() if self.log_path.exists() else []
        tail = "\n".join(f"  | {line}" for line in lines[-_LOG_TAIL_LINES:]) or "  | (it printed nothing)"
        code = self._process.poll() if self._process else None
        return f"{self.name} {what} (address {self.address}, exit code {code}). The end of {self.log_path}:\n{tail}"


def _spawn(command: list[str], log: IO[bytes], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own: a Ctrl-C at the terminal is ours to handle, not the child's."""
    return subprocess.Popen(  # noqa: S603 - the subclass's own command
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
    )


def _watch(group: int) -> subprocess.Popen[bytes]:
    command = ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(group)]
    return subprocess.Popen(  # noqa: S603 - a constant and a number
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
