// Decides how marked-up text is drawn. Knows nothing of messages; makes no HTML from text.

import { type Rich, richOf } from "@frontdesk/shared/rich";
import type { ComponentChildren } from "preact";
import css from "./rich.css?inline";

export { css };

export function RichText({ text }: { text: string }) {
  return <>{richOf(text).map(node)}</>;
}

function node(part: Rich): ComponentChildren {
  switch (part.kind) {
    case "text":
      return part.text;
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      );
    case "code":
      return <code>{part.text}</code>;
    case "block":
      return (
        <pre dir="ltr">
          <code>{part.text}</code>
        </pre>
      );
    case "bold":
      return <strong>{part.inside.map(node)}</strong>;
    case "italic":
      return <em>{part.inside.map(node)}</em>;
    case "struck":
      return <s>{part.inside.map(node)}</s>;
  }
}
