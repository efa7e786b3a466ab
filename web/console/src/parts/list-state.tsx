// Draws what stands where a list is not: that it is being fetched, that it cannot be, or that it is empty.
// Knows nothing of what the list holds.

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { isOver, sentence } from "../agent-api";
import { RowBones } from "./bones";
import { Icon, type IconName } from "./icon";
import { Refusal } from "./refusal";

/** A list from the server: `null` until it is here. */
export function useList<T>(load: () => Promise<readonly T[]>): {
  readonly list: readonly T[] | null;
  readonly set: (list: readonly T[]) => void;
  readonly trouble: string | null;
  readonly again: () => void;
} {
  const [list, set] = useState<readonly T[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  // What loads is the same for the life of a page.
  const again = useCallback(() => {
    setTrouble(null);
    load().then(set, (error) => {
      if (!isOver(error)) setTrouble(sentence(error));
    });
  }, []);
  useEffect(again, [again]);
  return { list, set, trouble, again };
}

interface ListStateProps {
  readonly list: readonly unknown[] | null;
  readonly trouble: string | null;
  readonly again: () => void;
  /** For screen readers, while it is fetched. */
  readonly loading: string;
  readonly icon: IconName;
  readonly none: string;
  readonly hint: string;
  /** The list itself. */
  readonly children: ComponentChildren;
}

export function ListState({ list, trouble, again, loading, icon, none, hint, children }: ListStateProps) {
  if (trouble && !list)
    return (
      <Refusal error={trouble}>
        <button type="button" class="text-button" onClick={again}>
          Try again
        </button>
      </Refusal>
    );
  if (!list) return <RowBones loading={loading} />;
  if (list.length > 0) return <>{children}</>;
  return (
    <div class="none">
      <span class="empty-sign">
        <Icon name={icon} />
      </span>
      <h2>{none}</h2>
      <p>{hint}</p>
    </div>
  );
}
