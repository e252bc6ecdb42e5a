"""What schemathesis is told about the trial: values that exist, the password, and to count."""

import atexit
import collections
import json
import os
import pathlib
import random

import schemathesis

KNOWN = json.loads(os.environ.get("HOSTILE_KNOWN", "{}"))
COUNTS = collections.Counter()
# A session goes on under another token once its person changes role or password.
RENEWED = {}
CHANCE = random.Random(20270914)
# Texts a reader of the program would look for.
WORDS = ["A reason.", "2026-11-01", "2026-11-01T10:00:00Z", "open", "SITE", "IMP-ELIG", "CARE", "W2"]
ANSWERS = {"vdate": "2026-11-01", "done": "Y", "sbp": "128", "dbp": "82", "hr": "64"}


def truth(name, value):
    """A value that exists in the place of one that was invented."""
    if name == "password":
        # Wrong ones close an account after a while, and the rest of the run would ask nothing.
        return "a day of training"
    if name in KNOWN and isinstance(value, str) and CHANCE.random() < 0.7:
        return CHANCE.choice(KNOWN[name])
    if isinstance(value, str) and CHANCE.random() < 0.3:
        return CHANCE.choice(WORDS)
    if isinstance(value, int) and not isinstance(value, bool) and CHANCE.random() < 0.5:
        return CHANCE.choice([0, 1, 2])
    if name == "answers" and isinstance(value, dict) and CHANCE.random() < 0.5:
        return ANSWERS
    return value


def is_negative(case):
    """Whether the request is meant to be wrong; what makes it so must stay."""
    return bool(case.meta) and case.meta.generation.mode.is_negative


def newest(bearer):
    """The header of a session after all its changes."""
    while bearer in RENEWED:
        bearer = RENEWED[bearer]
    return bearer


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.headers and case.headers.get("Authorization") in RENEWED:
        case.headers["Authorization"] = newest(case.headers["Authorization"])
    if case.path_parameters and not is_negative(case):
        for name, value in list(case.path_parameters.items()):
            case.path_parameters[name] = truth(name, value)
    if isinstance(case.body, dict):
        if "/sessions" not in case.path or case.path.endswith("/confirm"):
            if isinstance(case.body.get("password"), str):
                case.body["password"] = truth("password", "")
        if not is_negative(case) and "/sessions" not in case.path:
            for name, value in list(case.body.items()):
                case.body[name] = truth(name, value)


@schemathesis.hook
def after_call(context, case, response):
    COUNTS[str(response.status_code)] += 1
    if response.status_code == 200 and case.path.endswith(("/account/role", "/account/password")):
        RENEWED[case.headers["Authorization"]] = "Bearer " + json.loads(response.content)["token"]


@atexit.register
def tell():
    place = os.environ.get("HOSTILE_COUNTS")
    if place:
        bearer = newest("Bearer " + os.environ.get("HOSTILE_TOKEN", ""))
        pathlib.Path(place).write_text(json.dumps({"counts": COUNTS, "token": bearer.removeprefix("Bearer ")}))
