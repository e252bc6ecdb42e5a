"""An administrator invites, a person opens the account, two administrators reset it: in a browser."""
import base64
import datetime
import hashlib
import hmac
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import urllib.parse

import pytest

import qr
import test_requests
from api_client import Client, Refused
from conftest import BINARY, ROOT, address_of, training_server
from walk import PASSWORD, Person

CHOSEN = "grey harbour violin tundra"
SHOTS = os.environ.get("EQUIPOISE_SHOTS")


def six_digits(secret, now=None):
    """A one-time code by RFC 6238, worked out here and not by the product."""
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", int((now or time.time()) // 30)), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def shoot(page, name):
    if not SHOTS:
        return
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def press(page, text):
    with page.expect_navigation():
        page.locator("main button", has_text=text).click()


def fill_dates(page):
    for name in ("trained_on", "delegated_on"):
        page.fill(f"[name='{name}.day']", "2")
        page.fill(f"[name='{name}.month']", "3")
        page.fill(f"[name='{name}.year']", "2026")


def address_on(page):
    return re.search(r"/invitation/[0-9a-f]{64}", page.inner_text("main")).group(0)


def secret_on(page):
    return page.inner_text("code.secret")


def open_account(page, server, address, spoken=""):
    """Takes an invitation; gives the secret and the recovery codes."""
    assert page.goto(server + address).status == 200
    secret = secret_on(page)
    page.fill("#f-password", CHOSEN)
    page.fill("#f-repeated", CHOSEN)
    page.fill("#f-code", six_digits(secret))
    if spoken:
        page.fill("[name=spoken]", spoken)
    press(page, "Open the account")
    return secret, re.findall(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){5}\b", page.inner_text("main"))


def sign_in(page, server, user, code):
    page.goto(server + "/sign-in")
    page.fill("#f-user", user)
    page.fill("#f-password", CHOSEN)
    press(page, "Sign in")
    page.fill("#f-code", code)
    press(page, "Go on")
    return "/sign-in" not in page.url


