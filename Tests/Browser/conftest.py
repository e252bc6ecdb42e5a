"""Starts one training server for the whole run."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def server():
    """The address of a training server on a private database, stopped at the end."""
    binary = os.environ.get("EQUIPOISE_BINARY", str(ROOT / ".build/debug/equipoise"))
    state = tempfile.mkdtemp(prefix="eq-")
    os.chmod(state, 0o711)
    log = open(os.path.join(state, "serve.log"), "w+")
    process = subprocess.Popen(
        [binary, "serve", "--training", "--state", os.path.join(state, "s"), "--port", "0"],
        stdout=log, stderr=log)
    address = None
    for _ in range(240):
        time.sleep(0.5)
        text = pathlib.Path(log.name).read_text()
        found = re.search(r"answers at (http://localhost:\d+)/", text)
        if found:
            address = found.group(1)
            break
        if process.poll() is not None:
            raise RuntimeError("the server did not start: " + text)
    if not address:
        process.kill()
        raise RuntimeError("the server did not answer in two minutes")
    yield address
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    shutil.rmtree(state, ignore_errors=True)
