"""A participant's way through the pages, from consent to the allocation that was read."""
import datetime
import re
import time

import pytest
from api_client import Client, Refused
from plain_answers import QUESTIONNAIRES, RATINGS, baseline_forms, instrument

NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.fixture(scope="module")
def journey(people, server):
    """What the steps hand on to each other."""
    return {"server": server}


def test_the_coordinators_home_tells_what_to_do(people):
    coordinator = people("coordinator-101")
    assert coordinator.path() == "/"
    assert "Site 101" in coordinator.text()
    coordinator.shot("01-home")


def test_a_consent_with_faults_keeps_what_was_typed(people, journey):
    coordinator = people("coordinator-101")
    coordinator.open("/participants/new")
    coordinator.shot("02-new")
    coordinator.fill(initials="QX", birth_year="1974", icf_dt__day="31", icf_dt__month="2")
    coordinator.press("main button.primary")
    assert "faults" in coordinator.text()
    assert coordinator.page.input_value("#f-initials") == "QX"
    assert coordinator.page.input_value("input[name='icf_dt.day']") == "31"
    coordinator.shot("03-new-faults")
    at = NOW - datetime.timedelta(minutes=90)
    coordinator.fill(
        initials="QX", birth_year="1974", sex="M", icf_ver="1.0", icf_dt__day=str(at.day),
        icf_dt__month=str(at.month), icf_dt__year=str(at.year), icf_dt__time=f"{at:%H:%M}",
        icf_copy="Y", who_explained="coordinator-101", opt_recording="Y", opt_future="Y",
        opt_remote="Y", done="Y")
    coordinator.press("main button.primary")
    assert "enrolled" in coordinator.page.inner_text("body")
    journey["key"] = coordinator.path().split("?")[0].removeprefix("/participants/")
    coordinator.shot("04-participant")


def test_the_investigator_signs_the_consent(people, journey):
    """REQ-030, REQ-013: a signed form shows who signed in which role, when by which clock, and what it means."""
    investigator = people("investigator-101")
    key = journey["key"]
    investigator.open(f"/participants/{key}")
    investigator.shot("05-investigator-participant")
    investigator.open(f"/participants/{key}/forms/ICF/SCR")
    assert "Change a value" not in investigator.text()
    investigator.press("main a:has-text('Sign this form')")
    investigator.shot("06-sign")
    investigator.prove()
    investigator.press("main button.primary")
    assert "Signed." in investigator.page.inner_text("body")
    investigator.open(f"/participants/{key}/forms/ICF/SCR")
    signature = investigator.page.inner_text("section.signatures .signature:not(.void)")
    assert re.search(r"^[A-Z]\w+ .+, .+, \d{1,2} \w+ \d{4}, \d\d:\d\d .+\n+\u201c.{20,}\u201d", signature), signature
    investigator.open(f"/participants/{key}/likeness")
    investigator.fill(reason="identity card compared")
    investigator.press("main button.primary")
    # Nobody alike is enrolled: a judgement in advance is none.
    assert "There is nothing to judge" in investigator.page.inner_text("body")


