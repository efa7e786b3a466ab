// Decides where the message list stands: at its end while the reader is there, in its place when
// earlier messages are put before. Knows nothing of what is in the list.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** This near to the end the reader is reading the end; this near to the start they want what was before. */
const NEAR_PX = 80;

type Content = {
  /** Changes whenever what stands in the list does. */
  shape: string;
  /** Changes when something is put before. */
  first: string;
  /** While it is new, to the end wherever the reader is. */
  force: string;
  /** Asks for what was before. */
  onTop: (() => void) | null;
};

export function useEnd(list: RefObject<HTMLElement | null>, { shape, first, force, onTop }: Content) {
  const [atEnd, setAtEnd] = useState(true);
  const before = useRef({ height: 0, first, force: "" });

  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !shape) return;
    const was = before.current;
    if (atEnd || (force && force !== was.force)) box.scrollTop = box.scrollHeight;
    // What the reader looks at stays under their eyes.
    else if (first !== was.first) box.scrollTop += box.scrollHeight - was.height;
    before.current = { height: box.scrollHeight, first, force };
  }, [list, shape, first, force, atEnd]);

  // A picture that came, the keyboard of a phone, a growing composer: the end stays in sight.
  useEffect(() => {
    const box = list.current;
    if (!box || !atEnd || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    // What stands in it may grow after it was drawn.
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, [list, atEnd]);

  const scrolled = () => {
    const box = list.current;
    if (!box) return;
    before.current.height = box.scrollHeight;
    setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX);
    if (box.scrollTop < NEAR_PX && box.scrollHeight > box.clientHeight) onTop?.();
  };
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight, behavior: "smooth" });
  return { atEnd, scrolled, toEnd };
}
