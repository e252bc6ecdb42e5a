"""Capture as people do it: drafts, two people at one form, repeats, verification, freezing, data queries."""

import json
import re

import pytest

from api_client import Client, Refused
from conftest import training_server
from plain_answers import instrument
from site_time import now
from test_api import header
from walk import PASSWORD


@pytest.fixture(scope="module")
def server():
    """A server of this file alone: on another, raters have bookings of other files on their desks."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def program(server):
    return Client(server, "coordinator-101")


def consented(program, initials, year, sex):
    """Somebody who has just given consent at site 101."""
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    return program.call("POST", "/participants", {
        "initials": initials, "birth_year": year, "sex": sex, "consent": consent})["participant"]


@pytest.fixture(scope="module")
def key(program):
    return consented(program, "CP", 1970, "M")


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
    assert "with a reason only" in manager.text()
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
        # The number a refusal names is drawn for each request.
        answers[page] = f"{status} " + re.sub("request is [0-9a-f]{16}", "request is", person.text())
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


def test_names_are_recorded_in_the_vault_and_corrected_where_they_are_shown(people, program):
    key = consented(program, "AQ", 1971, "F")
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}")
    coordinator.page.click("text=Identity")
    assert "not recorded" in coordinator.text()
    coordinator.page.click("text=Record names and contacts")
    coordinator.shot("53-identity-form")
    coordinator.press("main button.primary")
    assert "Family name" in coordinator.text() and coordinator.page.locator("[aria-invalid=true]").count() > 0
    coordinator.fill(**{
        "family": "Quellenbrunn", "given": "Adelheid", "birth_date.day": "17", "birth_date.month": "5",
        "birth_date.year": "1971", "phone": "+49 30 5550142"})
    coordinator.press("main button.primary")
    assert "recorded in the vault" in coordinator.text() and "Quellenbrunn" not in coordinator.page.content()
    coordinator.open(f"/participants/{key}/identity/record")
    assert coordinator.page.url.endswith("/identity")
    coordinator.fill(purpose="to call about a visit")
    coordinator.press("main button.primary")
    assert "Quellenbrunn" in coordinator.text()
    coordinator.shot("54-identity-shown")
    coordinator.fill(phone="+49 30 5550199")
    coordinator.press("main button.primary")
    assert "reason" in coordinator.text()
    coordinator.fill(_reason="new number")
    coordinator.press("main button.primary")
    assert "recorded in the vault" in coordinator.text()
    found = program.call("POST", f"/participants/{key}/identity", {"purpose": "to call about a visit"})
    assert found["version"] == 2 and found["answers"]["phone"] == "+49 30 5550199"
    # Who reads the vault and does not fill it in is offered no form.
    investigator = people("investigator-101")
    investigator.open(f"/participants/{key}/identity")
    investigator.fill(purpose="to call about a visit")
    investigator.press("main button.primary")
    assert "Quellenbrunn" in investigator.text() and investigator.page.locator("[name=family]").count() == 0
    coordinator.open(f"/participants/{key}/history")
    assert "identity corrected" in coordinator.page.content()
    assert not re.search("Quellenbrunn|5550199|new number", coordinator.page.content())


def test_a_participant_is_handed_over_from_site_to_site(people, program, server):
    key = consented(program, "TQ", 1973, "M")
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}")
    coordinator.page.click("text=Hand over to another site")
    coordinator.press("main button.primary")
    assert "Choose the site" in coordinator.text()
    coordinator.shot("55-transfer-offer")
    assert "104" in coordinator.text() and "103" not in coordinator.text()
    coordinator.page.check("input[value='104']")
    coordinator.fill(reason="moved house")
    coordinator.press("main button.primary")
    assert "The other site decides" in coordinator.text()
    other = people("coordinator-104")
    other.open(f"/participants/{key}")
    assert "no such page" in other.text()
    other.open("/")
    assert key in other.text() and "Offered by site 101" in other.text()
    other.shot("56-transfer-home")
    other.page.click("text=Decide…")
    other.page.check("input[value=accepted]")
    other.shot("57-transfer-decide")
    other.press("main button.primary")
    assert "at this site now" in other.text() and key in other.text()
    coordinator.open(f"/participants/{key}")
    assert "no such page" in coordinator.text()
    there = Client(server, "coordinator-104")
    assert [offer["decision"] for offer in there.call("GET", "/transfers")] == ["accepted"]
    with pytest.raises(Refused) as refused:
        there.call("POST", f"/participants/{key}/transfer/decision", {"decision": "accepted"})
    assert refused.value.status == 404


def test_a_questionnaire_is_read_out_on_the_telephone_under_the_own_name(people, program):
    key = consented(program, "TE", 1975, "F")
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{key}/questionnaires/QIDSSR16/SCR")
    coordinator.page.check("input[name=mode][value=PHONE]")
    coordinator.shot("52-link-by-telephone")
    coordinator.press("main button.primary")
    assert coordinator.path().startswith("/q/") and "Read out on the telephone: 16 questions" in coordinator.text()
    # Whoever else opens the address is told to sign in, and is asked nothing.
    stranger = people("data-manager")
    assert stranger.open(coordinator.path()) == 403
    assert "read out by the person who made this link" in stranger.text()
    assert stranger.page.locator("main input[type=radio]").count() == 0
    coordinator.fill(**{f"q{item:02d}": "1" for item in range(1, 16)})
    coordinator.page.wait_for_timeout(1100)
    coordinator.fill(q16="0")
    coordinator.shot("53-read-out")
    coordinator.press("main button.primary")
    coordinator.press("main button[value=send]")
    assert "Your answers have arrived" in coordinator.page.inner_text("body")
    reader = people("data-manager")
    reader.open(f"/participants/{key}/forms/QIDSSR16/SCR")
    assert "Read out on the telephone by" in reader.text() and "who entered the answers" in reader.text()
    reader.shot("54-form-read-out")
    sitting = Client(program.address, "data-manager").call(
        "GET", f"/participants/{key}/forms/QIDSSR16/SCR/history")["sitting"]
    seconds = sitting["seconds"]
    assert sitting["mode"] == "PHONE" and len(seconds) == 16
    assert all(0 <= second < 300 for second in seconds.values()) and seconds["q16"] > seconds["q01"]
    # What was read out is not the coordinator's to read afterwards.
    assert coordinator.open(f"/participants/{key}/forms/QIDSSR16/SCR") == 404


def test_an_unscheduled_questionnaire_is_sent_as_often_as_it_is_needed(people, program, server):
    key = consented(program, "UN", 1976, "F")
    coordinator, manager = people("coordinator-101"), people("data-manager")
    row = "main tr:has-text('QIDS-SR16, unscheduled')"
    for answered in (0, 1):
        coordinator.open(f"/participants/{key}/visits/UNS")
        # What was answered is not the site's to read; that it was, and that one more can be sent, is.
        assert ("submitted" in coordinator.page.inner_text(row)) == (answered == 1)
        coordinator.shot(f"55-unscheduled-{answered}")
        coordinator.press(f"{row} a:has-text('Make a link')")
        coordinator.press("main button.primary")
        link = coordinator.page.locator("main a[href^='/q/']").get_attribute("href")
        coordinator.open(f"/participants/{key}/visits/UNS")
        assert "waiting for the participant" in coordinator.page.inner_text(row)
        Client(server).call(
            "POST", "/questionnaires/" + link.removeprefix("/q/"), {"answers": instrument("QIDSSR16")})
    manager.open(f"/participants/{key}/forms/QIDSU/UNS/all")
    manager.shot("56-unscheduled-list")
    assert manager.page.locator("main tbody tr").count() == 2


def test_a_booked_rating_gets_a_link_is_moved_and_cancelled(people, key, server):
    coordinator = people("coordinator-101")
    page = f"/participants/{key}/ratings/SCR"
    coordinator.open(page)
    coordinator.page.check("input[name=slot] >> nth=0", force=True)
    coordinator.press("main button:has-text('Book this time')")
    coordinator.press("main a:has-text('Change') >> nth=0")
    assert "Change a central rating" in coordinator.text()
    coordinator.shot("60-booked")
    # What names the participant is no address for a rater.
    coordinator.fill(call_link=f"https://meet.example/{key}")
    coordinator.press("main button:has-text('Save the link')")
    assert "names the participant" in coordinator.text()
    coordinator.shot("61-link-refused")
    coordinator.fill(call_link="https://meet.example/abc-defg")
    coordinator.press("main button:has-text('Save the link')")
    assert "Where the call is joined is changed" in coordinator.page.inner_text("body")

    def holder():
        for number in (1, 2, 3):
            rater = people(f"rater-{number}")
            rater.open("/desk")
            found = re.search(r"A-[0-9A-Z]{8}", rater.text())
            if found:
                return rater, found.group(0)
        raise AssertionError("no rater has the task")

    rater, token = holder()
    link = rater.page.locator("main a:has-text('Join the call') >> nth=0")
    assert link.get_attribute("href") == "https://meet.example/abc-defg"
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert key not in rater.page.content() and "SCR" not in rater.text()
    assert "London, UTC+0" in rater.text()
    rater.shot("62-desk")
    rater.open("/account")
    rater.fill(zone="Mars/Olympus")
    rater.press("main button:has-text('Save the time zone')")
    assert "such as Europe/Madrid" in rater.text()
    rater.fill(zone="Asia/Tokyo")
    rater.press("main button:has-text('Save the time zone')")
    assert rater.page.input_value("input[name=zone]") == "Asia/Tokyo"
    rater.shot("63-account-zone")
    rater.open("/desk")
    assert "Tokyo, UTC+09:00" in rater.text() and "London" not in rater.text()
    rater.shot("64-desk-tokyo")

    coordinator.open(page)
    coordinator.page.check("input[name=slot] >> nth=1", force=True)
    coordinator.press("main button:has-text('Move to this time')")
    assert "The reason has" in coordinator.text()
    coordinator.shot("65-move-refused")
    coordinator.page.check("input[name=slot] >> nth=1", force=True)
    coordinator.fill(reason="the participant travels")
    coordinator.press("main button:has-text('Move to this time')")
    assert "The rating is moved" in coordinator.page.inner_text("body")
    assert rater.open(f"/desk/{token}") == 404
    other, moved = holder()
    assert moved != token
    assert "Join the call" not in other.text()

    coordinator.open(page)
    coordinator.fill(cancel_reason="the participant is ill")
    coordinator.press("main button:has-text('Cancel this rating')")
    assert "The rating is cancelled" in coordinator.page.inner_text("body")
    assert other.open(f"/desk/{moved}") == 404
    coordinator.open("/")
    assert "Rating of SCR cancelled, none booked" in coordinator.text()
    coordinator.shot("66-home-without-rating")


def test_a_correction_stands_beside_what_a_participant_answered(people, key, program, server):
    link = program.call("POST", f"/participants/{key}/questionnaires/QIDSSR16/SCR")["link"]
    answers = instrument("QIDSSR16")
    Client(server).call("POST", f"/questionnaires/{link}", {"answers": answers})
    manager, coordinator = people("data-manager"), people("coordinator-101")
    form = f"/participants/{key}/forms/QIDSSR16/SCR"
    assert manager.open(form) == 200
    manager.press("main a:has-text('Record a correction beside it')")
    manager.shot("67-correction")
    manager.fill(field="q01", value="3", reason="told by telephone the same day")
    manager.prove()
    manager.press("main button:has-text('Sign the correction')")
    assert "The evidence has" in manager.text()
    manager.shot("68-correction-refused")
    manager.fill(evidence="note of the call, 4 pm")
    manager.prove()
    manager.press("main button:has-text('Sign the correction')")
    text = manager.text()
    assert "Corrected beside it to" in text and "note of the call, 4 pm" in text
    manager.shot("69-corrected")
    # What was answered is what is stored.
    reader = Client(server, "data-manager")
    assert reader.call("GET", form)["answers"]["q01"] == answers["q01"]
    kept = reader.call("GET", f"{form}/corrections")
    assert [(one["field"], one["corrected"], one["voidedAt"]) for one in kept] == [("q01", "3", "")]
    assert coordinator.open(f"{form}/correction") == 404