def test_screening_forms_are_entered_as_draft_and_submitted(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    coordinator.open(f"/participants/{key}/visits/SCR")
    coordinator.shot("07-visit")
    form = f"/participants/{key}/forms"
    coordinator.open(f"{form}/DM/SCR")
    coordinator.fill(birth_year="1974", sex="M")
    coordinator.press("main button[value=draft]")
    assert "Draft kept" in coordinator.page.inner_text("body")
    assert coordinator.page.input_value("input[name=birth_year]") == "1974"
    coordinator.submit()
    assert "answer, or say why there is no value" in coordinator.text()
    coordinator.shot("08-form-faults")
    coordinator.fill(edu_years="14")
    coordinator.submit()
    assert "Submitted." in coordinator.page.inner_text("body")
    coordinator.open(f"{form}/PREG/SCR")
    coordinator.fill(ptype="NA", na_reason="not of childbearing potential")
    coordinator.submit()
    coordinator.open(f"{form}/CSSRSS/SCR")
    coordinator.shot("09-cssrs")
    coordinator.fill(version="screen", q1="Y", q2="N", q6="N")
    coordinator.submit()
    assert "Submitted." in coordinator.page.inner_text("body")


def test_the_list_and_the_home_name_what_is_next(people, journey):
    coordinator = people("coordinator-101")
    coordinator.open("/")
    assert journey["key"] in coordinator.text() and "Screening and baseline" in coordinator.text()
    coordinator.shot("09a-home")
    coordinator.open("/participants?key=" + journey["key"][-4:])
    assert "Clear filters" in coordinator.text() and journey["key"] in coordinator.text()
    coordinator.shot("09b-list")
    assert coordinator.open("/participants?key=9999") == 200
    assert journey["key"] not in coordinator.text()


def test_a_submitted_form_changes_only_with_a_reason(people, journey):
    coordinator = people("coordinator-101")
    coordinator.open(f"/participants/{journey['key']}/forms/DM/SCR")
    assert "A change needs a reason" in coordinator.text()
    coordinator.press("main a:has-text('Change a value')")
    coordinator.fill(edu_years="15")
    coordinator.submit()
    assert "Choose why the value changes" in coordinator.text()
    coordinator.shot("10-reason")
    coordinator.fill(_reason="typing error")
    coordinator.submit()
    assert "Submitted." in coordinator.page.inner_text("body")


def test_two_people_at_one_form_see_both_versions(people, journey):
    coordinator = people("coordinator-101")
    address = f"/participants/{journey['key']}/forms/DM/SCR?change=1"
    coordinator.open(address)
    stale = coordinator.context.new_page()
    stale.goto(coordinator.address + address)
    coordinator.fill(edu_years="16", _reason="typing error")
    coordinator.submit()
    stale.fill("input[name=edu_years]", "17")
    stale.check("input[name=_reason] >> nth=0", force=True)
    with stale.expect_navigation() as answer:
        stale.click("main button[value=submit]")
    assert answer.value.status == 412
    text = stale.inner_text("main")
    assert "saved: 16" in text and "yours: 17" in text
    stale.check("input[name=edu_years][value=stored]", force=True)
    with stale.expect_navigation():
        stale.click("main button.primary")
    assert stale.input_value("input[name=edu_years]") == "16"
    stale.close()


def rate(journey, coordinator, visit):
    """Books the rating on the page; the rater gives it by its token."""
    key = journey["key"]
    coordinator.open(f"/participants/{key}/ratings/{visit}")
    coordinator.shot(f"11-booking-{visit}")
    coordinator.page.check("input[name=slot] >> nth=0", force=True)
    coordinator.press("main button.primary")
    assert "booked" in coordinator.page.inner_text("body")
    for number in (1, 2, 3):
        rater = program(journey, f"rater-{number}")
        for task in rater.call("GET", "/desk"):
            if task["state"] != "booked":
                continue
            start = NOW - datetime.timedelta(minutes=30)
            answers = {
                "mode": "VIDEO", "start": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                "end": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
            }
            answers |= {f"m{item:02d}": "3" for item in range(1, 11)}
            token = f"/desk/{task['token']}"
            rater.call("POST", f"{token}/MADRS", {"answers": answers, "version": 0, "submit": True})
            call = {name: answers[name] for name in ("mode", "start", "end")}
            for form in RATINGS:
                rater.call("POST", f"{token}/{form}",
                           {"answers": dict(call, **instrument(form)), "version": 0, "submit": True})
            rater.call("POST", f"{token}/record",
                       {"answers": {"guess": "DK", "certainty": "1", "disclosed": "N"}})
            return
    raise AssertionError("no rater has the task")


def program(journey, user):
    """A program of a person, signed in once: a one-time code works only once."""
    if user not in journey:
        for attempt in range(5):
            try:
                journey[user] = Client(journey["server"], user)
                break
            except (Refused, AttributeError):
                time.sleep(8)
    return journey[user]


def rest_of_baseline(journey, key):
    """The questionnaires and forms of baseline that no test looks at."""
    coordinator = program(journey, "coordinator-101")
    for form in QUESTIONNAIRES:
        link = coordinator.call("POST", f"/participants/{key}/questionnaires/{form}/BL")["link"]
        Client(journey["server"]).call("POST", f"/questionnaires/{link}", {"answers": instrument(form)})
    for user, form, answers in baseline_forms({"vdate": f"{NOW:%Y-%m-%d}", "done": "Y"}):
        program(journey, user).call("POST", f"/participants/{key}/forms/{form}/BL",
                                    {"answers": answers, "version": 0, "submit": True})


def test_the_screening_rating_is_booked_without_a_raters_name(people, journey):
    coordinator = people("coordinator-101")
    rate(journey, coordinator, "SCR")
    coordinator.open(f"/participants/{journey['key']}/visits/SCR")
    assert "rater-" not in coordinator.text()
    assert "submitted" in coordinator.text()


def test_a_questionnaire_link_is_shown_once(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    for visit in ("SCR", "BL"):
        coordinator.open(f"/participants/{key}/questionnaires/QIDSSR16/{visit}")
        coordinator.press("main button.primary")
        link = coordinator.page.locator("main a[href^='/q/']").get_attribute("href")
        coordinator.shot("12-link")
        Client(journey["server"]).call(
            "POST", "/questionnaires/" + link.removeprefix("/q/"),
            {"answers": {f"q{item:02d}": "1" for item in range(1, 17)} | {"q07": "0", "q09": "0"}})


def test_eligibility_is_entered_and_signed(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    coordinator.open(f"/participants/{key}/forms/ELIG/SCR")
    criteria = {f"{kind}{item:02d}": answer
                for kind, answer in (("I", "Y"), ("E", "N")) for item in range(1, 13)}
    coordinator.fill(**criteria)
    coordinator.submit()
    assert "Submitted." in coordinator.page.inner_text("body")
    coordinator.open(f"/participants/{key}/forms/ELIG/SCR")
    assert re.search(r"MADRS at screening\s+worked out, not shown to you", coordinator.text())
    coordinator.shot("13-eligibility")
    investigator = people("investigator-101")
    investigator.open(f"/participants/{key}/forms/ELIG/SCR/sign")
    # The second signature of the session: however fresh, it takes the password.
    investigator.page.fill("#f-password", "wrong")
    investigator.press("main button.primary")
    assert "not right" in investigator.text()
    investigator.press("main button.primary")
    assert "takes your password" in investigator.text()
    investigator.prove()
    investigator.press("main button.primary")
    assert "Signed." in investigator.page.inner_text("body")


def test_the_preconditions_name_what_is_missing(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    coordinator.open(f"/participants/{key}/randomize")
    text = coordinator.text()
    assert "Not yet" in text and "RND-05" in text and "RND-10" in text
    coordinator.shot("14-not-yet")


def test_baseline_and_slots_make_it_ready(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    rate(journey, coordinator, "BL")
    coordinator.open(f"/participants/{key}/forms/PREG/BL")
    coordinator.fill(ptype="NA", na_reason="not of childbearing potential")
    coordinator.submit()
    coordinator.open(f"/participants/{key}/forms/CSSRSS/BL")
    coordinator.fill(version="slc", q1="N", q2="N", q6="N")
    coordinator.submit()
    coordinator.open(f"/participants/{key}/forms/CM/BL")
    coordinator.fill(drug="Sertraline")
    coordinator.submit()
    rest_of_baseline(journey, key)
    treating = people("treat-coordinator-101")
    until = NOW + datetime.timedelta(days=7)
    treating.open(f"/participants/{key}/forms/SLOT/RND")
    treating.fill(
        allslot="Y", valid_until__day=str(until.day), valid_until__month=str(until.month),
        valid_until__year=str(until.year))
    treating.submit()
    assert "Submitted." in treating.page.inner_text("body")
    coordinator.open(f"/participants/{key}/randomize")
    assert "Randomize " + key in coordinator.text()
    coordinator.shot("15-ready")


ARMS = ("ECT", "KAP", "KET", "lectroconvulsive", "etamine")


def test_randomizing_tells_a_number_and_nothing_else(people, journey):
    coordinator = people("coordinator-101")
    key = journey["key"]
    coordinator.fill(setting="OUT")
    coordinator.press("main button.primary")
    assert "Compare key, site and setting" in coordinator.text()
    coordinator.fill(setting="OUT", compared="Y")
    if coordinator.page.locator("#f-password").count():
        coordinator.page.fill("#f-password", "a day of training")
    coordinator.press("main button.primary")
    assert coordinator.path() == f"/participants/{key}/receipt", coordinator.text()
    text = coordinator.text()
    assert "R-" in text and "The treatment team has been informed." in text
    assert not any(arm in text for arm in ARMS)
    coordinator.shot("16-receipt")
    for path in ("", "/history", "/visits/RND", "/visits/A1", "/forms/RANDREQ/RND"):
        assert coordinator.open(f"/participants/{key}{path}") == 200
        # The criteria name treatments whoever reads them; nothing else may.
        # The drug screen asks for a substance, before anything is allocated.
        lines = [line for line in coordinator.text().splitlines()
                 if "Eligibility, SCR" not in line and "Urine drug screen, BL" not in line]
        assert not [line for line in lines if any(arm in line for arm in ARMS)], path
    coordinator.open(f"/participants/{key}")
    coordinator.shot("17-randomized")
    coordinator.open(f"/participants/{key}/history")
    coordinator.shot("18-history")


def test_a_coordinator_finds_no_allocation(people, journey):
    coordinator = people("coordinator-101")
    missing = coordinator.open("/allocations/101-9999")
    there = coordinator.open(f"/allocations/{journey['key']}")
    assert missing == there == 404
    for visit in ("K1", "E1", "P1", "NONE1"):
        assert coordinator.open(f"/participants/{journey['key']}/visits/{visit}") == 404
    coordinator.open(f"/participants/{journey['key']}")
    assert "F6" in coordinator.text()
    assert not [words for words in ("Infusion", "Preparation", "Integration", "ECT 1") if words in coordinator.text()]


def test_the_treatment_team_reads_the_arm_once(people, journey):
    treating = people("treat-coordinator-101")
    key = journey["key"]
    treating.open("/")
    assert treating.path() == "/allocations"
    treating.shot("19-allocations")
    treating.open(f"/allocations/{key}/acknowledge")
    treating.shot("20-before-reveal")
    treating.fill(compared="Y")
    if treating.page.locator("#f-password").count():
        treating.page.fill("#f-password", "a day of training")
    treating.press("main button.primary")
    assert any(arm in treating.text() for arm in ARMS)
    treating.shot("21-reveal")
    treating.press("main button.primary")
    assert "recorded" in treating.page.inner_text("body")
    treating.open(f"/allocations/{key}/acknowledge")
    assert "Already read" in treating.text()
    assert not any(arm in treating.text() for arm in ARMS)
    treating.open(f"/allocations/{key}")
    assert any(arm in treating.text() for arm in ARMS)
    treating.shot("22-treatment-file")


def test_a_data_query_is_opened_and_closed(people, journey):
    manager = people("data-manager")
    key = journey["key"]
    assert manager.open(f"/participants/{key}/queries?form=DM&visit=SCR") == 200
    manager.fill(text="Please check the years of education.", field="edu_years", blocking="N")
    manager.shot("23-new-query")
    manager.press("main button.primary")
    coordinator = people("coordinator-101")
    coordinator.open("/queries")
    coordinator.shot("24-queries")
    coordinator.press("main a:has-text('edu_years')")
    coordinator.shot("25-query")
    coordinator.fill(answer="Compared with the certificate: 16 is right.")
    coordinator.press("main button.primary")
    assert "The data query is answered" in coordinator.page.inner_text("body")
    manager.open("/queries?show=answered")
    manager.press("main a:has-text('edu_years')")
    manager.fill(reason="Settled.")
    manager.press("main button[value=close]")
    assert "The data query is closed" in manager.page.inner_text("body")


def test_the_lists_show_the_participant(people, journey):
    coordinator = people("coordinator-101")
    coordinator.open("/participants")
    assert journey["key"] in coordinator.text()
    coordinator.shot("26-list")
    coordinator.open("/")
    coordinator.shot("27-home")


def test_the_set_up_of_the_randomization_is_shown_to_its_people(people):
    manager = people("rand-manager")
    assert manager.open("/randomization") == 200
    assert "in force" in manager.text()
    manager.shot("28-randomization")
