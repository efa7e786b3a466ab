// Draws the frame in which the widget is seen as it would be. What it shows comes by message, and the frame can
// neither store nor ask anything. Knows nothing of how the draft is made.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PreviewDraft, Scene } from "../widget-draft";

/** Typing must not begin the widget anew with every letter. */
const SETTLES_MS = 250;

interface WidgetPreviewProps {
  readonly draft: PreviewDraft;
  readonly small?: boolean;
}

export function WidgetPreview({ draft, small }: WidgetPreviewProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  /** How often the frame said that it is there: each time it knows nothing yet. */
  const [ready, setReady] = useState(0);
  const said = JSON.stringify(draft);

  // At once: a frame that the browser has kept speaks before anything is painted.
  useLayoutEffect(() => {
    const heard = ({ source, data }: MessageEvent) => {
      if (source === frame.current?.contentWindow && data === "frontdesk-preview")
        setReady((times) => times + 1);
    };
    addEventListener("message", heard);
    return () => removeEventListener("message", heard);
  }, []);

  useEffect(() => {
    if (!ready) return;
    // The frame has no origin that could be named.
    const show = () => frame.current?.contentWindow?.postMessage(JSON.parse(said), "*");
    const timer = setTimeout(show, SETTLES_MS);
    return () => clearTimeout(timer);
  }, [ready, said]);

  return (
    <div class={small ? "preview-frame preview-frame-small" : "preview-frame"}>
      <iframe ref={frame} title="Preview of the chat" sandbox="allow-scripts" src="/preview" />
    </div>
  );
}

const SCENES: readonly (readonly [Scene, string])[] = [
  ["there", "Somebody is there"],
  ["away", "Nobody is there"],
  ["closed", "Closed"],
  ["button", "Only the button"],
];

interface ScenesProps {
  readonly scene: Scene;
  readonly choose: (scene: Scene) => void;
}

/** What the preview pretends. */
export function Scenes({ scene, choose }: ScenesProps) {
  return (
    <fieldset class="scenes">
      <legend class="hidden-text">Show the chat while</legend>
      {SCENES.map(([one, name]) => (
        <button
          type="button"
          key={one}
          class="scene"
          aria-pressed={one === scene}
          onClick={() => choose(one)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
