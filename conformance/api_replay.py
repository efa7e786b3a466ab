"""Replays the OpenAPI document against a running server with schemathesis: no 5xx, and every reply as the
document says. Decides with which credential each part is replayed; knows nothing of what the routes do."""

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
SERVER = TREE / "target" / "ci" / "frontdesk"
PASSWORD = "correct horse battery"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Six runs, a minute and a half in all.
SECONDS_EACH = 15
# What they are without limits: the replay is a flood.
UNLIMITED = ["SESSIONS", "LOGINS", "MESSAGES", "KEY_CALLS"]


def start(folder):
    """The server, its address, and the code of its set-up link."""
    environment = {f"FRONTDESK_{name}_PER_MINUTE": "0" for name in UNLIMITED} | {"PATH": "/usr/bin:/bin"}
    command = [SERVER, "serve", "--host", "127.0.0.1", "--port", str(port()), "--data", folder]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    code = None
    for line in server.stderr:
        code = code or (re.search(r"#setup=(\S+)", line) or [None, None])[1]
        if "chatbot-test.html" in line:
            break
    address = server.stdout.readline().split()[-1]
    return server, address, code


def port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def call(address, path, body=None, **headers):
    """One request; the reply's JSON and headers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers)) as reply:
        return json.loads(reply.read() or "null"), reply.headers


def replayable(document, ids):
    """The document as served, but that nobody waits, and that every other id exists."""
    for path, operations in document["paths"].items():
        known = [known for area, known in ids.items() if path.startswith(area)]
        for operation in operations.values():
            parameters = [one for one in operation.get("parameters", []) if one["name"] != "wait"]
            operation["parameters"] = parameters
            for one in parameters:
                if one["in"] == "path" and one["name"] == "id" and known:
                    one["schema"] = {"enum": [known[0], "unknown"]}
    return document


def replay(address, document, headers, paths, examples):
    """One run of schemathesis over the paths that match; true if it found nothing."""
    command = [Path(sys.executable).parent / "schemathesis", "run", document, "--url", address, "--checks", CHECKS]
    command += ["--phases", "fuzzing", "--max-examples", str(examples), "--seed", "7", "--generation-deterministic"]
    command += ["--include-path-regex", paths, "--exclude-path-regex", "(/logout|/attachments|/uploads.*)$", "--request-timeout", "10"]
    command += ["--generation-with-security-parameters", "false"]
    command += ["--max-time", str(SECONDS_EACH), "--continue-on-failure", "--no-color", "--warnings", "off"]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    return subprocess.run(command, cwd=tempfile.mkdtemp()).returncode == 0


def make(address, widget, session, me, signed_in):
    """What the replay talks about: an id for each part of the document, the longest paths first."""
    visitor = {"authorization": f"Bearer {session['token']}"}
    conversation = call(address, "/api/chatbot/conversation", {}, **visitor)[0]["conversation"]["id"]
    talk = f"/api/chatbot/conversation/{conversation}/messages"
    message = call(address, talk, {"message": "Hello"}, **visitor)[0]["message"]["id"]
    answer = f"/api/v1/conversations/{conversation}/messages"
    answer = call(address, answer, {"message": "Hi"}, **signed_in)[0]["message"]["id"]
    stranger, _ = call(address, "/api/chatbot/session", {}, authorization=f"Bearer {widget}")
    known, _ = call(address, "/api/chatbot/session", {}, authorization=f"Bearer {widget}")
    link = f"/api/v1/visitors/{known['visitor']['id']}/contact"
    contact = call(address, link, {"name": "Kim"}, **signed_in)[0]["contact"]["id"]
    hook = {"url": "https://shop.example/hook"}
    hook = call(address, "/api/v1/webhooks", hook, **signed_in)[0]["webhook"]["id"]
    return {
        # Whoever is erased is asked for no more.
        "/api/v1/contacts/{id}/erase": stranger["visitor"]["id"],
        "/api/v1/contacts/": contact,
        "/api/v1/visitors/": known["visitor"]["id"],
        "/api/v1/messages/": answer,
        "/api/chatbot/messages/": message,
        "/api/chatbot/conversation/": conversation,
        "/api/v1/conversations/": conversation,
        "/api/v1/widgets/": me["widgets"][0]["id"],
        "/api/v1/webhooks/": hook,
    }


def main():
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        server, address, code = start(folder)
        try:
            owner = {"code": code, "name": "Ben", "email": "ben@desk.example", "password": PASSWORD}
            me, headers = call(address, "/api/v1/setup", owner)
            session = headers["set-cookie"].split(";")[0]
            signed_in = {"cookie": session, "x_csrf_token": me["csrf"]}
            scopes = ["conversations:read", "conversations:write", "contacts:read", "contacts:write", "widgets:read"]
            scopes += ["widgets:write", "agents:read", "webhooks", "blocks"]
            key, _ = call(address, "/api/v1/keys", {"name": "Replay", "scopes": scopes}, **signed_in)
            widget = me["widgets"][0]["token"]
            visitor, _ = call(address, "/api/chatbot/session", {}, authorization=f"Bearer {widget}")
            by = lambda token: {"Authorization": f"Bearer {token}"}
            cookie = {"Cookie": session, "X-CSRF-Token": me["csrf"]}
            runs = [
                (by(visitor["token"]), "^/(api/chatbot/(conversation|messages|identify)|broadcasting)", examples),
                (by(widget), "^/api/chatbot/(config|session)", examples),
                (by(key["secret"]), "^/api/v1/(conversations|messages|tags)", examples),
                (by(key["secret"]), "^/api/v1/(events|widgets|webhooks|blocks|contacts|visitors|agents)", examples),
                # Whoever signs in or out, and what no key may do.
                (cookie, "^/api/v1/(me$|keys|widgets/.*/identity|contacts/.*/(export|erase))", examples),
                (cookie, "^/api/v1/(agents|setup|login)", examples),
            ]
            ids = make(address, widget, visitor, me, signed_in)
            document = Path(folder) / "openapi.json"
            document.write_text(json.dumps(replayable(call(address, "/openapi.json")[0], ids)))
            found = [paths for headers, paths, many in runs if not replay(address, document, headers, paths, many)]
        finally:
            server.kill()
    if found:
        sys.exit(f"Replies differ from the document: {', '.join(found)}")


main()
