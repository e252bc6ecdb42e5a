"""Schemathesis against the served description, as a stranger and as every role in turn.

Usage: api.py [--full] [--as USER]...
Every operation of the description is asked, those that change something among them, with what it
describes and with what it does not. Half of the addresses and bodies are given values that exist
(participants, forms, visits, numbers), so that requests get past the first "no such page". Fails on
a status, type, header or body that the description does not have, and on any 5xx.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from grounds import ROOT, Grounds, Refused, everybody, one_of_each, sign_in

HERE = pathlib.Path(__file__).parent
# What is held against the answers. That every valid request is accepted is not among it: a valid
# request may be refused by the state of a trial.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
          "response_headers_conformance,response_schema_conformance,negative_data_rejection,"
          "unsupported_method,allow_header_conformance")
# Ends the session that asks; it is asked by the stranger alone.
ENDING = "/api/v1/sessions/end"
LEAST = 20_000


def attack(address, user, token, asked, known, out):
    """One run of schemathesis; gives its words, the requests counted by status, whether it failed, and the token the
    session has at its end."""
    counts = out / f"{user}.counts"
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"), "run",
        address + "/api/v1/openapi.json", "--checks", CHECKS, "--no-shrink", "--continue-on-failure",
        "--seed", "20270914", "--request-timeout", "60", "--warnings", "off",
        "--suppress-health-check", "all", *asked]
    if token:
        command += ["-H", f"Authorization: Bearer {token}", "--exclude-path", ENDING]
    environment = dict(
        os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE), HOSTILE_COUNTS=str(counts),
        HOSTILE_KNOWN=json.dumps(known), HOSTILE_TOKEN=token or "", NO_COLOR="1")
    # A folder of its own: schemathesis reads and writes files where it runs.
    with tempfile.TemporaryDirectory() as place:
        run = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=3600)
    words = run.stdout + run.stderr
    (out / f"{user}.txt").write_text(words)
    told = json.loads(counts.read_text()) if counts.exists() else {}
    return (words, collections.Counter(told.get("counts")), run.returncode != 0,
            told.get("token") or token)


def is_signed_in(client):
    try:
        client.call("GET", "/me")
        return True
    except Refused:
        return False


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"at least {LEAST} requests in sum")
    parser.add_argument("--as", dest="users", action="append", help="only this user name")
    options = parser.parse_args()
    out = ROOT / ".build/hostile"
    out.mkdir(parents=True, exist_ok=True)
    began, total, failed = time.monotonic(), collections.Counter(), []
    with contextlib.ExitStack() as stack:
        grounds = Grounds(stack)
        for refusal in grounds.populate():
            print("  not there:", refusal)
            failed.append("a record that is not there")
        users = options.users or one_of_each(everybody(grounds.address))
        amiss = [] if options.users else grounds.roles_amiss(users)
        if amiss:
            print("  roles that nobody asks in (-) or the study does not have (+):", *amiss)
            failed.append("not every role")
        # Who manages accounts comes last, and may end the others' rights.
        users.sort(key=lambda name: name.startswith("access"))
        tokens = [task["token"] for task in grounds.client("rater-1").call("GET", "/desk")]
        known = {
            "participant": grounds.keys, "site": ["101", "104"], "token": tokens or ["0"],
            "form": ["DM", "VS", "ICF", "SAE", "CM", "MADRS", "SLOT", "ELIG"],
            "visit": ["SCR", "BL", "RND", "UNS"], "number": ["1", "2"], "version": ["1", "2", "1.0"],
            "clock": ["sae_triage", "sae_follow_up"], "user": ["rater-3", "coordinator-104"],
            # One that is open, one that was answered.
            "link": [grounds.link("PHQ9"), grounds.answered], "report": ["1"],
            "instrument": ["QIDSSR16"],
            "day": ["2026-01-01"], "alert": ["1"], "notice": ["1"], "first": ["1"], "second": ["2"]}
        if not options.users:
            users.insert(0, "stranger")
        # The described and the undescribed in turn; the short form tries some of each.
        asked = ["--phases", "coverage,fuzzing", "-n", "4"] if options.full else [
            "--phases", "fuzzing", "-n", "1"]

        def turn(user):
            client = None if user == "stranger" else sign_in(grounds.address, user)
            words, counts, is_bad, token = attack(
                grounds.address, user, client.token if client else None, asked, known, out)
            if client:
                client.token = token
            if client and not is_signed_in(client):
                is_bad, words = True, words + f"\n{user} was no longer signed in at the end.\n"
            if not counts:
                is_bad, words = True, words + f"\n{user} asked nothing.\n"
            return user, words, counts, is_bad

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for user, words, counts, is_bad in pool.map(turn, users):
                total += counts
                print(f"  {user}: {sum(counts.values())} requests,",
                      ", ".join(f"{status} {counts[status]}" for status in sorted(counts)), flush=True)
                if is_bad:
                    failed.append(user)
                    start = words.find("= FAILURES =")
                    print(words[max(start, 0):][:6000] if start >= 0 else words[-3000:])
    requests = sum(total.values())
    if options.full and not options.users and requests < LEAST:
        failed.append(f"only {requests} requests")
    broken = sum(count for status, count in total.items() if status.startswith("5"))
    print(f"api: {requests} requests as {len(users)} people in {time.monotonic() - began:.0f} s, "
          f"{broken} answered with 5xx, "
          + ("nothing undocumented." if not failed else f"FAILED as {', '.join(failed)}."))
    return 1 if failed or broken or not requests else 0


if __name__ == "__main__":
    sys.exit(main())
