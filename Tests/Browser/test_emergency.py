"""One allocation opened in an emergency, errors recorded, and envelopes that open without a server."""
import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import zoneinfo

import pytest
from playwright.sync_api import sync_playwright

import test_api
from api_client import Client, Refused
from conftest import BINARY, training_server
from test_api import ARMS, eligible
from walk import PASSWORD, Person

NAMES = ("Ketamine alone", "Ketamine-assisted psychotherapy", "Electroconvulsive therapy")
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Trial:
    """A training server of these tests, with two participants of one site randomized."""

    def __init__(self, stack):
        self.stack = stack
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eq-"))
        os.chmod(self.folder, 0o711)
        self.state = self.folder / "s"
        self.address = stack.enter_context(training_server(str(self.state)))
        # The raters of another server hold other sessions.
        test_api.RATERS.clear()
        self.team = {name: Client(self.address, name) for name in
                     ("coordinator-101", "investigator-101", "treat-coordinator-101")}
        self.keys = [eligible(self.address, self.team, initials, 1970) for initials in ("EA", "EB")]
        for number, key in enumerate(self.keys):
            self.team["coordinator-101"].call(
                "POST", f"/participants/{key}/randomize", {"password": PASSWORD}, key=f"emergency-request-{number}")
        self.rater = test_api.RATERS[1]
        test_api.RATERS.clear()
        self.browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        stack.callback(self.browser.close)
        self.people = {}

    def person(self, name):
        """A person signed in once."""
        if name not in self.people:
            self.people[name] = Person(self.browser, self.address, name)
        return self.people[name]


@pytest.fixture(scope="module")
def trial():
    stack = contextlib.ExitStack()
    trial = Trial(stack)
    yield trial
    stack.close()
    shutil.rmtree(trial.folder, ignore_errors=True)


def narrow(person, name):
    """Keeps pictures and refuses a page that is wider than a phone."""
    person.shot(name)
    person.page.set_viewport_size({"width": 390, "height": 900})
    assert person.page.evaluate(WIDE) <= 0, name
    person.page.set_viewport_size({"width": 1280, "height": 900})


def answers(trial, coordinator):
    """What a coordinator and a rater are answered, pages and API, but for keys and numbers made for each request."""
    key = trial.keys[0]
    found = []
    for path in ("/", "/participants", f"/participants/{key}", f"/participants/{key}/receipt", "/queries",
                 "/notices", "/emergency", "/corrections", f"/participants/{key}/visits/BL"):
        page = coordinator.context.request.get(trial.address + path)
        text = re.sub(r'name="_key" value="[0-9a-f]+"', "", page.text())
        found.append((path, page.status, re.sub(r"signed in until [^<]*|request is (?:<[^>]*>)*[0-9a-f]{16}", "", text)))
    for client in (trial.team["coordinator-101"], trial.rater):
        for path in ("/participants", f"/participants/{key}", "/desk", "/notices", "/disclosures", "/corrections"):
            try:
                found.append((path, json.dumps(client.call("GET", path))))
            except Refused as refused:
                found.append((path, refused.status, json.dumps(refused.body)))
    return found


def test_from_sign_in_to_the_arm_in_less_than_a_minute_and_blinded_roles_see_nothing(trial):
    """REQ-089: emergency disclosure within a minute of signing in, without approval."""
    coordinator = trial.person("coordinator-101")
    before = answers(trial, coordinator)
    assert sum(1 for answer in before if answer[1] == 200) >= 5
    page = trial.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()

    def type_into(selector, text):
        page.click(selector)
        page.keyboard.type(text, delay=120)

    begun = time.monotonic()
    page.goto(trial.address + "/sign-in")
    type_into("#f-user", "oncall-physician")
    type_into("#f-password", PASSWORD)
    page.click("main button")
    digits = re.search(r"\b(\d{3}) ?(\d{3})\b", page.inner_text("main"))
    type_into("#f-code", digits.group(1) + digits.group(2))
    with page.expect_navigation():
        page.click("main button")
    assert page.url == trial.address + "/emergency", page.url
    type_into("#f-participant", trial.keys[0])
    page.click("main label:has(input[value=CARE])")
    type_into("#f-reason", "unconscious on arrival")
    page.click("main label[for=f-compared]")
    with page.expect_navigation():
        page.click("main button.danger")
    shown = page.inner_text("main")
    seconds = time.monotonic() - begun
    print(f"sign-in to arm: {seconds:.1f} s")
    assert seconds < 60
    assert sum(name in shown for name in NAMES) == 1 and trial.keys[1] not in shown
    # The study itself is called KAP-ECT.
    named = (page.url + page.title()).replace("KAP-ECT", "")
    assert not any(arm in named for arm in ARMS + NAMES)
    page.click("summary:has-text('Proof')")
    command = re.search(r"printf .*", page.inner_text("main")).group(0)
    seal = re.search(r"Seal in that entry\s+([0-9a-f]{64})", page.inner_text("main")).group(1)
    made = subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
    assert seal in made
    physician = trial.people["oncall-physician"] = Person.__new__(Person)
    physician.address, physician.context, physician.page = trial.address, page.context, page
    narrow(physician, "60-opened")
    assert answers(trial, coordinator) == before


