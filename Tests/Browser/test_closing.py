"""Ratings, questionnaire, sites, interim look, lock, unblinding, exports and result in a browser."""
import hashlib
import io
import os
import pathlib
import re
import subprocess
import tempfile
import zipfile

import pytest
from playwright.sync_api import sync_playwright

from api_client import Client
from conftest import BINARY, training_server
from site_time import now, today

PASSWORD = "a day of training"
PICTURES = os.environ.get("EQUIPOISE_PICTURES")
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def server():
    """A server of this file alone: its study ends locked."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def finished():
    """A server on a study that was conducted, locked and unblinded by a simulation."""
    with tempfile.TemporaryDirectory(prefix="eq-") as folder:
        os.chmod(folder, 0o711)
        state = os.path.join(folder, "s")
        subprocess.run(
            [BINARY, "demo", "--participants", "60", "--sites", "2", "--state", state,
             "--output", os.path.join(folder, "out")], check=True, capture_output=True, timeout=900)
        with training_server(state) as address:
            yield address, pathlib.Path(folder) / "out"


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """One signed-in browser; a one-time code works once, so each person signs in once."""

    def __init__(self, chromium, server, user=None, password=PASSWORD):
        self.server = server
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900})
        # The result of a whole trial is computed when first asked for, here by an unoptimized program.
        self.context.set_default_navigation_timeout(180_000)
        self.page = self.context.new_page()
        if user:
            self.go(f"/sign-in?user={user}")
            self.page.fill("input[name=password]", password)
            self.page.click("main button")
            code = re.search(r"\b(\d{3}) ?(\d{3})\b", self.page.inner_text("main"))
            self.page.fill("input[name=code]", code.group(1) + code.group(2))
            self.page.click("main button")

    def go(self, path):
        return self.page.goto(self.server + path)

    def press(self, words):
        if self.page.locator("input[name=password]").count():
            self.page.fill("input[name=password]", PASSWORD)
        if self.page.locator("input[name=one_time_code]").count():
            shown = re.search(r"would show (\d{6})", self.page.inner_text("main"))
            self.page.fill("input[name=one_time_code]", shown.group(1))
        self.page.get_by_role("button", name=words).first.click()
        return self.page.inner_text("body")

    def picture(self, name):
        """Keeps the page at both widths and refuses one that scrolls sideways."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} at {width} is {wide} px too wide"
            if PICTURES:
                path = pathlib.Path(PICTURES) / f"{name}-{width}.png"
                self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def people(chromium, server):
    known = {}

    def person(user):
        if user not in known:
            known[user] = Person(chromium, server, user)
        return known[user]

    yield person
    for one in known.values():
        one.context.close()


@pytest.fixture(scope="module")
def participant(server):
    """Somebody who consented, with a rating booked for the first time offered and a questionnaire link."""
    coordinator = Client(server, "coordinator-104")
    consent = {
        "vdate": str(today("104")), "done": "Y", "icf_ver": "1.0", "icf_dt": now(), "icf_copy": "true",
        "who_explained": "coordinator-104", "opt_recording": "true", "opt_future": "true",
        "opt_remote": "true"}
    key = coordinator.call("POST", "/participants", {
        "initials": "QX", "birth_year": 1961, "sex": "F", "consent": consent})["participant"]
    times = coordinator.call("GET", f"/participants/{key}/ratings/SCR")["times"]
    coordinator.call("POST", f"/participants/{key}/ratings/SCR", {"starts_at": times[0]})
    link = coordinator.call("POST", f"/participants/{key}/questionnaires/QIDSSR16/SCR")["link"]
    return key, "/q/" + link.split("/q/")[-1]


def finish_battery(rater, token):
    """Answers the other instruments of the battery with the first choice or the smallest number."""
    for form in ("CGI", "YMRS", "BPRSP"):
        if rater.go(f"/desk/{token}/{form}").status == 404:
            continue
        for _ in range(40):
            choices = rater.page.locator("input[name=answer][type=radio]")
            numbers = rater.page.locator("input[name=answer]:not([type=radio])")
            if choices.count():
                choices.first.check()
            elif numbers.count():
                numbers.first.fill("1")
            else:
                break
            rater.press("Save")
    rater.go(f"/desk/{token}")


