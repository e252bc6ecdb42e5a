"""Planning in numbers, as pages and as API calls."""
import csv
import time

import pytest
from api_client import Client, Refused
from conftest import training_server
from playwright.sync_api import sync_playwright
from walk import Person


@pytest.fixture(scope="module")
def server():
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def statistician(server):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield Person(browser, server, "statistician")
        browser.close()


def fits(person):
    for width in (1280, 390):
        person.page.set_viewport_size({"width": width, "height": 900})
        assert person.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    person.page.set_viewport_size({"width": 1280, "height": 900})


def wait_for(person, words):
    for _ in range(240):
        if words in person.text():
            return
        time.sleep(0.5)
        person.open("/planning")
    raise AssertionError(words)


def test_the_page_tells_assumptions_bounds_and_the_size_of_a_comparison(statistician):
    person = statistician
    assert person.open("/planning") == 200
    text = person.text()
    assert "300 participants in each arm" in text and "2.963" in text and "0.001525" in text
    assert person.page.locator("svg.picture.wide").count() == 1
    fits(person)
    person.shot("planning")
    person.page.fill("#f-experimental", "0.55")
    person.page.fill("#f-comparator", "0.55")
    person.press("form[action='/planning'] button")
    # f-ss-rd-0.55-0.55m-0.1r1b0.1 of the reference cases: 517.06 an arm.
    assert "518 in the experimental arm and 518 in the comparator, 1036 together." in person.text()


@pytest.mark.parametrize("field, value, reason", [
    ("margin", "0.10", "must be negative"),
    ("margin", "ten", "Write a plain number"),
    ("experimental", "0.2", "lies in the null hypothesis"),
])
def test_a_plan_that_cannot_be_is_refused_with_the_reason(statistician, field, value, reason):
    person = statistician
    person.open("/planning")
    person.page.fill(f"#f-{field}", value)
    person.press("form[action='/planning'] button")
    assert reason in person.text()
    assert person.page.input_value(f"#f-{field}") == value
    fits(person)


def test_a_simulation_runs_beside_can_be_cancelled_and_refuses_a_bad_order(statistician):
    person = statistician
    person.open("/planning/simulation")
    fits(person)
    person.shot("planning-order")
    person.fill(runs="10", per_arm="300")
    person.press("main form button")
    assert "The number of runs lies between 100 and 10000000" in person.text()
    assert person.page.input_value("#f-runs") == "10"
    person.fill(runs="400000", dropout="0.1")
    person.press("main form button")
    wait_for(person, "runs are done")
    person.shot("planning-running")
    fits(person)
    person.press("form[action='/planning/simulation/cancel'] button")
    wait_for(person, "was cancelled; nothing of it is kept")


def test_a_report_has_picture_table_and_files(statistician):
    person = statistician
    person.open("/planning/simulation")
    person.fill(runs="400", per_arm="200", cluster="KAP:10:0.05")
    person.press("main form button")
    wait_for(person, "is finished")
    person.press("text=Report of simulation 2")
    text = person.text()
    for words in ("H1 is shown in", "H5", "Stopping for futility would be advised",
                  "10 participants each in KAP", "The advice binds nobody."):
        assert words in text
    assert person.page.locator("svg.picture.wide").count() == 1
    fits(person)
    person.shot("planning-report")
    with person.page.expect_download() as download:
        person.page.click("text=All figures as CSV")
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["hypothesis"] for row in rows] == ["H1", "H2", "H3", "H4", "H5"]
    assert f"{100 * float(rows[0]['shown']):.1f} %" in text
    with person.page.expect_download() as download:
        person.page.click("text=The picture as a file")
    with open(download.value.path(), encoding="utf-8") as file:
        assert file.read().startswith("<svg")


def test_programs_plan_by_the_same_rules(server):
    other = Client(server, "data-manager")
    for method, path in (("GET", "/planning"), ("POST", "/planning/simulations"),
                         ("GET", "/planning/simulations/2")):
        with pytest.raises(Refused) as refused:
            other.call(method, path)
        assert refused.value.status == 404


def test_programs_order_follow_and_read_a_simulation():
    with training_server() as address:
        client = Client(address, "statistician")
        planned = client.call("GET", "/planning")["planned"]
        assert planned["perArm"] == 300 and planned["rates"]["ECT"] == 0.45
        for body, field in (({"runs": 5}, "runs"), ({"dropout": "much"}, "dropout"),
                            ({"rates": {"KAP": "1.5"}}, "rates"), ({"cluster": "KAP:3"}, "cluster")):
            with pytest.raises(Refused) as refused:
                client.call("POST", "/planning/simulations", body)
            assert field in str(refused.value.body)
        order = {"runs": 300, "key": 7, "per_arm": 60, "dropout": "0.1", "rates": {"KAP": "0.7"},
                 "cluster": "KAP:10:0.05", "with_looks": False}
        number = client.call("POST", "/planning/simulations", order)["simulation"]
        for _ in range(240):
            latest = client.call("GET", "/planning")["simulations"][-1]
            if latest["stage"] == "finished":
                break
            time.sleep(0.25)
        report = client.call("GET", f"/planning/simulations/{number}")
        assert report["order"]["rates"]["KAP"] == 0.7 and report["order"]["cluster"]["size"] == 10
        assert len(report["looks"]) == 1 and len(report["tests"]) == 5
        figures = client.call("GET", f"/planning/simulations/{number}/design.csv").decode()
        assert figures.splitlines()[1].startswith("H1,KAP − ECT,")
