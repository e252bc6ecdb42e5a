"""Capture as people do it: drafts, two people at one form, repeats, verification, freezing, data queries."""

import json
import re

import pytest
from playwright.sync_api import sync_playwright

from test_api import header, now
from api_client import Client, Refused
from walk import PASSWORD, Person



@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def people(browser, server):
    known = {}

    def person(name):
        if name not in known:
            known[name] = Person(browser, server, name)
        return known[name]

    return person


@pytest.fixture(scope="module")
def program(server):
    return Client(server, "coordinator-101")


@pytest.fixture(scope="module")
def key(program):
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    return program.call("POST", "/participants", {
        "initials": "CP", "birth_year": 1970, "sex": "M", "consent": consent})["participant"]


def test_a_draft_without_script_keeps_what_was_typed_right_or_wrong(people, key, browser, server):
    coordinator = people("coordinator-101")
    form = f"/participants/{key}/forms/VS/SCR"
    coordinator.open(form)
    coordinator.fill(sbp="high", dbp="70")
    coordinator.press("main button[value=draft]")
    assert "Only you see it" in coordinator.page.inner_text("body")
    assert coordinator.page.input_value("input[name=sbp]") == "high"
    assert "not saved as data" in coordinator.text()
    coordinator.shot("40-draft")
    coordinator.open(f"/participants/{key}/visits/SCR")
    assert "you have a draft" in coordinator.text()
    # Somebody else finds the form untouched.
    monitor = people("data-manager")
    monitor.open(form)
    assert "Nobody entered this form yet" in monitor.text() and 'value="high"' not in monitor.page.content()
    coordinator.open(form)
    coordinator.press("main button:has-text('Discard your draft')")
    assert coordinator.page.input_value("input[name=sbp]") == ""


def test_with_script_a_draft_is_kept_by_itself_and_ends_with_the_save(people, key):
    coordinator = people("coordinator-101")
    form = f"/participants/{key}/forms/VS/SCR"
    coordinator.open(form)
    coordinator.fill(sbp="128", dbp="82")
    coordinator.page.wait_for_selector("main [data-part=autosave]:has-text('Draft kept')", timeout=15000)
    coordinator.page.evaluate("sessionStorage.clear()")
    coordinator.open(form)
    assert coordinator.page.input_value("input[name=sbp]") == "128"
    coordinator.fill(hr="64")
    coordinator.submit()
    assert "Submitted." in coordinator.page.inner_text("body")
    coordinator.open(f"/participants/{key}/visits/SCR")
    assert "you have a draft" not in coordinator.text()


def test_two_people_at_one_form_decide_field_by_field(people, key, program):
    coordinator = people("coordinator-101")
    address = f"/participants/{key}/forms/VS/SCR"
    coordinator.open(address + "?change=1")
    stored = program.call("GET", address.replace("/participants", "/participants", 1))
    answers = stored["answers"] | {"sbp": "131", "temp": "36.8"}
    program.call("POST", address, {"answers": answers, "version": stored["version"], "submit": True,
                                   "reason": "typing error"})
    with pytest.raises(Refused) as refused:
        program.call("POST", address, {"answers": answers | {"sbp": "133"}, "version": stored["version"],
                                       "submit": True, "reason": "typing error"})
    body = refused.value.body
    assert refused.value.status == 412 and body["code"] == "stale_version"
    assert body["savedBy"] and body["savedAt"] and body["version"] == stored["version"] + 1
    difference = [one for one in body["differences"] if one["field"] == "sbp"][0]
    assert (difference["before"], difference["stored"], difference["typed"]) == ("128", "131", "133")
    assert difference["isDisputed"] is True
    coordinator.fill(sbp="135", hr="66", _reason="typing error")
    with coordinator.page.expect_navigation() as answer:
        coordinator.page.click("main button[value=submit]")
    assert answer.value.status == 412
    text = coordinator.text()
    assert "saved version 2" in text and "before both: 128" in text
    assert "saved: 131" in text and "yours: 135" in text
    # The temperature was changed by the other one alone.
    assert "Changed there and not by you" in text and "36.8" in text
    coordinator.shot("41-conflict")
    coordinator.page.check("input[name=sbp][value=typed]", force=True)
    coordinator.page.check("input[name=hr][value=typed]", force=True)
    coordinator.press("main button.primary")
    assert coordinator.page.input_value("input[name=sbp]") == "135"
    assert coordinator.page.input_value("input[name=temp]") == "36.8"
    coordinator.fill(_reason="typing error")
    coordinator.submit()
    merged = program.call("GET", address)["answers"]
    assert (merged["sbp"], merged["hr"], merged["temp"]) == ("135", "66", "36.8")
    coordinator.open(address)
    coordinator.page.click("main details.earlier summary >> nth=0")
    assert "128" in coordinator.text() and "typing error" in coordinator.text()
    coordinator.shot("42-history")


