// Draws why something was refused, where it was asked for. Knows nothing of what that was.

import { sentence } from "../agent-api";
import { Icon } from "./icon";

export function Refusal({ error }: { readonly error: unknown }) {
  return (
    <div class="refusal" role="alert">
      <Icon name="alert" />
      <p>{typeof error === "string" ? error : sentence(error)}</p>
    </div>
  );
}