def test_the_page_keeps_what_was_typed_and_opens_nothing_when_something_is_missing(trial):
    physician = trial.person("oncall-physician")
    physician.open("/emergency")
    narrow(physician, "61-emergency")
    physician.fill(participant=trial.keys[1])
    physician.press("main button.danger")
    assert "Compare the key with the participant's card" in physician.text()
    physician.page.check("#f-compared", force=True)
    physician.press("main button.danger")
    assert "Choose the ground of the emergency: CARE, REACTION, OVERDOSE or OTHER." in physician.text()
    assert physician.page.input_value("#f-participant") == trial.keys[1]
    narrow(physician, "62-emergency-faults")
    assert not any(name in physician.text() for name in NAMES)


def test_the_investigator_meets_the_notice_first_and_reads_it(trial):
    investigator = trial.person("investigator-101")
    investigator.open("/")
    assert investigator.path() == "/notices"
    assert trial.keys[0] in investigator.text() and trial.keys[1] not in investigator.text()
    narrow(investigator, "63-notices")
    investigator.press("main a:has-text('Read…')")
    narrow(investigator, "64-notice")
    assert not any(name in investigator.text() for name in NAMES)
    investigator.press("main button.primary")
    assert "That you read the notice is recorded." in investigator.page.inner_text("body")
    investigator.open("/")
    assert investigator.path() != "/notices"
    monitor = Client(trial.address, "medical-monitor")
    notice, = monitor.call("GET", "/notices")
    assert notice["participant"] == trial.keys[0] and "arm" not in notice
    assert monitor.call("POST", f"/notices/{notice['notice']}/read") == {"status": "read"}


def test_the_safety_officer_needs_the_number_of_the_event(trial):
    officer = Client(trial.address, "safety-officer")
    request = {"participant": trial.keys[1], "reason": "expedited report", "password": PASSWORD}
    with pytest.raises(Refused) as refused:
        officer.call("POST", "/disclosures", request)
    assert refused.value.status == 422 and refused.value.body["faults"][0]["field"] == "event_number"
    with pytest.raises(Refused) as unknown:
        officer.call("POST", "/disclosures", dict(request, event_number="SAE-0001"))
    assert "no serious event of this number" in unknown.value.body["faults"][0]["sentence"]
    now = datetime.datetime.now(datetime.timezone.utc)
    trial.team["treat-coordinator-101"].call(
        "POST", f"/participants/{trial.keys[1]}/forms/SAE/UNS?number=new",
        {"version": 0, "submit": True, "answers": {
            "aware_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "onset": now.date().isoformat(), "criteria": "HOSP",
            "narrative": "Fell in the ward.", "device_related": "false", "rel_ket": "POS", "rel_ther": "NA",
            "rel_ect": "NA", "rel_proc": "UNL"}})
    request = dict(request, event_number="SAE-0001")
    opened = officer.call("POST", "/disclosures", request, key="one-disclosure-0001")
    assert opened["arm"] in ARMS and len(opened["sealKey"]) == 64
    # REQ-088: the same request shows the same again to who proves who it is, and that is on record.
    with pytest.raises(Refused) as unproved:
        officer.call("POST", "/disclosures", dict(request, password="somebody else's"), key="one-disclosure-0001")
    assert not any(word in str(unproved.value.body) for word in ARMS)
    assert officer.call("POST", "/disclosures", request, key="one-disclosure-0001") == opened


def test_the_page_of_an_opened_arm_is_not_shown_again(trial):
    """REQ-088: sent again as it stands, by somebody who presses Reload, the form shows no arm."""
    physician = trial.person("oncall-physician")
    physician.open("/emergency")
    physician.fill(participant=trial.keys[1], reason="found on the ward")
    physician.page.check("input[value='CARE']", force=True)
    physician.page.check("#f-compared", force=True)
    sent = []
    physician.page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    physician.press("main button.danger")
    assert any(name in physician.text() for name in NAMES)
    form = sent[0]
    again = physician.context.request.post(
        trial.address + "/emergency", data=form.post_data, headers={
            "Content-Type": form.headers["content-type"], "Sec-Fetch-Site": "same-origin"})
    body = again.text()
    assert again.status == 409, (again.status, body)
    assert not any(name in body for name in NAMES)


