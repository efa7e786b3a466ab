// Decides where the message list stands: at its end while the reader is there, in its place when
// earlier messages are put before. Knows nothing of what is in the list.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** This near to the end the reader is reading the end. */
const NEAR_PX = 80;

/** `shape` changes whenever the list's content does; `force` goes to the end wherever the reader is. */
export function useEnd(list: RefObject<HTMLElement | null>, shape: string, force: boolean) {
  const [atEnd, setAtEnd] = useState(true);
  const height = useRef(0);

  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !shape) return;
    if (atEnd || force) box.scrollTop = box.scrollHeight;
    else if (box.scrollTop < NEAR_PX) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
  }, [list, shape, atEnd, force]);

  // The keyboard of a phone, or a growing composer, makes the box smaller: the end stays in sight.
  useEffect(() => {
    const box = list.current;
    if (!box || !atEnd || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [list, atEnd]);

  const scrolled = () => {
    const box = list.current;
    if (box) setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX);
  };
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight, behavior: "smooth" });
  return { atEnd, scrolled, toEnd };
}