def test_rater_rates_by_token_and_records_only_afterwards(people, participant):
    key, _ = participant
    for number in (1, 2, 3):
        rater = people(f"rater-{number}")
        rater.go("/desk")
        links = rater.page.locator("main tbody th a", has_text="A-")
        if links.count():
            break
    else:
        raise AssertionError("no rater has the task")
    rater.picture("desk")
    assert key not in rater.page.content() and "SCR" not in rater.page.inner_text("main")
    links.first.click()
    token = rater.page.url.rsplit("/", 1)[1]
    rater.picture("rating-review-empty")
    assert rater.go(f"/desk/{token}/record").status == 409
    assert "after the ratings" in rater.page.inner_text("main")
    rater.go(f"/desk/{token}/MADRS")
    rater.press("Save")
    assert "choose an answer" in rater.page.inner_text("main")
    rater.picture("rating-item-refused")
    for answer in ["4", "3"] * 5 + ["VIDEO"]:
        rater.page.locator(f"input[name=answer][value='{answer}']").check()
        if answer == "4":
            rater.picture("rating-item")
        rater.press("Save")
    assert "20 items have no answer yet" in rater.page.inner_text("main")
    finish_battery(rater, token)
    assert "Every item is answered" in rater.page.inner_text("main")
    assert "total 35" in rater.page.inner_text("main")
    rater.go(f"/desk/{token}/MADRS?all=1")
    rater.picture("rating-whole")
    rater.go(f"/desk/{token}")
    rater.picture("rating-review")
    rater.press("Submit")
    assert rater.page.url.split("?")[0].endswith("/record")
    rater.picture("record")
    rater.press("Submit")
    assert rater.page.locator(".message.bad").count() >= 2
    rater.page.locator("input[name=guess][value=DK]").check()
    rater.page.fill("input[name=certainty]", "1")
    rater.page.locator("input[name=disclosed][value=N]").check()
    rater.press("Submit")
    assert "blinding record is given" in rater.page.inner_text("body")
    assert rater.go(f"/desk/{token}/record").status == 409


def test_participant_answers_without_names_and_help_comes_first(chromium, server, participant):
    phone = Person(chromium, server)
    _, link = participant
    phone.go(link)
    text = phone.page.inner_text("body")
    for word in ("QIDS", "Depress", "etamine", "ECT", "KAP", "psychotherap"):
        assert word not in text, word
    phone.picture("questions")
    phone.press("Check")
    assert "Question 1 has no answer yet" in phone.page.inner_text("main")
    for number in range(1, 17):
        value = {12: "2", 16: "RF", 7: "0", 9: "0"}.get(number, "1")
        phone.page.locator(f"input[name=q{number:02d}][value='{value}']").check()
    phone.press("Check")
    phone.picture("questions-review")
    assert "I prefer not to answer" in phone.page.inner_text("main")
    phone.press("Change")
    assert phone.page.locator("input[name=q12][value='2']").is_checked()
    phone.press("Check")
    phone.press("Send")
    main = phone.page.inner_text("main")
    assert main.index("danger") < main.index("Thank you")
    assert phone.page.locator("main a[href^='tel:+']").count() >= 1
    phone.picture("questions-thanks")
    phone.go(link)
    assert "answered already" in phone.page.inner_text("main")
    assert phone.go("/q/1-unknownlink").status == 404
    phone.context.close()


def test_sponsor_suspends_and_opens_a_site(people):
    lead = people("sponsor-lead")
    lead.go("/sites")
    lead.picture("sites")
    lead.go("/sites/104")
    lead.press("Suspend")
    assert "with a reason" in lead.page.inner_text("main")
    lead.picture("site-refused")
    lead.page.fill("input[name=reason]", "inspection")
    assert "suspended" in lead.press("Suspend")
    assert "open" in lead.press("Open site")
    lead.go("/sites/109")
    assert "missing" in lead.page.inner_text("main")
    lead.picture("site-missing")


def test_sponsor_closes_a_site_on_a_page_of_its_own(people):
    lead = people("sponsor-lead")
    lead.go("/sites/104")
    lead.page.click("text=Close the site for good")
    lead.picture("site-close")
    assert "not opened again" in lead.page.inner_text("main")
    lead.press("Close site")
    assert "with a reason" in lead.page.inner_text("main")
    lead.picture("site-close-refused")


def test_interim_look_without_data_is_refused_with_a_sentence(people):
    builder = people("stat-unblinded")
    builder.go("/reports")
    builder.picture("reports")
    builder.press("Build")
    assert "Nothing was kept" in builder.page.inner_text("main")
    assert people("dsmb-member").go("/reports/1/closed").status == 404