def test_the_first_administrator_is_made_on_the_console(browser):
    """REQ-051: no account is there by itself, and none is made with a password that is refused."""
    folder = tempfile.mkdtemp(prefix="eq-")
    os.chmod(folder, 0o711)
    state = os.path.join(folder, "s")

    def console(*words, typed=""):
        return subprocess.run(
            [BINARY, *words, "--state", state], input=typed, capture_output=True, text=True, timeout=240)

    def add(user, role, password):
        return console(
            "users", "add", user, "--name", "Ada First", "--trial", trial, "--role", role, typed=password + "\n")

    def at_a_terminal(*typed):
        """Everything that a terminal shows while the second administrator is made."""
        own, other = pty.openpty()
        process = subprocess.Popen(
            [BINARY, "users", "add", "bo.second", "--name", "Bo Second", "--trial", trial, "--role",
             "access_admin", "--state", state], stdin=other, stdout=other, stderr=other)
        os.close(other)
        shown, waiting = b"", [line.encode() + b"\n" for line in typed]
        prompts = [b"characters): ", b"again: "]
        try:
            # Everything that the terminal still holds is read once the program has ended.
            while process.poll() is None or select.select([own], [], [], 0)[0]:
                assert select.select([own], [], [], 120)[0], shown
                try:
                    piece = os.read(own, 65536)
                except OSError:
                    break
                shown += piece
                if not piece:
                    break
                if prompts and shown.endswith(prompts[0]):
                    prompts.pop(0)
                    os.write(own, waiting.pop(0))
            process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
            os.close(own)
        return shown.decode()

    try:
        loaded = console("study", "load", str(ROOT / "Docs/ReferenceTrial/kap-ect.yaml"))
        assert loaded.returncode == 0, loaded.stderr
        trial = re.search(r"loaded as ([\w-]+),", loaded.stdout).group(1)
        weak = add("ada.first", "access_admin", "password1234567")
        assert weak.returncode != 0 and "guess" in weak.stderr and "otpauth" not in weak.stdout
        unfit = add("ada.first", "coordinator", CHOSEN)
        assert unfit.returncode != 0 and "otpauth" not in unfit.stdout, unfit.stdout
        made = add("ada.first", "access_admin", CHOSEN)
        assert made.returncode == 0, made.stderr
        secret = re.search(r"^  ([A-Z2-7]{32,})$", made.stdout, re.M).group(1)
        assert f"otpauth://totp/Equipoise:ada.first?secret={secret}&issuer=Equipoise" in made.stdout
        assert CHOSEN not in made.stdout + made.stderr
        # Who sits at a terminal types the password twice, and takes the secret with the camera.
        slip = at_a_terminal(CHOSEN, CHOSEN + "x")
        assert "not the same" in slip and "otpauth" not in slip
        shown = at_a_terminal(CHOSEN, CHOSEN)
        assert CHOSEN not in shown
        assert qr.read_terminal(shown) == re.search(r"otpauth://\S+", shown).group(0)
        again = add("ada.first", "access_admin", CHOSEN)
        assert again.returncode != 0 and "taken" in again.stderr
        with open(os.path.join(folder, "serve.log"), "w+") as log:
            live = subprocess.Popen(
                [BINARY, "serve", "--state", state, "--port", "0"], stdout=log, stderr=log)
            try:
                address = address_of(live, log)
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                assert sign_in(page, address, "ada.first", six_digits(secret))
                assert page.goto(address + "/account").status == 200
                # The role is worked in with a passkey, which the account page adds.
                assert page.goto(address + "/accounts/invite").status == 409
                assert "with a passkey" in page.inner_text("main")
            finally:
                live.send_signal(signal.SIGTERM)
                live.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_account_from_invitation_to_reset(server, browser):
    first = Person(browser, server, "access-admin")
    assert first.open("/accounts/invite") == 200
    shoot(first.page, "invite")
    # What is missing is said beside each box, and what was typed stays.
    first.page.fill("[name=username]", "office")
    first.page.fill("[name=full_name]", "Nora Newcomer")
    press(first.page, "Invite")
    assert "Choose a role." in first.page.inner_text("main")
    assert first.page.input_value("[name=full_name]") == "Nora Newcomer"
    first.page.fill("[name=username]", "n.newcomer")
    first.page.check("[name=role][value=coordinator]", force=True)
    first.page.fill("[name=site]", "101")
    fill_dates(first.page)
    press(first.page, "Invite")
    shoot(first.page, "address")
    address = address_on(first.page)

    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    assert page.goto(server + address).status == 200
    shoot(page, "invitation")
    # The picture says what the words beside it say, to any application for one-time codes.
    told = urllib.parse.urlsplit(qr.read(page.locator("svg.qr")))
    assert (told.scheme, told.netloc, told.path) == ("otpauth", "totp", "/Equipoise:n.newcomer")
    assert urllib.parse.parse_qs(told.query) == {
        "secret": [secret_on(page).replace(" ", "")], "issuer": ["Equipoise"]}
    page.fill("#f-password", "password1234567")
    page.fill("#f-repeated", "password1234567")
    page.fill("#f-code", "000000")
    press(page, "Open the account")
    assert "easy to guess" in page.inner_text("main")
    secret, codes = open_account(page, server, address)
    assert len(set(codes)) == 10
    shoot(page, "recovery-codes")
    assert page.goto(server + address).status == 404

    assert sign_in(page, server, "n.newcomer", codes[0])
    assert page.goto(server + "/account").status == 200
    assert "Recovery codes left\n9" in page.inner_text("main")
    shoot(page, "own-account")
    assert page.goto(server + "/accounts").status == 404

    # Two administrators put the person back in; the first alone does not.
    assert first.open("/accounts/n.newcomer") == 200
    shoot(first.page, "account")
    press(first.page, "Start a reset")
    reset = address_on(first.page)
    other = browser.new_context().new_page()
    open_account(other, server, reset)
    assert "second administrator has not confirmed" in other.inner_text("main")
    first.open("/accounts/n.newcomer")
    press(first.page, "Confirm the reset")
    assert "You started this reset" in first.page.inner_text("main")
    second = Person(browser, server, "access-admin-2")
    second.open("/accounts/n.newcomer")
    press(second.page, "Confirm the reset")
    shoot(second.page, "spoken-code")
    spoken = re.search(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b", second.page.inner_text("main")).group(0)
    _, fresh = open_account(other, server, reset, spoken)
    assert len(fresh) == 10
    # The session of before is over, and so are the codes of before.
    page.goto(server + "/account")
    assert page.url.startswith(server + "/sign-in")
    assert not sign_in(page, server, "n.newcomer", codes[1])
    assert sign_in(page, server, "n.newcomer", fresh[0])

    # A role that knows arms across sites waits for the other administrator.
    first.open("/accounts/n.newcomer")
    first.page.check("[name=role][value=data_manager_u]", force=True)
    fill_dates(first.page)
    press(first.page, "Give the role")
    assert "Nobody may hold" in first.page.inner_text("main")
    shoot(first.page, "refused-role")

    # Disabled, the next request is anybody's.
    first.open("/accounts/n.newcomer")
    first.page.fill("[name=reason]", "left the site")
    press(first.page, "Disable the account")
    assert "disabled" in first.page.inner_text("main")
    page.goto(server + "/account")
    assert page.url.startswith(server + "/sign-in")
    assert first.open("/accounts/at") == 200
    assert "Nora Newcomer" in first.page.inner_text("main")
    shoot(first.page, "roles-at")
    first.open("/accounts")
    shoot(first.page, "accounts")

    # The review decides on every role in force; one left out is asked for.
    first.open("/accounts/review")
    shoot(first.page, "review")
    lines = first.page.locator("main input[type=radio][value=keep]")
    for number in range(1, lines.count()):
        lines.nth(number).check(force=True)
    year, month, day = (datetime.date.today() + datetime.timedelta(days=60)).isoformat().split("-")
    for box, text in (("day", day), ("month", month), ("year", year)):
        first.page.fill(f"[name='next.{box}']", text)
    first.prove()
    press(first.page, "Sign the review")
    assert "Decide on" in first.page.inner_text("main")
    lines.nth(0).check(force=True)
    for box, text in (("day", day), ("month", month), ("year", year)):
        first.page.fill(f"[name='next.{box}']", text)
    first.prove()
    press(first.page, "Sign the review")
    assert "Review 1" in first.page.inner_text("main")
    shoot(first.page, "reviews")
    first.open("/accounts/unblinded")
    assert "Treatment coordinator" in first.page.inner_text("main")
    shoot(first.page, "unblinded")
    first.open("/accounts/certification")
    shoot(first.page, "certification")
    for width in (1280, 390):
        first.page.set_viewport_size({"width": width, "height": 900})
        for path in ("/accounts", "/accounts/review", "/accounts/reviews", "/accounts/unblinded",
                     "/accounts/certification", "/signature"):
            assert first.open(path) == 200
            wide = first.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width} is {wide} px too wide"


