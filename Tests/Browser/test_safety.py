"""Safety as people follow it: expectedness, starts of reporting times, deviations a person finds, letters."""
import datetime
import re

import pytest

from api_client import Client, Refused
from site_time import now, today
from test_capture import key, program  # noqa: F401 (fixtures)

EVENT = {
    "onset": "2026", "criteria": "DEATH", "narrative": "Fell after the infusion of ketamine.",
    "device_related": "false", "rel_ket": "PROB", "rel_ther": "NA", "rel_ect": "NA", "rel_proc": "UNL"}


@pytest.fixture(scope="module")
def event(server, key):  # noqa: F811
    """A fatal event, reported by the treatment coordinator of the site; gives its address."""
    reporter = Client(server, "treat-coordinator-101")
    reporter.call("POST", f"/participants/{key}/forms/SAE/UNS?number=new", {
        "answers": dict(EVENT, aware_at=now()), "version": 0, "submit": True})
    return f"/safety/{key}/SAE/UNS/1"


def day(instant):
    """A date in the boxes of a page."""
    return {"date__day": str(instant.day), "date__month": str(instant.month), "date__year": str(instant.year)}


def test_expectedness_is_judged_on_the_page_of_the_event_and_starts_two_times(people, event):  # noqa: F811
    physician = people("investigator-101")
    physician.open(event)
    assert "Not judged yet" in physician.text() and "Record the judgement" not in physician.text()
    officer = people("safety-officer")
    officer.open("/safety")
    officer.shot("60-safety")
    officer.open(event)
    officer.shot("61-event")
    officer.press("main form[action*=expectedness] button")
    assert "Choose whether the event was expected" in officer.text()
    officer.fill(expected="no", reference="Brochure, version 4", reason="Not listed there.")
    officer.press("main form[action*=expectedness] button")
    told = officer.text()
    assert "fatal or life-threatening" in told and "further information" in told and "Brochure, version 4" in told
    officer.shot("62-judged")
    for word in ("etamine", "infusion", "ECT"):
        assert word not in told


def test_a_start_is_changed_after_both_limits_were_seen(people, event):  # noqa: F811
    officer = people("safety-officer")
    officer.open(event)
    officer.press("main tr:has-text('Triage by the sponsor') a:has-text('Change the start')")
    officer.shot("63-start")
    officer.press("main form button.primary")
    assert "Give the start as day, month, year and time" in officer.text()
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
    officer.fill(start__day=str(before.day), start__month=str(before.month), start__year=str(before.year),
                 start__time="09:30")
    officer.press("main form button.primary")
    assert "limit now" in officer.text() and "limit then" in officer.text()
    officer.shot("64-start-compared")
    officer.press("main form button.primary")
    assert "Compare the limits" in officer.text()
    officer.page.check("input[name=compared]")
    officer.fill(reason="Told by telephone.")
    officer.press("main form button.primary")
    assert "changed before" in officer.text() and "The start is changed" in officer.page.inner_text("body")
    # The time of the site follows the answer of its form, and has no such page.
    assert officer.open(event + "/sae_site/start") == 404


def test_a_deviation_a_person_found_is_recorded_judged_and_reported(people, key):  # noqa: F811
    coordinator = people("coordinator-101")
    coordinator.open("/deviations")
    coordinator.shot("65-deviations")
    coordinator.press("main a:has-text('Record a deviation')")
    coordinator.shot("66-deviation-new")
    coordinator.press("main form button.primary")
    assert "A participant's key has the form" in coordinator.text()
    at_site = today()
    coordinator.fill(participant=key, type="MIN-DOC", how="MON", description="The log has no date.", **day(at_site))
    coordinator.press("main form button.primary")
    assert "The log has no date." in coordinator.text() and "draft" in coordinator.text()
    coordinator.press("main tr:has-text('The log has no date.') a:has-text('Judge')")
    coordinator.fill(judgement="CONFIRMED")
    coordinator.press("main form button.primary")
    coordinator.press("main tr:has-text('The log has no date.') a:has-text('Open')")
    coordinator.shot("67-deviation-confirmed")
    coordinator.fill(**day(at_site))
    coordinator.press("main form button.primary")
    assert "The day of the report is on record" in coordinator.page.inner_text("body")
    coordinator.press("main tr:has-text('The log has no date.') a:has-text('Open')")
    assert str(at_site) in coordinator.text() and "Record the report" not in coordinator.text()


