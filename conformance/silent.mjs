// A page of its own process, so that a test can stop it as a closed laptop does: pusher-js, whose states
// and error codes go to standard output, a line each.

import Pusher from "pusher-js";

const [key, port] = process.argv.slice(2);
const pusher = new Pusher(key, {
  cluster: "mt1",
  wsHost: "localhost",
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ["ws"],
});
pusher.connection.bind("state_change", ({ current }) => console.log(current));
pusher.connection.bind("error", (failure) => {
  const code = failure.data?.code ?? failure.error?.data?.code;
  if (code) console.log(`${code}`);
});
