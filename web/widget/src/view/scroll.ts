// Decides where the message list stands, and which stretch of it is drawn: its end while the reader is there,
// what is around the place they read else. Knows nothing of what is in the list.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** This near to the end the reader is reading the end; this near to the start they want what was before. */
const NEAR_PX = 80;

/** So many are drawn at once, however many are loaded; the stretch moves by so many. */
const DRAWN = 200;
const STEP = 50;

type Content = {
  /** Changes whenever what stands in the list does. */
  shape: string;
  /** How many could be drawn. */
  count: number;
  /** While it is new, to the end wherever the reader is. */
  force: string;
  /** Asks for what was before. */
  onTop: (() => void) | null;
};

export function useEnd(list: RefObject<HTMLElement | null>, { shape, count, force, onTop }: Content) {
  const [atEnd, setAtEnd] = useState(true);
  /** So many of the newest are not drawn. */
  const [skip, setSkip] = useState(0);
  const before = useRef<{ anchor?: HTMLElement | undefined; top: number; force: string }>({
    top: 0,
    force: "",
  });
  const isCut = count - skip > DRAWN;

  /** What the reader looks at. */
  const note = (box: HTMLElement) => {
    const all = [...(box.firstElementChild?.children ?? [])] as HTMLElement[];
    const anchor = all.find((one) => one.offsetTop + one.offsetHeight > box.scrollTop && one.id);
    before.current = { anchor, top: anchor?.offsetTop ?? 0, force };
  };
  const toEnd = () => {
    setSkip(0);
    setAtEnd(true);
  };
  const earlier = () => (isCut ? setSkip(skip + STEP) : onTop?.());

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something else is drawn
  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !shape) return;
    const { anchor, top, force: was } = before.current;
    if (force && force !== was) toEnd();
    if (atEnd) box.scrollTop = box.scrollHeight;
    // It stays under their eyes.
    else if (anchor?.isConnected) box.scrollTop += anchor.offsetTop - top;
    note(box);
    if (!atEnd && isCut && box.scrollTop < NEAR_PX) earlier();
  }, [list, shape, count, skip, force, atEnd]);

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
    const isLow = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    note(box);
    setAtEnd(isLow && !skip);
    if (isLow) setSkip(Math.max(0, skip - STEP));
    else if (box.scrollTop < NEAR_PX) earlier();
  };
  /** Of all, what is drawn. */
  const drawn = <T>(all: T[]): T[] => all.slice(-DRAWN - skip, all.length - skip);
  return { atEnd, isCut, drawn, earlier, scrolled, toEnd };
}
