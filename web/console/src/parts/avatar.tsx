// Decides how a person is drawn in a circle. Knows nothing of who that is beside name and id.

import { hue, initials } from "../face";

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly small?: boolean;
  /** With a dot; whoever draws it says so in words as well. */
  readonly online?: boolean;
}

/** Decoration: the name always stands beside it as text. */
export function Avatar({ id, name, small, online }: AvatarProps) {
  return (
    <span
      class={`avatar hue-${hue(id)}${small ? " avatar-small" : ""}${online ? " avatar-online" : ""}`}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}
