// Decides how a part that few need is fetched when it is first drawn. Knows nothing of what it draws.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { tell } from "../toast";

/** Draws nothing until the part is here, which on a good line nobody sees. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let part: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Part, setPart] = useState(() => part);
    useEffect(() => {
      if (Part) return;
      load().then(
        (loaded) => {
          part = loaded;
          setPart(() => loaded);
        },
        // After an update of the server its old parts are gone.
        () => tell("bad", "This part of the console could not be loaded. Check your connection or reload."),
      );
    }, [Part]);
    return Part ? <Part {...props} /> : null;
  };
}
