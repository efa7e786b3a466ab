// Decides how the pictures of a conversation are looked at, one after the other. Knows nothing of messages
// beyond the pictures in them.

import type { VisitorThread } from "@frontdesk/shared/store";
import { useEffect, useRef, useState } from "preact/hooks";
import { BackIcon, CloseIcon } from "../view/icons";
import { TEXT } from "../view/texts";
import css from "./gallery.css?inline";

export { css };

export type PictureRef = { url: string; name: string };

/** All pictures, in the order in which they were sent. */
export function picturesIn(thread: VisitorThread | null, origin: string): PictureRef[] {
  return (thread?.messages ?? [])
    .flatMap((message) => message.attachments ?? [])
    .filter((file) => file.width && file.height)
    .map(({ url, name }) => ({ url: new URL(url, origin || location.origin).href, name }));
}

type Props = { thread: VisitorThread | null; origin: string; url: string; onClose(): void };

export function Gallery({ thread, origin, url, onClose }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const all = picturesIn(thread, origin);
  const [now, setNow] = useState(url);
  const at = all.findIndex((one) => one.url === now);
  const shown = all[at];

  useEffect(() => {
    // The top layer: over the website too, whatever its own layers are.
    box.current?.showModal();
  }, []);
  // Taken back while it was looked at.
  const isGone = shown === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    if (isGone) onClose();
  }, [isGone]);
  if (!shown) return null;

  const go = (by: number) => setNow(all[at + by]?.url ?? now);
  const keyed = (event: KeyboardEvent) => {
    event.stopPropagation();
    const ltr = getComputedStyle(event.currentTarget as HTMLElement).direction === "ltr" ? 1 : -1;
    if (event.key === "ArrowRight") go(ltr);
    if (event.key === "ArrowLeft") go(-ltr);
  };
  return (
    <dialog ref={box} class="gallery" aria-label={shown.name} onClose={onClose} onKeyDown={keyed}>
      <button type="button" aria-label={TEXT.closePicture} onClick={() => box.current?.close()}>
        <CloseIcon />
      </button>
      <img src={shown.url} alt={shown.name} />
      <footer>
        <button type="button" aria-label={TEXT.previous} disabled={at === 0} onClick={() => go(-1)}>
          <BackIcon />
        </button>
        <p aria-live="polite">
          <span dir="auto">{shown.name}</span>
          <small>
            {at + 1} / {all.length}
          </small>
        </p>
        <a href={shown.url} target="_blank" rel="noopener noreferrer">
          {TEXT.download}
        </a>
        <button
          type="button"
          class="forward"
          aria-label={TEXT.next}
          disabled={at === all.length - 1}
          onClick={() => go(1)}
        >
          <BackIcon />
        </button>
      </footer>
    </dialog>
  );
}
