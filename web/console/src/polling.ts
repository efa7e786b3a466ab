// Decides when a page that shows the server at work asks again: a moment after each answer, while somebody can see it,
// and at once when they look again. Knows nothing of what is asked.

/** Between an answer and the next question. */
export const EVERY_MS = 2_000;

/** Asks until the function it answers is called. A question that fails is the asker's business. */
export function keepAsking(ask: () => Promise<void>, every_ms = EVERY_MS): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let over = false;
  const seen = () => document.visibilityState === "visible";
  const next = async () => {
    clearTimeout(timer);
    if (over || asking || !seen()) return;
    asking = true;
    await ask().catch(() => undefined);
    asking = false;
    if (!over && seen()) timer = setTimeout(() => void next(), every_ms);
  };
  const looked = () => (seen() ? void next() : clearTimeout(timer));
  document.addEventListener("visibilitychange", looked);
  void next();
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", looked);
  };
}
