// Draws what somebody wrote: text nodes, and anchors for addresses. Nothing a visitor writes is ever markup.

import { partsOf } from "@frontdesk/shared/links";
import { useMemo } from "preact/hooks";

export function Text({ text }: { readonly text: string }) {
  const parts = useMemo(() => partsOf(text), [text]);
  return (
    <>
      {parts.map((part, n) =>
        part.href ? (
          <a key={n} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </>
  );
}