def test_errors_are_recorded_beside_the_allocation(trial):
    manager = trial.person("rand-manager")
    manager.open("/corrections")
    manager.press("main a:has-text('Correct a stratum…')")
    narrow(manager, "65-stratum")
    manager.fill(participant=trial.keys[0], reason="source compared")
    manager.page.check("input[value='severity:MOD']", force=True)
    manager.page.check("input[value='WRONG_VALUE']", force=True)
    manager.press("main button.primary")
    assert "The true stratum is on record" in manager.page.inner_text("body")
    manager.open("/corrections/void")
    narrow(manager, "66-void")
    manager.fill(participant=trial.keys[1], reason="found at monitoring")
    manager.page.check("input[value='DUPLICATE']", force=True)
    manager.press("main button.danger")
    assert "recorded as made in error" in manager.page.inner_text("body")
    assert "SEV" in manager.text() and "MOD" in manager.text() and "SAE-0001" in manager.text()
    assert not any(name in manager.text() for name in NAMES)
    narrow(manager, "67-corrections")
    manager.open("/corrections/void")
    manager.fill(participant=trial.keys[1], reason="found at monitoring")
    manager.page.check("input[value='DUPLICATE']", force=True)
    manager.press("main button.danger")
    assert "already recorded as made in error" in manager.text()
    api = Client(trial.address)
    for path in ("/corrections", f"/corrections/{trial.keys[0]}", "/disclosures"):
        with pytest.raises(Refused) as refused:
            trial.team["treat-coordinator-101"].call("GET", path)
        assert refused.value.status == 404
        with pytest.raises(Refused) as refused:
            api.call("GET", path)
        assert refused.value.status == 401


def test_an_envelope_opens_with_its_card_after_the_server_has_gone(trial):
    manager = trial.person("rand-manager")
    manager.open("/envelope-codes")
    narrow(manager, "68-envelope-codes")
    manager.fill(site="101", first="1", count="20")
    manager.press("main button.primary")
    narrow(manager, "69-code-sheet")
    cards = dict(re.findall(r"(101-\d{4})\s+([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})", manager.text()))
    assert len(cards) == 20
    physician = trial.person("oncall-physician")
    physician.open("/envelopes")
    narrow(physician, "70-envelopes")
    with physician.page.expect_download() as download:
        physician.page.click("main a[href='/envelopes/101']")
    assert download.value.suggested_filename == "kap-ect-101-envelopes.json"
    taken = trial.folder / "taken.json"
    download.value.save_as(taken)
    kept = trial.state / "envelopes" / "kap-ect" / "101.json"
    for _ in range(100):
        if kept.exists() and len(json.loads(kept.read_text())["body"]["envelopes"]) == 2:
            break
        time.sleep(0.1)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_bytes() == taken.read_bytes()
    physician.open("/envelopes/opened")
    narrow(physician, "71-opened-envelope")
    # There is no envelope before the allocation, which was made by this trial a moment ago.
    opened = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/London"))
    for year, answer in ((opened.year - 1, "There was no envelope before the allocation."), (opened.year, "")):
        physician.fill(participant=trial.keys[1], opened_by="P. Physician", opened_at__day=str(opened.day),
                       opened_at__month=str(opened.month), opened_at__year=str(year),
                       opened_at__time=opened.strftime("%H:%M"), reason="server down in the night")
        physician.page.check("input[value='OVERDOSE']", force=True)
        physician.press("main button.primary")
        assert answer in physician.text()
    assert "The opening of the envelope is recorded." in physician.page.inner_text("body")

    trial.stack.close()
    with pytest.raises(OSError):
        Client(trial.address).call("GET", "/health")

    def opened(participant, code):
        return subprocess.run(
            [BINARY, "open-envelope", str(taken), "--participant", participant], input=code + "\n",
            capture_output=True, text=True, timeout=30)

    own = opened(trial.keys[0], cards[trial.keys[0]])
    assert own.returncode == 0 and sum(f"(arm {arm})" in own.stdout for arm in ARMS) == 1
    other = opened(trial.keys[1], cards[trial.keys[0]])
    assert other.returncode == 4 and not any(arm in other.stdout + other.stderr for arm in ARMS)