def test_repeats_are_added_listed_and_voided_with_a_reason(people, key):
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}/visits/SCR")
    coordinator.press("main a:has-text('Add')")
    for drug, month in (("Sertraline", ""), ("Lorazepam", "3")):
        coordinator.open(f"/participants/{key}/forms/CM/SCR?number=new")
        coordinator.fill(drug=drug, start__year="2026", start__month=month, ongoing="Y")
        coordinator.submit()
        assert "Submitted." in coordinator.page.inner_text("body")
    assert "Lorazepam" in coordinator.text() and "2026-03" in coordinator.text()
    coordinator.shot("43-repeats")
    # A day without its month is no date.
    coordinator.open(f"/participants/{key}/forms/CM/SCR?number=new")
    coordinator.fill(drug="Lithium", start__year="2026", start__day="5", ongoing="Y")
    coordinator.submit()
    assert "2027-03" in coordinator.text() and coordinator.page.input_value("input[name='start.day']") == "5"
    coordinator.open(f"/participants/{key}/forms/CM/SCR?number=2")
    coordinator.fill(void_reason="of another person")
    coordinator.press("main button:has-text('Void this entry')")
    assert "This entry is voided: of another person" in coordinator.text()
    coordinator.shot("44-voided")
    assert coordinator.open(f"/participants/{key}/forms/CM/SCR?number=7") == 404
    assert coordinator.open(f"/participants/{key}/forms/DM/SCR?number=2") == 404


def test_an_assessor_hands_in_the_blinding_record_once_and_it_is_not_shown_again(people, key, server):
    assessor, program = people("cog-assessor-101"), Client(server, "cog-assessor-101")
    record = f"/participants/{key}/forms/RBRC/ET"
    assessor.open(f"/participants/{key}/visits/ET")
    assert "Blinding record of the cognition assessor" in assessor.text()
    answers = {"guess": "ECT", "certainty": "4", "disclosed": "STAFF", "disclosed_arm": "ECT", "basis": "SPEECH"}

    def hand_in():
        assessor.open(record)
        for name in ("guess", "certainty", "disclosed", "disclosed_arm"):
            assessor.fill(**{name: answers[name]})
        assessor.page.check("main input[name=basis][value=SPEECH]", force=True)
        assessor.submit()
        return assessor.page.inner_text("body")

    assert "comes after the ratings are submitted" in hand_in()
    program.call("POST", f"/participants/{key}/forms/CSSRSS/ET", {
        "version": 0, "submit": True,
        "answers": dict(header(), version="slc", q1="N", q2="N", q6="N")})
    assert "Submitted." in hand_in()
    assessor.open(record)
    assert "It is not shown again" in assessor.text() and "Electroconvulsive" not in assessor.text()
    assessor.shot("44a-handed-in")
    assert assessor.page.locator("main input[name=certainty]").count() == 0
    stored = program.call("GET", record)
    assert stored["version"] == 1 and stored["answers"] == {}
    with pytest.raises(Refused) as refused:
        program.call("POST", record, {"version": 0, "submit": True, "answers": answers})
    assert refused.value.status == 409
    with pytest.raises(Refused) as closed:
        program.call("POST", f"/participants/{key}/forms/CSSRSS/ET", {
            "version": 1, "submit": True, "reason": "typing error",
            "answers": dict(header(), version="slc", q1="N", q2="N", q6="Y")})
    assert closed.value.status == refused.value.status


