// Decides what of the page goes with a message, for agents to see where its visitor is: no query and no fragment, in
// which tokens stand. Knows nothing of who wants it; device and language the server reads from the request.

import type { Whereabouts } from "@frontdesk/shared/wire.gen";

export const here = (): Whereabouts => ({
  page: location.origin + location.pathname,
  title: document.title,
  referrer: document.referrer,
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});
