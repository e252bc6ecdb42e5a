"""Candidate schemes, their simulation and an amendment, as pages and as API calls."""
import csv
import json
import re
import time
import urllib.error
import urllib.request

import pytest
from api_client import Client, Refused
from conftest import training_server
from walk import PASSWORD, Person


@pytest.fixture(scope="module")
def amended():
    """A server of its own: while an amendment waits for its entropy nobody is randomized."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def people(browser, amended):
    known = {}

    def person(name):
        if name not in known:
            known[name] = Person(browser, amended, name)
        return known[name]

    return person


def no_overflow(person):
    """Whether the page fits a desktop and a telephone."""
    for width in (1280, 390):
        person.page.set_viewport_size({"width": width, "height": 900})
        assert person.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    person.page.set_viewport_size({"width": 1280, "height": 900})


def draft(manager, source, scheme=""):
    manager.open("/randomization/drafts")
    manager.fill(source=source, scheme=scheme)
    manager.press("main form button")


def test_candidates_are_drafted_with_what_to_weigh_and_what_changes(people):
    manager = people("rand-manager")
    assert manager.open("/randomization") == 200
    assert "Epoch 1 is in force" in manager.text()
    draft(manager, "block_urn")
    assert manager.path().startswith("/randomization/drafts/2")
    assert "The method changes from permuted blocks of 6, 9 to block urn, lambda 2." in manager.text()
    no_overflow(manager)
    manager.shot("schemes-candidate")
    draft(manager, "minimization")
    assert "The strata change" in manager.text()


def test_a_bad_scheme_is_refused_on_the_page_with_its_field_and_keeps_what_was_typed(people):
    manager = people("rand-manager")
    typed = json.dumps({
        "arms": [{"id": "KET", "ratio": 2}, {"id": "ECT", "ratio": 2}], "factors": [], "strata": [],
        "method": {"type": "simple"}, "caps": [], "void": "keep", "correct": "keep", "carry": False})
    draft(manager, "json", typed)
    assert "arms.ratio: The ratios have a common divisor" in manager.text()
    assert manager.page.input_value("#f-scheme") == typed
    no_overflow(manager)
    manager.shot("schemes-refused")


def test_a_simulation_runs_beside_and_can_be_cancelled(people):
    manager = people("rand-manager")
    manager.open("/randomization/simulation")
    no_overflow(manager)
    manager.shot("schemes-order")
    manager.fill(runs="20000", participants="900")
    manager.press("main form button")
    for _ in range(60):
        if "0 of" not in manager.text().replace("20000 of", ""):
            break
        time.sleep(0.5)
        manager.open("/randomization")
    assert "runs are done" in manager.text()
    manager.shot("schemes-running")
    no_overflow(manager)
    manager.press("form[action='/randomization/simulation/cancel'] button")
    for _ in range(60):
        if "was cancelled" in manager.text():
            break
        time.sleep(0.5)
        manager.open("/randomization")
    assert "was cancelled; nothing of it is kept" in manager.text()


def test_a_report_stands_beside_the_candidates_with_pictures(people):
    manager = people("rand-manager")
    manager.open("/randomization/simulation")
    manager.fill(runs="60", participants="300", mix="severity=1,3")
    manager.press("main form button")
    for _ in range(120):
        if "is finished" in manager.text():
            break
        time.sleep(0.5)
        manager.open("/randomization")
    manager.shot("schemes-finished")
    manager.press("text=Read the report")
    text = manager.text()
    assert "2: block urn, lambda 2" in text and "3: minimization" in text
    assert "severity=1,3" in text
    assert manager.page.locator("svg.picture.wide").count() == 3
    no_overflow(manager)
    manager.shot("schemes-report")
    with manager.page.expect_download() as download:
        manager.page.click("text=All figures as CSV")
    assert download.value.suggested_filename == "simulation-3.csv"
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["candidate"] for row in rows} == {"2", "3"}
    assert len({row["scheme_sha256"] for row in rows}) == 2
    for number in "23":
        arms = [row for row in rows if row["candidate"] == number and row["quantity"].startswith("allocated to ")]
        assert abs(sum(float(row["mean"]) for row in arms) - 300) < 1e-9
        shown = next(row for row in rows if row["candidate"] == number and row["quantity"] == "imbalance at the end")
        assert f"{float(shown['mean']):.2f} ± {float(shown['standard_error']):.2f}" in text


def test_an_amendment_takes_commitment_second_person_and_entropy(people, amended):
    manager, second = people("rand-manager"), people("stat-unblinded")
    manager.open("/randomization/drafts/2/commit")
    assert "nobody can be randomized" in manager.text()
    no_overflow(manager)
    manager.shot("schemes-commit")
    if manager.page.locator("#f-password").count():
        manager.page.fill("#f-password", PASSWORD)
    manager.press("main form button")
    assert "Another person approves" in manager.text()
    assert manager.page.locator("form[action='/randomization/approve']").count() == 0
    second.open("/randomization")
    assert "block urn, lambda 2" in second.text()
    assert second.open("/randomization/reports/3") == 200
    second.open("/randomization")
    no_overflow(second)
    second.shot("schemes-approve")
    if second.page.locator("#f-password").count():
        second.page.fill("#f-password", PASSWORD)
    second.press("form[action='/randomization/approve'] button")
    manager.open("/randomization")
    manager.shot("schemes-entropy")
    manager.fill(entropy="00" * 15, source="dice of the committee")
    manager.press("form[action='/randomization/entropy'] button")
    assert "at least 32 hexadecimal digits" in manager.text()
    manager.fill(entropy="0f" * 16, source="dice of the committee")
    manager.press("form[action='/randomization/entropy'] button")
    assert "Epoch 2 is in force" in manager.text()
    no_overflow(manager)
    manager.shot("schemes-in-force")


def answer(address, path, headers):
    """Status and bytes of a page or call; only the key that each form draws anew is left out."""
    request = urllib.request.Request(address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        # Alike but for the key of a form and the number of the request.
        return error.code, re.sub(
            rb'name="_key" value="[0-9a-f]{32}"|"request":"[0-9a-f]{16}",|request is (?:<[^>]*>)*[0-9a-f]{16}',
            b"", error.read())


def test_who_enrols_treats_or_rates_is_answered_as_for_a_page_that_does_not_exist(people, amended):
    for name in ("coordinator-101", "investigator-101", "treat-coordinator-101", "rater-1", "data-manager"):
        client = Client(amended, name)
        headers = {"Authorization": "Bearer " + client.token}
        for path in ("/randomization", "/randomization/drafts", "/randomization/drafts/2",
                     "/randomization/drafts/99", "/randomization/drafts/2/commit",
                     "/randomization/simulation", "/randomization/reports/3", "/randomization/reports/99",
                     "/randomization/reports/3/simulation.csv"):
            hidden = answer(amended, path, headers)
            # Of the same section, so that nothing but existence differs.
            absent = answer(amended, "/randomization/absent" if path != "/randomization" else "/absent", headers)
            assert hidden[0] == absent[0] == 404, (name, path)
            assert hidden[1] == absent[1], (name, path)
        for path in ("/randomization", "/randomization/simulations/3", "/randomization/simulations/99",
                     "/randomization/simulations/3/simulation.csv"):
            assert answer(amended, "/api/v1" + path, headers) == answer(amended, "/api/v1/absent", headers)
        for path in ("/randomization/drafts", "/randomization/drafts/2/commit", "/randomization/simulations"):
            with pytest.raises(Refused) as hidden:
                client.call("POST", path, {})
            with pytest.raises(Refused) as absent:
                client.call("POST", "/absent", {})
            assert (hidden.value.status, hidden.value.body) == (absent.value.status, absent.value.body)


def test_the_api_drafts_simulates_and_reads_the_same(amended):
    manager = Client(amended, "rand-manager")
    number = manager.call("POST", "/randomization/drafts", {"method": "definition"})["draft"]
    state = manager.call("GET", "/randomization")
    assert state["state"] == "inForce" and [epoch["epoch"] for epoch in state["epochs"]] == [1, 2]
    mine = [one for one in state["drafts"] if one["draft"] == number][0]
    scheme = json.loads(mine["scheme"])
    assert scheme["epoch"] == 3 and scheme["method"]["type"] == "block"
    scheme["method"] = {"type": "urn", "alpha": 1, "beta": 1}
    other = manager.call("POST", "/randomization/drafts", {"scheme": scheme})["draft"]
    with pytest.raises(Refused) as early:
        manager.call("POST", f"/randomization/drafts/{other}/commit", {"password": PASSWORD})
    assert early.value.body["code"] == "not_simulated"
    simulation = manager.call("POST", "/randomization/simulations", {"runs": 10, "participants": 90})["simulation"]
    for _ in range(60):
        if manager.call("GET", "/randomization")["simulation"]["stage"] == "finished":
            break
        time.sleep(0.5)
    report = manager.call("GET", f"/randomization/simulations/{simulation}")
    assert [one["number"] for one in report["candidates"]] == [number, other]
    table = manager.call("GET", f"/randomization/simulations/{simulation}/simulation.csv").decode()
    assert {line.split(",")[0] for line in table.splitlines()} == {"candidate", str(number), str(other)}
    with pytest.raises(Refused) as bad:
        manager.call("POST", "/randomization/drafts", {"scheme": {**scheme, "epoch": 9}})
    assert bad.value.status == 422 and bad.value.body["faults"][0]["field"] == "epoch"
    with pytest.raises(Refused) as unknown:
        manager.call("POST", "/randomization/drafts", {"method": "coin"})
    assert unknown.value.body["faults"][0]["code"] == "unknown_method"
    assert manager.call("POST", f"/randomization/drafts/{other}/withdraw")["status"] == "withdrawn"
    with pytest.raises(Refused) as closed:
        manager.call("POST", f"/randomization/drafts/{other}/withdraw")
    assert closed.value.body["code"] == "draft_closed"
