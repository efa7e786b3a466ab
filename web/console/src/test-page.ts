// Decides whether the test page can be opened from here: unless it is a demo, the server shows it on its own
// computer only (ruling 17), and a link that leads nowhere is worse than none. Knows nothing of the page.

import { effect, signal } from "@preact/signals";
import { me } from "./session";

export const TEST_PAGE = "/chatbot-test.html";

/** `null` until the server has said. */
export const testPage = signal<boolean | null>(null);

/** Asked once somebody is signed in, and once. */
export function askForTestPage(): void {
  const stop = effect(() => {
    if (!me.value) return;
    queueMicrotask(() => stop());
    fetch(TEST_PAGE, { method: "HEAD" }).then(
      (reply) => {
        testPage.value = reply.ok;
      },
      () => {
        testPage.value = false;
      },
    );
  });
}
