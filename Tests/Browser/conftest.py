"""Starts one training server for the whole run."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from playwright.sync_api import sync_playwright

from walk import Person

ROOT = pathlib.Path(__file__).resolve().parents[2]


BINARY = os.environ.get("EQUIPOISE_BINARY", str(ROOT / ".build/debug/equipoise"))


@contextlib.contextmanager
def training_server(state=None, *options):
    """A training server on a private database, stopped and removed at the end."""
    folder = tempfile.mkdtemp(prefix="eq-")
    os.chmod(folder, 0o711)
    log = open(os.path.join(folder, "serve.log"), "w+")
    process = subprocess.Popen(
        [BINARY, "serve", "--training", "--state", state or os.path.join(folder, "s"), "--port", "0",
         *options], stdout=log, stderr=log)
    try:
        yield address_of(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def address_of(process, log):
    """Waits for the line that tells where the server answers."""
    for _ in range(240):
        time.sleep(0.5)
        text = pathlib.Path(log.name).read_text()
        found = re.search(r"answers at (http://localhost:\d+)/", text)
        if found:
            return found.group(1)
        if process.poll() is not None:
            raise RuntimeError("the server did not start: " + text)
    raise RuntimeError("the server did not answer in two minutes")


@pytest.fixture(scope="session")
def server():
    """The address of a training server that several files share."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of one file."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def people(browser, server):
    """Everybody who is needed at the server of the file, each signed in once."""
    known = {}

    def person(name):
        if name not in known:
            known[name] = Person(browser, server, name)
        return known[name]

    return person
