"""Who asks, and what of a request no description can say.

A request is made in a browser of one of the company's people, who are signed in here; a person has several, since each may
ask for only so much. A request that is meant to be right gets ids that there are, moments that lie ahead, and passwords.
"""

import datetime
import itertools
import json
import os
import random
import time

import requests
import schemathesis

ORIGIN, PASSWORD = os.environ["RAPPORT"], os.environ["PASSWORD"]
PEOPLE = os.environ["PEOPLE"].split()
COOKIE, CSRF = "__Host-rapport", "X-Rapport-Csrf"
# What the server lets one session ask for, and a little less.
BURST, PER_SECOND = 180, 18
# Of the requests that are meant to be right, this share is about things that there are.
KNOWN = 0.8

chance = random.Random(20260105)
numbers = itertools.count(1)
# Every browser by its cookie.
signed_in = {}


class Browser:
    """A person's sign-in."""

    def __init__(self, person):
        self.address = f"{person}@example.com"
        self.http = requests.Session()
        self.http.verify = os.environ["CA"]
        self.http.headers["Origin"] = ORIGIN
        sign_in = {"address": self.address, "password": PASSWORD, "label": "schemathesis"}
        answer = self.http.post(f"{ORIGIN}/api/v1/session", json=sign_in)
        answer.raise_for_status()
        self.goes_on_as(answer)
        self.left, self.since = float(BURST), time.monotonic()

    def goes_on_as(self, answer):
        self.cookie, self.csrf = answer.cookies[COOKIE], answer.json()["csrf"]
        signed_in[self.cookie] = self

    def ask(self, method, path, body=None):
        headers = {"Cookie": f"{COOKIE}={self.cookie}", CSRF: self.csrf}
        self.left -= 1
        try:
            answer = self.http.request(method, f"{ORIGIN}/api/v1{path}", json=body, headers=headers)
        except requests.ConnectionError:
            # Whoever asks seldom finds the connection closed.
            answer = self.http.request(method, f"{ORIGIN}/api/v1{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def may_ask(self):
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.since) * PER_SECOND)
        self.since = now
        return self.left >= 5


class Person:
    """Somebody with several browsers; the one that was used last is used again while it may ask."""

    def __init__(self, name, browsers):
        self.name, self.browsers = name, [Browser(name) for _ in range(browsers)]

    def browser(self):
        while True:
            for _ in self.browsers:
                if self.browsers[0].may_ask():
                    return self.browsers[0]
                self.browsers.append(self.browsers.pop(0))
            time.sleep(0.1)


*MANY, GUS, PAT = PEOPLE
# Whoever asks for one kind of thing asks for all of that kind: what was made is found again.
PERSON_OF = {
    "conversations": 0, "groups": 1, "contacts": 1, "people": 2, "access": 2, "adders": 2, "me": 3, "settings": 3,
    "history": 4, "app-passwords": 5, "sessions": 5, "endpoints": 5, "session": 5, "events": 5, "snapshot": 4,
}
people = [Person(name, 4) for name in MANY]
# Everybody has a contact, has been added by somebody, and has said something.
for one, other in zip(people, people[1:] + people[:1]):
    one.browser().ask("PUT", f"/contacts/{other.name}@example.com", {})
    talk = one.browser().ask("POST", "/conversations", {"person": f"{other.name}@example.com"})
    said = {"clientId": "0", "text": "hello"}
    one.browser().ask("POST", f"/conversations/{talk['id']}/messages", said)

# What ends sessions ends one that was begun for it.
ENDS_SESSIONS = {"signOut", "endOtherSessions", "endSession", "signOutEndpoint"}
# Whoever changes the password goes on in the same session under another id; nobody signs in again, since wrong guesses
# lock the account.
pat, password = Browser(PAT), PASSWORD


def name_of(operation):
    return operation.definition.raw.get("operationId", "")