def test_programs_do_with_accounts_what_the_pages_do(server):
    first, second = Client(server, "access-admin"), Client(server, "access-admin-2")
    days = {"trained_on": "2026-03-02", "delegated_on": "2026-03-02"}
    invited = first.call("POST", "/accounts", {
        "username": "p.program", "name": "Pat Program", "role": "auditor",
        "trained_until": "2099-12-31", **days})
    assert re.fullmatch(r"/invitation/[0-9a-f]{64}", invited["address"])
    # The person opens the account: each reading tells another secret, and the one given back counts.
    opened = "/invitations/" + invited["address"].removeprefix("/invitation/")
    anybody = Client(server)
    earlier, told = anybody.call("GET", opened), anybody.call("GET", opened)
    assert (told["username"], told["kind"], told["asksSpokenCode"]) == ("p.program", "invitation", False)
    assert earlier["secret"] != told["secret"]
    chosen = {"password": CHOSEN, "repeated": CHOSEN, "drawn": told["drawn"]}
    with pytest.raises(Refused) as overheard:
        anybody.call("POST", opened, chosen | {"code": six_digits(earlier["secret"])})
    assert [fault["field"] for fault in overheard.value.body["faults"]] == ["code"]
    codes = anybody.call("POST", opened, chosen | {"code": six_digits(told["secret"])})["codes"]
    assert len(set(codes)) == 10
    for again in (lambda: anybody.call("GET", opened), lambda: anybody.call("POST", opened, chosen | {"code": "000000"})):
        with pytest.raises(Refused) as used:
            again()
        assert used.value.status == 404
    entered = anybody.call("POST", "/sessions", {"username": "p.program", "password": CHOSEN})
    assert entered["stage"]
    # A role of two administrators waits, and the one who proposed it does not give it.
    given = first.call("POST", "/accounts/investigator-104/roles", {
        "role": "treat_coordinator", "site": "104", **days})
    assert given == {"state": "held"}
    with pytest.raises(Refused) as missing:
        first.call("POST", "/accounts/investigator-104/roles", {
            "role": "treat_coordinator", "site": "104", "trained_on": "2 March", "delegated_on": "x"})
    assert missing.value.body["faults"][0]["code"] == "bad_date"
    assert first.call("POST", "/accounts/investigator-104/roles/end", {
        "role": "treat_coordinator", "site": "104"}) == {"state": "ended"}
    assert first.call("POST", "/accounts", {
        "username": "q.program", "name": "Quin Program", "role": "access_admin", **days})["address"]
    waiting = second.call("GET", "/role-proposals")
    assert [(one["user"], one["role"]) for one in waiting] == [("q.program", "access_admin")]
    number = waiting[0]["number"]
    with pytest.raises(Refused) as own:
        first.call("POST", f"/role-proposals/{number}", {"approve": True})
    assert own.value.body["code"] == "second_person_needed"
    assert second.call("POST", f"/role-proposals/{number}", {"approve": False}) == {"state": "refused"}
    # A reset takes both.
    assert first.call("POST", "/accounts/pharmacist-104/reset", {})["address"]
    code = second.call("POST", "/accounts/pharmacist-104/reset/confirm", {})["code"]
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    assert first.call("POST", "/accounts/pharmacist-104/disable", {"reason": "on leave"})
    # With the right password a disabled account is answered in the bytes of one that never was.
    told = [
        test_requests.sign_in(server, user, password, {})
        for user, password in (
            ("pharmacist-104", PASSWORD), ("pharmacist-104", "a guess of mine"), ("nobody-at-all", PASSWORD))]
    assert told[0][0] == 403 and set(told) == {told[0]}
    assert first.call("POST", "/accounts/pharmacist-104/enable", {"reason": "back"}) == {"state": "enabled"}
    assert first.call("POST", "/accounts/pharmacist-104/waiting-time/end", {}) == {"state": "free"}
    # One's own account: a changed password leaves a copied token behind.
    person = Client(server, "monitor-101")
    copied = person.token
    account = person.call("GET", "/account")
    assert account["username"] == "monitor-101"
    assert [one["isThis"] for one in account["sessions"]].count(True) == 1
    person.call("POST", "/account/letters", {"address": "m@example.org"})
    assert person.call("GET", "/account/letters") == {"address": "m@example.org"}
    person.call("POST", "/account/letters", {"address": ""})
    changed = person.call("POST", "/account/password", {
        "old": "a day of training", "new": "grey harbour violin tundra",
        "repeated": "grey harbour violin tundra"})
    with pytest.raises(Refused) as over:
        person.call("GET", "/account")
    assert over.value.status == 401 and copied != changed["token"]
    person.token = changed["token"]
    assert person.call("GET", "/account")["username"] == "monitor-101"
    with pytest.raises(Refused) as alone:
        person.call("POST", "/account/recovery-codes", {"password": "grey harbour violin tundra", "code": ""})
    assert alone.value.body["code"] == "authentication_failed"
    role = account["roles"][0]
    person.token = person.call("POST", "/account/role", {
        "trial": role["trial"], "role": role["role"], "site": role["site"]})["token"]
    person.call("POST", "/account/password", {
        "old": "grey harbour violin tundra", "new": "a day of training", "repeated": "a day of training"})


def test_failed_sign_ins_of_somebody_are_forgotten_by_an_administrator(browser):
    # A server of its own: what others tried in vain makes the address of all of them wait, and is not judged then.
    with training_server() as server:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        for _ in range(3):
            page.goto(server + "/sign-in")
            page.fill("[name=user]", "coordinator-101")
            page.fill("[name=password]", "not the password")
            press(page, "Sign in")
        office = Person(browser, server, "access-admin")
        assert office.open("/accounts/coordinator-101") == 200
        assert "3 sign-ins in a row failed" in office.text()
        shoot(office.page, "failed-sign-ins")
        press(office.page, "End the waiting time")
        assert "The waiting time is ended" in office.text()
        assert "sign-ins in a row failed" not in office.text()
