// Decides how the answer to "why am I polling?" is shown and copied. Knows nothing of the reasons: `why.ts`
// finds the words.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Engine } from "../engine";
import css from "./diagnostics.css?inline";
import { headline, type Surroundings, why } from "./why";

export { css };

type Props = {
  engine: Engine;
  /** Of the server; the page's own without one. */
  origin: string;
  open: boolean;
  onOpen(open: boolean): void;
};

/** The line in the panel that a page with `debug` has, and what it opens. */
export function Diagnostics({ engine, origin, open, onOpen }: Props) {
  useEverySecond();
  const status = engine.status();
  return (
    <>
      {engine.debugs && (
        <button type="button" class="why" onClick={() => onOpen(true)}>
          {headline(status, Date.now())}
        </button>
      )}
      {open && <Answer lines={why(status, Date.now(), surroundings(origin))} onClose={() => onOpen(false)} />}
    </>
  );
}

function Answer({ lines, onClose }: { lines: string[]; onClose(): void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  const text = lines.join("\n");
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      // Not allowed here: the text can be selected.
      () => {},
    );
  return (
    <dialog
      ref={box}
      class="diagnostics"
      lang="en"
      dir="ltr"
      aria-label="Connection"
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h3>Connection</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0}>{text}</pre>
      <footer>
        <button type="button" onClick={copy}>
          {copied ? "Copied" : "Copy as text"}
        </button>
        <button type="button" onClick={() => box.current?.close()}>
          Close
        </button>
      </footer>
    </dialog>
  );
}

/** Ages and the next try are drawn anew. */
function useEverySecond(): void {
  const [, setNow] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
}

function surroundings(origin: string): Surroundings {
  return {
    server: origin || location.origin,
    browser: navigator.userAgent,
    online: navigator.onLine,
    locks: "locks" in navigator,
  };
}
