// Draws what somebody wrote: text nodes, anchors for addresses, the few signs people mark words with, and the
// colleagues a note calls. Nothing a visitor writes is ever markup.

import { type Rich, richOf } from "@frontdesk/shared/rich";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Colleague, spans } from "../mention";

interface TextProps {
  readonly text: string;
  /** Those whose names are called. */
  readonly called?: readonly Colleague[];
}

const NOBODY: readonly Colleague[] = [];

export function Text({ text, called = NOBODY }: TextProps) {
  const parts = useMemo(() => richOf(text), [text]);
  return <>{parts.map((part, n) => drawn(part, n, called))}</>;
}

function drawn(part: Rich, key: number, called: readonly Colleague[]): ComponentChildren {
  const inside = () => "inside" in part && part.inside.map((one, n) => drawn(one, n, called));
  switch (part.kind) {
    case "text":
      return called.length ? withNames(part.text, called) : part.text;
    case "link":
      return (
        <a key={key} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      );
    case "code":
      return <code key={key}>{part.text}</code>;
    case "block":
      return (
        <pre key={key}>
          <code>{part.text}</code>
        </pre>
      );
    case "bold":
      return <strong key={key}>{inside()}</strong>;
    case "italic":
      return <em key={key}>{inside()}</em>;
    case "struck":
      return <s key={key}>{inside()}</s>;
  }
}

function withNames(text: string, called: readonly Colleague[]): ComponentChildren[] {
  const pieces: ComponentChildren[] = [];
  let from = 0;
  for (const span of spans(text, called)) {
    pieces.push(
      text.slice(from, span.from),
      <span key={span.from} class="mention">
        {text.slice(span.from, span.to)}
      </span>,
    );
    from = span.to;
  }
  return [...pieces, text.slice(from)];
}
