"""Signing in through a provider by others: linked, used with the one-time code, refused, and removed again."""
import contextlib
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


from conftest import BINARY, address_of
from walk import PASSWORD, Person

SHOTS = os.environ.get("EQUIPOISE_SHOTS")
SECRET = "a secret & nothing else"
REFUSED = "Signing in with Lindenhof did not succeed. Begin again, or give your password."


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def place(port=None):
    """A training server and its provider, where none stands at a port already; gives address and log."""
    folder = tempfile.mkdtemp(prefix="eq-")
    os.chmod(folder, 0o711)
    secret = os.path.join(folder, "secret")
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(SECRET + "\n")
    is_own = port is None
    port = port or free_port()
    log = open(os.path.join(folder, "serve.log"), "w+")
    server = subprocess.Popen(
        [BINARY, "serve", "--training", "--state", os.path.join(folder, "s"), "--port", "0",
         "--provider-issuer", f"http://localhost:{port}/o", "--provider-client", "equipoise-test",
         "--provider-secret-file", secret, "--provider-name", "Lindenhof"], stdout=log, stderr=log)
    provider = None
    try:
        address = address_of(server, log)
        if is_own:
            provider = subprocess.Popen(
                [sys.executable, str(pathlib.Path(__file__).with_name("provider.py")), folder, str(port),
                 address + "/sign-in/provider/return", SECRET], stdout=subprocess.PIPE, text=True)
            assert provider.stdout.readline() == "ready\n"
        yield address, pathlib.Path(log.name)
    finally:
        for process in (provider, server):
            if process:
                process.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
        if provider:
            provider.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def shoot(page, name):
    """Looks at both widths that nothing is wider than the page, and keeps a picture when asked for."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} at {width} is {wide} px too wide"
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def press(page, text):
    with page.expect_navigation():
        page.locator("main button", has_text=text).click()


def sign_out(page):
    with page.expect_navigation():
        page.locator("form.sign-out button").click()


def at_provider(page, user, shot=None):
    """Leaves by the link of this server, signs in there, and comes back to the page that hands the answer in."""
    if shot:
        shoot(page, shot)
    with page.expect_navigation():
        page.locator("main a", has_text="Go on at Lindenhof").click()
    # The provider asks each time, whoever signed in there before.
    page.fill("[name=username]", user)
    page.fill("[name=password]", f"{user} at the provider")
    page.click("button")
    page.wait_for_url("**/sign-in/provider/return*")


def begin(page, address):
    page.goto(address + "/sign-in")
    press(page, "Sign in with Lindenhof")


def give_code(page):
    """Gives the code the training page shows, waiting for the next one where it was used."""
    for _ in range(6):
        digits = re.search(r"\b(\d{3}) ?(\d{3})\b", page.inner_text("main"))
        page.fill("#f-code", digits.group(1) + digits.group(2))
        press(page, "Go on")
        if "/sign-in" not in page.url:
            return
        time.sleep(8)
        page.goto(page.url.split("/sign-in")[0] + "/sign-in/code")
    raise AssertionError("no code was taken")


def link(person, user, shot=None):
    person.open("/account/provider")
    if shot:
        shoot(person.page, shot)
    person.prove()
    press(person.page, "Link an account")
    at_provider(person.page, user, shot and "provider-departure")
    press(person.page, "Go on")


def test_a_link_from_making_to_removing(browser):
    with place() as (address, log):
        person = Person(browser, address, "coordinator-101")
        page = person.page
        violations = []
        page.on("console", lambda message: violations.append(message.text)
                if "Content Security Policy" in message.text else None)

        # Nobody is linked yet, so nobody comes in, however right the sign-in at the provider.
        other = browser.new_context().new_page()
        begin(other, address)
        at_provider(other, "alice")
        press(other, "Go on")
        assert REFUSED in other.inner_text("main")
        shoot(other, "provider-refused")

        # A wrong password does not even leave.
        person.open("/account/provider")
        page.fill("#f-password", "not the password")
        press(page, "Link an account")
        assert "The password or the code is not right" in page.inner_text("main")
        link(person, "alice", "provider-link")
        assert "The account is linked" in page.inner_text("body")
        assert "Linked" in page.inner_text("main")
        shoot(page, "account-with-provider")

        # Somebody else does not get the same account at the provider.
        second = Person(browser, address, "investigator-101")
        link(second, "alice")
        assert "was not linked" in second.page.inner_text("body")
        second.open("/account")
        assert "Not linked" in second.text()

        # Signed out, the provider stands in for the password; the code is asked for here.
        sign_out(page)
        shoot(page, "sign-in-with-provider")
        begin(page, address)
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        kept = cookies["__Host-eq-provider"]
        assert kept["httpOnly"] and kept["secure"] and kept["sameSite"] == "Strict" and kept["path"] == "/"
        at_provider(page, "alice")
        shoot(page, "provider-return")
        back = page.url
        assert page.goto(address + "/account") and "/sign-in" in page.url
        page.goto(back)
        press(page, "Go on")
        assert page.url == address + "/sign-in/code"
        assert "__Host-eq-provider" not in {cookie["name"] for cookie in page.context.cookies()}
        assert page.goto(address + "/account") and "/sign-in" in page.url
        page.goto(address + "/sign-in/code")
        give_code(page)
        assert "/sign-in" not in page.url

        # What asks for the password still does: the provider's word is none.
        assert page.goto(address + "/account/provider").status == 200
        assert page.locator("#f-password").count() == 1
        sign_out(page)

        # The same way back again; in another browser; with an error; with nothing: the same words.
        fresh = browser.new_context().new_page()
        begin(fresh, address)
        at_provider(fresh, "alice")
        foreign = fresh.url
        state = re.search(r"state=([^&]+)", foreign).group(1)
        for again in (back, foreign, f"{address}/sign-in/provider/return?error=access_denied&state={state}",
                      address + "/sign-in/provider/return",
                      address + "/sign-in/provider/return?state=%3Cscript%3E&code=%22%3E%3Cscript%3Ealert(1)"):
            page.goto(again)
            press(page, "Go on")
            assert REFUSED in page.inner_text("main")
            assert "/sign-in/code" not in page.url
        # By then another browser has used the way back up.
        press(fresh, "Go on")
        assert REFUSED in fresh.inner_text("main")
        # Somebody the server does not know.
        begin(page, address)
        at_provider(page, "bob")
        press(page, "Go on")
        assert REFUSED in page.inner_text("main")
        # A page of another server cannot hand an answer in.
        answer = page.request.post(
            address + "/sign-in/provider/finish", form={"state": state, "answer": "a"},
            headers={"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"})
        assert answer.status == 403

        # Removed with the password, it is nobody's.
        page.goto(address + "/sign-in")
        page.fill("#f-user", "coordinator-101")
        page.fill("#f-password", PASSWORD)
        with page.expect_navigation():
            page.click("main button.primary")
        give_code(page)
        page.goto(address + "/account/provider")
        shoot(page, "provider-linked")
        page.fill("#f-password", PASSWORD)
        press(page, "Remove the link")
        assert "The link is removed" in page.inner_text("body")
        sign_out(page)
        begin(page, address)
        at_provider(page, "alice")
        press(page, "Go on")
        assert REFUSED in page.inner_text("main")

        assert violations == []
        # Nothing that was on its way is printed.
        printed = log.read_text()
        for secret in (SECRET, state, re.search(r"code=([^&]+)", foreign).group(1), "alice"):
            assert secret not in printed


def test_a_program_signs_in_through_the_provider(browser):
    with place() as (address, _):
        person = Person(browser, address, "monitor-101")
        link(person, "bob")
        page = person.page
        request = browser.new_context().request
        begun = request.post(address + "/api/v1/sessions/provider", data={})
        assert begun.status == 201
        told = begun.json()
        assert told["address"].startswith("http://localhost")
        page.goto(told["address"])
        page.fill("[name=username]", "bob")
        page.fill("[name=password]", "bob at the provider")
        page.click("button")
        page.wait_for_url("**/sign-in/provider/return*")
        given = {name: page.input_value(f"[name={box}]") for name, box in (("state", "state"), ("code", "answer"))}
        wrong = request.post(address + "/api/v1/sessions/provider/finish", data=given | {"browser": "00" * 32})
        assert wrong.status == 409 and wrong.json()["code"] == "provider_refused"
        # The wrong one used the way back up.
        late = request.post(
            address + "/api/v1/sessions/provider/finish", data=given | {"browser": told["browser"]})
        # Alike but for the number of the request.
        assert late.status == 409 and late.json() | {"request": ""} == wrong.json() | {"request": ""}
        told = request.post(address + "/api/v1/sessions/provider", data={}).json()
        page.goto(told["address"])
        page.fill("[name=username]", "bob")
        page.fill("[name=password]", "bob at the provider")
        page.click("button")
        page.wait_for_url("**/sign-in/provider/return*")
        given = {name: page.input_value(f"[name={box}]") for name, box in (("state", "state"), ("code", "answer"))}
        opened = request.post(
            address + "/api/v1/sessions/provider/finish", data=given | {"browser": told["browser"]})
        assert opened.status == 201 and opened.json()["stage"] == "code"
        bearer = {"Authorization": "Bearer " + opened.json()["token"]}
        assert request.get(address + "/api/v1/account/provider", headers=bearer).status == 401


class Misbehaving(http.server.BaseHTTPRequestHandler):
    """A provider that leads elsewhere, talks too much, too slowly, or in faults."""
    habit = "elsewhere"
    asked = []

    def log_message(self, *words):
        pass

    def do_GET(self):
        Misbehaving.asked.append(self.path)
        habit = Misbehaving.habit
        if habit == "elsewhere":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif habit == "faults":
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(300 if habit == "much" else 40):
                    self.wfile.write(b" " * (1024 if habit == "much" else 1))
                    self.wfile.flush()
                    if habit == "slow":
                        time.sleep(1)


def test_a_provider_that_misbehaves_keeps_nobody_and_leads_nowhere(browser):
    provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    try:
        with place(provider.server_port) as (address, _):
            page = browser.new_context().new_page()
            for habit in ("elsewhere", "faults", "much", "slow"):
                Misbehaving.habit = habit
                began = time.monotonic()
                begin(page, address)
                assert "Lindenhof does not answer. Give your password, or try again shortly." in page.inner_text("main")
                assert time.monotonic() - began < 14
                time.sleep(6)
            assert set(Misbehaving.asked) == {"/o/.well-known/openid-configuration"}
            assert len(Misbehaving.asked) == 4
            # Whoever looks after accounts finds the causes.
            office = Person(browser, address, "access-admin")
            office.open("/accounts/events")
            for cause in ("answers with a fault", "the answer is too long", "does not answer"):
                assert cause in office.text(), cause
    finally:
        provider.shutdown()
