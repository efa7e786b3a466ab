// Decides how a person is drawn in a circle. Knows nothing of who that is beside name and id.

import { hue, initials } from "../face";

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly small?: boolean;
}

/** Decoration: the name always stands beside it as text. */
export function Avatar({ id, name, small }: AvatarProps) {
  return (
    <span class={`avatar hue-${hue(id)}${small ? " avatar-small" : ""}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