def test_a_data_query_is_answered_asked_again_and_closed(people, key):
    manager, coordinator = people("data-manager"), people("coordinator-101")
    manager.open(f"/participants/{key}/queries?form=VS&visit=SCR")
    manager.fill(text="Is this pressure right?", field="sbp", blocking="N")
    manager.press("main button.primary")
    coordinator.open("/queries")
    coordinator.press(f"main a:has-text('{key}, SCR, VS, sbp')")
    number = coordinator.path()
    coordinator.fill(answer="Measured twice.")
    coordinator.press("main button.primary")
    assert "answered" in coordinator.page.inner_text("body")
    manager.open(number)
    manager.fill(reason="By whom?")
    manager.shot("45-query")
    manager.press("main button[value=reopen]")
    coordinator.open(number)
    coordinator.fill(answer="By the nurse.")
    coordinator.press("main button.primary")
    manager.open(number)
    assert "Measured twice." in manager.text() and "By whom?" in manager.text()
    manager.fill(reason="Settled.")
    manager.press("main button[value=close]")
    assert "The data query is closed" in manager.page.inner_text("body")


def test_a_form_is_frozen_and_opened_again_with_a_reason(people, key):
    manager, coordinator = people("data-manager"), people("coordinator-101")
    form = f"/participants/{key}/forms/VS/SCR"
    manager.open(form)
    manager.shot("46-freeze")
    manager.press("main button:has-text('Freeze this form')")
    assert "The form is frozen" in manager.page.inner_text("body")
    coordinator.open(form)
    assert "This form is frozen" in coordinator.text() and "Change a value" not in coordinator.text()
    coordinator.shot("47-frozen")
    manager.open(form)
    manager.press("main button:has-text('Open this form again')")
    assert "changes only with a reason" in manager.text()
    manager.fill(reason="a value was misread")
    manager.press("main button:has-text('Open this form again')")
    coordinator.open(form)
    assert "Change a value" in coordinator.text()


def every_answer(server, client, person, key):
    """Everything a person can ask for: every read of the API and every page, with real and unreal names."""
    paths = json.loads(json.dumps(Client(server).call("GET", "/openapi.json")))["paths"]
    names = {"participant": key, "form": "CSSRSS", "visit": "A1", "number": "1", "token": "A-00000000",
             "alert": "00000000-0000-0000-0000-000000000000", "notice": "1", "site": "101", "link": "1-x"}
    answers = {}
    for path, methods in paths.items():
        if "get" not in methods:
            continue
        asked = re.sub(r"\{(\w+)\}", lambda found: names.get(found.group(1), "1"), path)
        try:
            answers[asked] = json.dumps(client.call("GET", asked.removeprefix("/api/v1")))
        except Refused as refused:
            answers[asked] = f"{refused.status} {refused.body}"
        except json.JSONDecodeError:
            answers[asked] = "no JSON"
    for page in ("/", "/desk", "/participants", f"/participants/{key}", f"/participants/{key}/visits/A1",
                 f"/participants/{key}/forms/CSSRSS/SCR", f"/participants/{key}/forms/CM/SCR/all", "/queries",
                 "/queries/1", "/alerts", "/deviations", f"/deviations/{key}/1", "/allocations", "/notices", "/reports",
                 "/lock", f"/participants/{key}/history"):
        status = person.open(page)
        answers[page] = f"{status} {person.text()}"
    answers.pop("/api/v1/openapi.json", None)
    answers.pop("/api/v1/health", None)
    return answers


