"""A Spark master and its workers as processes of this machine, one of which can be killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark


@dataclass
class Cluster:
    """A running cluster."""

    url: str
    workers: list[subprocess.Popen[str]]

    def kill_worker(self) -> None:
        """Kill a worker with all that runs on it, without a word."""
        os.killpg(self.workers.pop().pid, signal.SIGKILL)


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Yield a cluster of workers with one core each; nothing of it is left at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = _started(folder, "master.Master", "--port", str(port), "--webui-port", "0")
    url = f"spark://127.0.0.1:{port}"
    _wait_for(master, r"New state: ALIVE")
    running: list[subprocess.Popen[str]] = []
    try:
        for _ in range(workers):
            words = ("--cores", "1", "--memory", "1500m", "--webui-port", "0", url)
            running.append(_started(folder, "worker.Worker", *words))
            _wait_for(running[-1], r"Successfully registered with master")
        yield Cluster(url, running)
    finally:
        for process in (*running, master):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _started(folder: Path, kind: str, *words: str) -> subprocess.Popen[str]:
    home = Path(pyspark.__file__).parent
    env = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder),
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    return subprocess.Popen(
        [
            str(home / "bin/spark-class"),
            f"org.apache.spark.deploy.{kind}",
            "--host",
            "127.0.0.1",
            *words,
        ],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # its executors die with it when the group is killed
    )


def _wait_for(process: subprocess.Popen[str], pattern: str) -> None:
    """Return when a line says so; what comes after is read and dropped."""
    stream = process.stderr
    assert stream is not None
    for line in stream:
        if re.search(pattern, line):
            threading.Thread(target=stream.read, daemon=True).start()
            return
    raise AssertionError(f"Spark ended before it said {pattern}")