@schemathesis.auth(refresh_interval=None)
class Signed:
    """The session that a request is asked in."""

    def get(self, case, ctx):
        name = name_of(ctx.operation)
        if not ctx.operation.definition.raw.get("security"):
            return None
        if name in ENDS_SESSIONS:
            return Browser(GUS)
        if name == "changePassword":
            return pat
        kind = ctx.operation.path.removeprefix("/api/v1/").split("/")[0]
        browser = people[PERSON_OF[kind]].browser()
        browser.left -= 1
        return browser

    def set(self, case, browser, ctx):
        case.cookies = {**(case.cookies or {}), COOKIE: browser.cookie}
        case.headers[CSRF] = browser.csrf


def is_right(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def soon():
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1 + next(numbers) % 100)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def colleague(browser=None):
    """The address of somebody else."""
    others = [name for name in MANY if browser is None or browser.address != f"{name}@example.com"]
    return f"{chance.choice(others)}@example.com"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    case.headers["Origin"] = ORIGIN
    # Who may not ask is answered before the body is read, and the connection closed. Where a body is long this tool still
    # writes it then, and takes that for a fault; so it writes long ones only to see that they are too long.
    for field, text in list(case.body.items()) if isinstance(case.body, dict) else []:
        if isinstance(text, str) and 4000 < len(text.encode("utf8", "replace")) and len(text) <= 16384:
            case.body[field] = "x" * min(len(text), 2000)
    if not is_right(case):
        return
    name, body, path = name_of(case.operation), case.body, case.path_parameters or {}
    browser = signed_in.get((case.cookies or {}).get(COOKIE))
    if isinstance(body, dict):
        if isinstance(body.get("until"), str):
            body["until"] = soon()
        for field in ("name", "text"):
            # That a text must say something is more than a pattern says without trying every place in it.
            if isinstance(body.get(field), str) and not body[field].strip() and name != "setNote":
                body[field] = "x"
        if name == "signIn":
            body["address"] = colleague()
            body["password"] = PASSWORD if chance.random() < KNOWN else "wrong-" + str(body["password"])[:900]
        if name == "changePassword":
            body["current"], body["new"] = password, f"quartz lantern {next(numbers)} drifts away"
        if name == "beginConversation":
            body["person"] = colleague(browser)
        if name == "sendMessage" and len((body.get("html") or "").encode() + body["text"].encode()) > 16384:
            body["html"] = None
    if browser is None or chance.random() > KNOWN:
        return
    if "person" in path:
        case.path_parameters["person"] = colleague(browser)
    if "id" in path and case.operation.path.startswith("/api/v1/conversations/"):
        begun = browser.ask("POST", "/conversations", {"person": colleague(browser)})
        case.path_parameters["id"] = begun["id"]
    if name == "endSession":
        sessions = Browser(GUS).ask("GET", "/sessions")["sessions"]
        case.path_parameters["id"] = next(session["id"] for session in sessions if session["isThis"])
    if name == "signOutEndpoint":
        endpoints = Browser(GUS).ask("GET", "/endpoints")["endpoints"]
        case.path_parameters["id"] = next(endpoint["id"] for endpoint in endpoints if endpoint["isThis"])
    if "id" in path and case.operation.path.startswith("/api/v1/groups/"):
        case.path_parameters["id"] = browser.ask("POST", "/groups", {"name": f"g{next(numbers) % 8}"})["id"]


@schemathesis.hook
def after_call(ctx, case, response):
    global password
    if name_of(case.operation) == "changePassword" and response.status_code == 200:
        pat.cookie, pat.csrf = response.headers["set-cookie"][0].split("=")[1].split(";")[0], response.json()["csrf"]
        signed_in[pat.cookie] = pat
        password = case.body["new"]


with open(os.environ["DESCRIPTION"]) as description:
    SCHEMAS = json.load(description)["components"]["schemas"]


@schemathesis.hook
def filter_body(ctx, body):
    """A description can say how many characters a text has; the server counts octets."""
    content = ctx.operation.definition.raw["requestBody"]["content"]["application/json"]["schema"]
    properties = SCHEMAS[content["$ref"].rsplit("/", 1)[1]]["properties"] if "$ref" in content else {}
    if not isinstance(body, dict):
        return True
    texts = [(text, properties.get(key, {}).get("maxLength")) for key, text in body.items() if isinstance(text, str)]
    return all(most is None or len(text) > most or len(text.encode("utf8", "replace")) <= most for text, most in texts)