def test_closed_report_tells_no_arm_and_the_result_page_all(chromium, finished):
    address, output = finished

    def person(role):
        return Person(chromium, address, f"demo-60-{role}", "a simulated trial")

    reader = person("dsmb-member")
    reader.go("/reports")
    reader.page.locator("main a[href^='/reports/']").first.click()
    number = reader.page.url.rsplit("/", 1)[1]
    reader.picture("look")
    reader.go(f"/reports/{number}/closed")
    text = reader.page.inner_text("main")
    for word in ("KET", "KAP", "ECT", "H1", "H2"):
        assert word not in text, word
    for pair in ("A − B", "A − C", "B − A", "B − C", "C − A", "C − B"):
        assert pair in text
    reader.picture("closed-report")
    reader.go(f"/reports/{number}/open")
    reader.picture("open-report")
    statistician = person("statistician")
    assert statistician.go(f"/reports/{number}/closed").status == 404
    statistician.go("/result")
    text = statistician.page.inner_text("main")
    assert "KAP" in text and text.index("H1") < text.index("H5")
    statistician.picture("result")
    statistician.go("/exports")
    statistician.picture("exports")
    names = zipfile.ZipFile(
        io.BytesIO(archive(statistician, "/exports/unblinded.zip"))).namelist()
    assert any(name.endswith("unblinded/randomization/bundle.json") for name in names)
    for name in ("result", "interim-closed", "interim-open", "elektd", "trial-a"):
        page = (output / f"{name}.html").read_text()
        for word in ("<script", "src=", "<link", "url("):
            assert word not in page, (name, word)
        statistician.page.goto((output / f"{name}.html").as_uri())
        statistician.picture("file-" + name)


def test_lock_unblinding_exports_and_result(people):
    manager, statistician = people("data-manager"), people("statistician")
    lead, custodian = people("sponsor-lead"), people("rand-manager")
    assert statistician.go("/result").status == 409
    statistician.go("/lock")
    statistician.picture("lock")
    statistician.page.fill("input[name=digest]", "not a digest")
    statistician.press("Record")
    assert "64 hexadecimal digits" in statistician.page.inner_text("main")
    statistician.page.fill("input[name=digest]", hashlib.sha256(b"plan").hexdigest())
    assert "on record" in statistician.press("Record")
    # What the checks asked about the rating and the questionnaire is read and closed first.
    program = Client(manager.server, "data-manager")
    for query in program.call("GET", "/queries"):
        program.call("POST", f"/queries/{query['number']}/close", {"reason": "Read, and it stands."})
    manager.go("/lock")
    manager.picture("lock-manager")
    # Nothing is locked while somebody takes part or the study enrols.
    assert "Nothing was changed" in manager.press("Soft-lock")
    for person in program.call("GET", "/participants")["participants"]:
        if person["state"] in ("consented", "screening"):
            site = person["participant"][:3]
            Client(manager.server, f"investigator-{site}").call(
                "POST", f"/participants/{person['participant']}/move", {"to": "died", "date": str(today(site))})
    lead.go("/study")
    lead.picture("study")
    assert "State\nenrolment closed" in lead.press("Study: Enrolment closed")
    manager.go("/study")
    assert "missing" not in manager.page.inner_text("main").lower()
    manager.press("Study: Follow-up complete")
    manager.go("/lock")
    assert "soft-locked" in manager.press("Soft-lock")
    manager.picture("lock-soft")
    assert "second person" in manager.press("Sign the hard lock")
    statistician.go("/lock")
    statistician.picture("lock-second")
    assert "hard-locked" in statistician.press("Sign and lock")
    statistician.picture("lock-hard")
    statistician.go("/exports")
    statistician.picture("exports")
    archives = [archive(statistician, "/exports/blinded.zip") for _ in (1, 2)]
    assert archives[0] == archives[1]
    assert statistician.context.request.get(
        statistician.server + "/exports/unblinded.zip").status == 409
    lead.go("/unblinding")
    lead.picture("unblinding")
    assert "second person" in lead.press("Sign the unblinding")
    custodian.go("/unblinding")
    assert "unblinded" in custodian.press("Sign and unblind")
    custodian.picture("unblinded")
    assert archive(statistician, "/exports/unblinded.zip")


def archive(person, path):
    answer = person.context.request.get(person.server + path)
    assert answer.status == 200, path
    return answer.body()


def test_accounts_are_listed_for_their_administrator_only(people):
    administrator = people("access-admin")
    administrator.go("/accounts")
    assert "coordinator-101" in administrator.page.inner_text("main")
    administrator.picture("accounts")
    assert people("dsmb-member").go("/accounts").status == 404