def test_personal_data_in_the_words_of_a_deviation_are_removed_by_two(people):  # noqa: F811
    row = "main tr:has-text('The log has no date.')"
    physician = people("investigator-101")
    physician.open("/deviations")
    physician.press(f"{row} a:has-text('Open')")
    physician.press("main a:has-text('Remove personal data')")
    physician.press("main form button.primary")
    assert "reason" in physician.text().lower() and "/removal" in physician.path()
    physician.shot("67b-deviation-removal")
    physician.fill(reason="The name of a person.")
    physician.press("main form button.primary")
    assert "A second person confirms it" in physician.page.inner_text("body")
    manager = people("data-manager")
    manager.open("/deviations")
    manager.shot("67c-deviations-of-the-manager")
    assert manager.page.locator(f"{row} a:has-text('Remove personal data')").count() == 1
    manager.open("/removals")
    manager.press("main tr:has-text('Words of deviation') a:has-text('Confirm')")
    assert "cannot be brought back" in manager.text()
    manager.shot("67d-removal")
    manager.prove()
    manager.press("main form button:has-text('Remove the words')")
    physician.open("/deviations")
    assert "The log has no date." not in physician.text() and "[personal data removed]" in physician.text()


def test_what_was_said_with_any_act_is_removed_from_its_row_of_the_trail(people):  # noqa: F811
    row = "main tr:has-text('Told by telephone.')"
    physician = people("investigator-101")
    physician.open("/audit?class=treatment")
    physician.shot("67e-audit-with-removals")
    physician.press(f"{row} a:has-text('Remove')")
    assert "Told by telephone." in physician.text() and "reporting time restarted" in physician.text()
    physician.shot("67f-words-of-an-act")
    physician.press("main form button.primary")
    assert "reason" in physician.text().lower() and "/removal" in physician.path()
    physician.fill(reason="The name of a person.")
    physician.press("main form button.primary")
    assert "A second person confirms it" in physician.page.inner_text("body")
    assert physician.page.locator("main tr:has-text('reporting time restarted') a:has-text('Confirm')").count() == 0
    manager = people("data-manager-u")
    manager.open("/removals")
    manager.press("main tr:has-text('reporting time restarted') a:has-text('Confirm')")
    assert "cannot be brought back" in manager.text()
    manager.prove()
    manager.press("main form button:has-text('Remove the words')")
    physician.open("/audit?class=treatment")
    assert "Told by telephone." not in physician.text()
    # Instants are told by the clock of the site, whoever wrote them down.
    assert "+00" not in physician.text() and not re.search(r"\d\dZ", physician.text())
    gone = physician.page.locator("main tr", has_text="[personal data removed]")
    assert gone.count() == 1 and "sae_triage" in gone.inner_text() and "Remove" not in gone.inner_text()
    # What was never said, and what another class says, has no such page.
    for place in ("treatment/999999", "outcome/1", "allocation/1", "treatment/x"):
        assert physician.open(f"/audit/{place}/removal") == 404, place


def test_programs_do_the_same(server, key, event):  # noqa: F811
    officer, team = Client(server, "safety-officer"), Client(server, "treat-coordinator-101")
    place = f"/serious-events/{key}/SAE/UNS/1"
    with pytest.raises(Refused) as stale:
        officer.call("POST", place + "/expectedness", {
            "version": 7, "expected": True, "reference": "Brochure, version 4", "reason": "Listed."})
    assert stale.value.status == 412
    earlier = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")
    shown = officer.call("GET", f"{place}/clocks/sae_triage/start?at={earlier}")
    assert len(shown) == 1 and shown[0]["dueAfter"] < shown[0]["dueBefore"]
    officer.call("POST", f"{place}/clocks/sae_triage/start", {"start": earlier, "reason": "told by telephone"})
    clock = [one for one in officer.call("GET", "/serious-events")[0]["clocks"] if one["clock"] == "sae_triage"][0]
    assert clock["dueAt"] == shown[0]["dueAfter"]
    number = team.call("POST", "/deviations", {
        "participant": key, "type": "IMP-TX", "class": "treatment", "date": str(today()),
        "how": "SITE", "description": "Dose of the second session."})["number"]
    assert number == "T1"
    listed = Client(server, "coordinator-101").call("GET", "/deviations")
    assert not [one for one in listed if one["type"] == "IMP-TX"]


def test_where_letters_go_is_said_and_that_none_are_sent(people):  # noqa: F811
    physician = people("investigator-101")
    physician.open("/alerts")
    assert "This server sends no letters" in physician.text()
    physician.shot("68-alerts")
    physician.open("/account")
    physician.fill(address="ward at example")
    physician.press("main form[action*=letters] button")
    assert "name@place" in physician.text()
    physician.fill(address="ward@example.org")
    physician.press("main form[action*=letters] button")
    assert physician.page.input_value("input[name=address]") == "ward@example.org"
    physician.shot("69-letters")
