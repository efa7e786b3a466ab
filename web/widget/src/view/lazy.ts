// Decides how a part of the panel comes when it is first needed, with its style. Knows nothing of
// what the parts do.

import { useEffect, useState } from "preact/hooks";

/** Adopted by every panel; grows by the style of each part that came. */
export const lazyStyle = new CSSStyleSheet();
let css = "";

type Part = { css?: string };

const parts = {
  actions: () => import("../parts/actions"),
  emoji: () => import("../parts/emoji"),
  files: () => import("../parts/files"),
  gallery: () => import("../parts/gallery"),
  rich: () => import("../parts/rich"),
  recorder: () => import("../parts/voice"),
  player: () => import("../parts/player"),
  list: () => import("../parts/list"),
  forms: () => import("../parts/forms"),
  diagnostics: () => import("../parts/diagnostics"),
  marks: () => import("../parts/marks"),
  modal: () => import("../parts/modal"),
};
type Parts = { [name in keyof typeof parts]: Awaited<ReturnType<(typeof parts)[name]>> };
const loaded: Partial<Parts> = {};

/** Resolves to the part; after a failure it is fetched anew at the next call. */
async function fetchPart<N extends keyof Parts>(name: N): Promise<Parts[N]> {
  const part = (await parts[name]()) as Parts[N];
  if (!loaded[name]) {
    loaded[name] = part;
    css += (part as Part).css ?? "";
    lazyStyle.replaceSync(css);
  }
  return part;
}

/** The part once it is there; `null` until then, or while it is not `wanted`. */
export function usePart<N extends keyof Parts>(name: N, wanted: boolean): Parts[N] | null {
  const [part, setPart] = useState<Parts[N] | null>(loaded[name] ?? null);
  useEffect(() => {
    let gone = false;
    if (wanted && !part)
      fetchPart(name).then(
        (one) => !gone && setPart(one),
        () => {},
      );
    return () => {
      gone = true;
    };
  }, [name, wanted, part]);
  return wanted ? part : null;
}
