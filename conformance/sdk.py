# Pusher's server SDK for Python, asked in lines of JSON on standard input: {"verb", "args"} in,
# {"value"} or {"error"} out. Knows nothing of what the tests want; see backend.ts.

import json
import sys

import pusher
import pusher.pusher_client
from pusher.http import POST, Request, request_method

app_id, key, secret, port, master_key = sys.argv[1:]


class Client(pusher.pusher_client.PusherClient):
    # Version 3.3.4 leaves /apps/ID out of this path, which hosted Pusher does not serve either; the
    # signing is its own.
    @request_method
    def terminate_at_its_address(self, user_id):
        return Request(self, POST, "/apps/%s/users/%s/terminate_connections" % (self.app_id, user_id), {})


settings = dict(ssl=False, host="localhost", port=int(port), encryption_master_key_base64=master_key)
sdk = pusher.Pusher(app_id, key, secret, **settings)
verbs = {"terminate": Client(app_id, key, secret, **settings).terminate_at_its_address}

for line in sys.stdin:
    ask = json.loads(line)
    verb = verbs.get(ask["verb"]) or getattr(sdk, ask["verb"])
    try:
        reply = {"value": verb(*ask["args"])}
    except Exception as error:
        reply = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(reply), flush=True)
