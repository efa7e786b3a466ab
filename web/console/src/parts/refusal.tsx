// Draws why something was refused, where it was asked for. Knows nothing of what that was.

import type { ComponentChildren } from "preact";
import { sentence } from "../agent-api";
import { Icon } from "./icon";

interface RefusalProps {
  readonly error: unknown;
  /** What can be done about it, below. */
  readonly children?: ComponentChildren;
}

export function Refusal({ error, children }: RefusalProps) {
  const said = <p>{typeof error === "string" ? error : sentence(error)}</p>;
  return (
    <div class="refusal" role="alert">
      <Icon name="alert" />
      {children ? (
        <div>
          {said}
          {children}
        </div>
      ) : (
        said
      )}
    </div>
  );
}
