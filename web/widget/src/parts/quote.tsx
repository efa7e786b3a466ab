// Decides how the message that is answered to is shown above the answer. Knows nothing of the answer.

import type { Quote } from "@frontdesk/shared/wire.gen";
import { TEXT } from "../view/texts";
import css from "./quote.css?inline";

export { css };

export function Quoted({ quote }: { quote: Quote }) {
  /** To the message, if it is loaded. */
  const show = (event: MouseEvent) => {
    const root = (event.currentTarget as HTMLElement).getRootNode() as ShadowRoot;
    root.getElementById(quote.id)?.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  const name = quote.sender_type === "visitor" ? TEXT.you : quote.sender_name;
  return (
    <button type="button" class="quote" onClick={show}>
      <b>{name}</b>
      <span dir="auto">{quote.text || TEXT.takenBack}</span>
    </button>
  );
}