def test_a_rater_learns_nothing_from_drafts_queries_alerts_and_deviations(server, people, key, program):
    rater, page = Client(server, "rater-1"), people("rater-2")
    before = every_answer(server, rater, page, key)
    assert not [text for text in before.values() if key in text]
    # A draft, a query, an alert and a treatment record come into being.
    program.call("POST", f"/participants/{key}/forms/CSSRSS/SCR",
                 {"answers": dict(header(), version="screen", q1="Y", q2="Y", q3="Y", q4="Y", q5="N", q6="N"),
                  "version": 0, "submit": True})
    program.call("POST", f"/participants/{key}/forms/DM/SCR/draft",
                 {"typed": {"edu_years": "12"}, "version": 0})
    team = Client(server, "treat-coordinator-101")
    team.call("POST", f"/participants/{key}/forms/AE/UNS?number=new", {
        "answers": {"term": "after ECT", "start": "2026", "ongoing": "true", "sev": "1", "serious": "N",
                    "rel_ket": "NA", "rel_ther": "NA", "rel_ect": "POS", "rel_proc": "NOT", "action": "NONE",
                    "outcome": "NOT", "aesi": "NONE", "solicited": "false"}, "version": 0, "submit": True})
    assert every_answer(server, rater, page, key) == before


def test_an_alert_is_acted_on_by_the_physician_and_known_to_the_coordinator(people, key):
    coordinator = people("coordinator-101")
    coordinator.open("/alerts")
    known = coordinator.text()
    assert key in known and not any(word in known for word in ("SI_HIGH", "suicide", "C-SSRS", "CSSRSS"))
    physician = people("investigator-101")
    physician.open("/alerts")
    assert key in physician.text() and "High risk of suicide" in physician.text()
    physician.shot("48-alerts")
    physician.press(f"main tr:has-text('{key}') a:has-text('Act')")
    physician.press("main button.primary")
    assert "Say what you did" in physician.text()
    physician.shot("49-alert")
    physician.fill(action="Seen at once; safe with a plan.")
    physician.press("main button.primary")
    assert "What you did is on record" in physician.page.inner_text("body")
    coordinator.open("/alerts")
    assert key not in coordinator.text()


def test_planned_repeats_stand_in_the_list_until_they_are_handed_in(people, key, program):
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}/forms/LAB/SCR/all")
    assert "Enter HGB" in coordinator.text() and "Enter UACON" in coordinator.text()
    coordinator.shot("50-planned")
    coordinator.page.click("text=Enter HGB")
    assert coordinator.page.input_value("[name=test]:checked, select[name=test]") == "HGB"
    before = program.call("GET", f"/participants/{key}/forms/LAB/SCR/planned")["missing"]
    program.call("POST", f"/participants/{key}/forms/LAB/SCR?number=new", {
        "answers": dict(test="HGB", value="13.5", unit="g/dL", flag="N", cs="false"), "version": 0,
        "submit": True})
    after = program.call("GET", f"/participants/{key}/forms/LAB/SCR/planned")["missing"]
    assert before[0] == "HGB" and after == before[1:]
    coordinator.open(f"/participants/{key}/forms/LAB/SCR/all")
    assert "Enter HGB" not in coordinator.text()


def test_steps_of_participation_are_offered_by_state_and_refused_with_a_sentence(people, key, server):
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}")
    # Who consented is screened from the investigator's signature on.
    assert "consented" in coordinator.text() and coordinator.page.locator(f"a[href='/participants/{key}/move']").count() == 0
    Client(server, "investigator-101").call(
        "POST", f"/participants/{key}/forms/ICF/SCR/sign", {"version": 1, "password": PASSWORD})
    coordinator.open(f"/participants/{key}")
    coordinator.page.click("text=Participation")
    assert "Screening failed" in coordinator.text() and "Died" not in coordinator.text()
    coordinator.shot("51-participation")
    coordinator.page.check("input[value=screen_failed]")
    coordinator.press("main form button")
    assert "names no criterion" in coordinator.text()
    coordinator.shot("52-participation-refused")
    investigator = people("investigator-101")
    investigator.open(f"/participants/{key}/move")
    assert "Died" in investigator.text() and "Screening failed" not in investigator.text()
