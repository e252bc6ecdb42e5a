"""A small client of the JSON API, for tests: sign-in with both factors, then calls.

Every answer of success is compared with the served description.
"""
import json
import re
import secrets
import time
import urllib.error
import urllib.request

from described import departure


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        # The number of the request, as in the server's log: two refusals are alike but for it.
        self.request = body.pop("request", "")
        assert re.fullmatch("[0-9a-f]{16}", self.request), body
        self.body = body


class Client:
    """One signed-in person."""

    def __init__(self, address, username=None, password="a day of training"):
        self.address = address
        self.token = None
        if username:
            self.sign_in(username, password)

    def sign_in(self, username, password):
        """Gives the password, reads the training code from the page, gives the code.

        A code works once: one that was used by another sign-in of these seconds is waited out.
        """
        self.token = self.call("POST", "/sessions", {"username": username, "password": password})["token"]
        for attempt in range(6):
            request = urllib.request.Request(
                self.address + "/sign-in/code", headers={"Authorization": "Bearer " + self.token})
            page = urllib.request.urlopen(request, timeout=20).read().decode()
            code = re.search(r"\b(\d{3}) ?(\d{3})\b", page)
            try:
                self.token = self.call(
                    "POST", "/sessions/code", {"code": code.group(1) + code.group(2)})["token"]
                return
            except Refused as refused:
                if attempt == 5 or refused.body["code"] != "authentication_failed":
                    raise
                time.sleep(8)

    def call(self, method, path, body=None, key=None):
        """One call; gives the JSON answer or raises Refused. Every act has a request key of its own."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if method != "GET":
            headers["Idempotency-Key"] = key or secrets.token_hex(16)
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.address + "/api/v1" + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                raw = answer.read()
                told = departure(
                    self.address, method, path, answer.status, answer.headers["Content-Type"], raw)
                assert told is None, f"{method} {path}: {told}"
                return json.loads(raw) if "json" in answer.headers["Content-Type"] else raw
        except urllib.error.HTTPError as error:
            raw = error.read()
            try:
                raise Refused(error.code, json.loads(raw)) from None
            except json.JSONDecodeError:
                raise Refused(error.code, raw.decode(errors="replace")) from None
