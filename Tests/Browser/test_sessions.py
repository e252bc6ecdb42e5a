"""What was typed outlives a session and a reload, and is forgotten once it was taken."""
import re
import time

import pytest

import qr
from api_client import Client
from conftest import training_server
from test_capture import consented
from walk import PASSWORD, Person


@pytest.fixture(scope="module")
def server():
    """A server of this file alone."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def coordinator(browser, server):
    return Person(browser, server, "coordinator-101")


def sign_in_again(person):
    """Signs in on the page where the person is, as people do, until a code is taken."""
    person.page.fill("#f-user", "coordinator-101")
    person.page.fill("#f-password", PASSWORD)
    person.press("main button:has-text('Sign in')")
    for _ in range(6):
        digits = re.search(r"\b(\d{3}) ?(\d{3})\b", person.page.inner_text("main .shown-code"))
        person.page.fill("#f-code", digits.group(1) + digits.group(2))
        person.press("main button")
        if "/sign-in" not in person.page.url:
            return
        time.sleep(8)
        # The page of the refused code shows the one of this minute when it is loaded again.
        person.page.goto(person.page.url.split("?")[0] + "?to=%2Fparticipants%2Fnew")
    raise AssertionError("no code was taken")


def test_a_form_sent_after_the_session_ended_is_found_again_with_what_was_typed(coordinator):
    """REQ-057, REQ-018: one is told that nothing was saved, comes back to the same page, and nothing typed is lost."""
    page = coordinator.page
    coordinator.open("/participants/new")
    coordinator.fill(initials="QX", birth_year="1961")
    coordinator.context.clear_cookies()
    coordinator.press("main button.primary")
    # One comes back to a page of the form's address; what was typed waits in the tab for its own.
    assert coordinator.path().startswith("/sign-in?note=session-over")
    assert "Your session has ended. Sign in again" in page.inner_text("main")
    page.goto(coordinator.address + "/participants/new")
    assert coordinator.path() == "/sign-in?to=%2fparticipants%2fnew"
    sign_in_again(coordinator)
    assert coordinator.path() == "/participants/new"
    assert page.input_value("input[name=initials]") == "QX"
    assert page.input_value("input[name=birth_year]") == "1961"
    # Faults send it back; begun anew the form is empty, and may be another participant's.
    coordinator.press("main button.primary")
    assert page.locator("[data-part=faults]").count() == 1
    assert page.input_value("input[name=initials]") == "QX"
    coordinator.open("/participants/new")
    assert page.input_value("input[name=initials]") == ""


def test_what_was_taken_is_forgotten(coordinator, server):
    key = consented(Client(server, "coordinator-101"), "SE", 1970, "M")
    page = coordinator.page
    form = f"/participants/{key}/forms/VS/SCR"
    coordinator.open(form)
    coordinator.fill(sbp="128", dbp="82")
    kept = "Object.keys(sessionStorage).filter((key) => key.includes('/forms/VS/SCR')).length"
    assert page.evaluate(kept) == 1
    coordinator.press("main button[value=draft]")
    assert page.evaluate(kept) == 0


def test_answers_of_a_questionnaire_outlive_a_reload_and_the_progress_moves(browser, coordinator, server):
    key = consented(Client(server, "coordinator-101"), "SQ", 1971, "M")
    coordinator.open(f"/participants/{key}/questionnaires/QIDSSR16/SCR")
    coordinator.press("main button.primary")
    address = coordinator.page.input_value("#hand-out")
    assert re.fullmatch(re.escape(server) + r"/q/[-0-9A-Za-z_]+", address), address
    assert qr.read(coordinator.page.locator("svg.qr")) == address
    phone = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    phone.goto(address)
    progress = "document.querySelector('.progress progress').value"
    assert phone.evaluate(progress) == 0
    for question in (0, 1, 2):
        phone.locator("fieldset.question").nth(question).locator("input").nth(0).check(force=True)
    assert phone.evaluate(progress) == 3
    phone.reload()
    assert phone.locator("fieldset.question input:checked").count() == 3
    assert phone.evaluate(progress) == 3
    phone.close()
