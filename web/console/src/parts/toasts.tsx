// Draws the short sentences of `toast`. Knows nothing of where they come from.

import { dismiss, toasts } from "../toast";
import { Icon } from "./icon";

export function Toasts() {
  return (
    <div class="toasts" role="alert">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast toast-${toast.tone}`}>
          <Icon name={toast.tone === "bad" ? "alert" : "check"} />
          <p>{toast.text}</p>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
