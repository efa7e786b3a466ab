// Decides where the tab key leads in a panel that fills a small screen, and which part of the screen that is. Knows
// nothing of what is in it.

/** The keyboard of a phone covers the layout's viewport, not the visual one. Returns how to stop. */
export function follow(open: boolean, panel: HTMLElement | null): (() => void) | undefined {
  const view = window.visualViewport;
  if (!open || !view || !panel) return undefined;
  const ending = new AbortController();
  const fit = () => {
    panel.style.setProperty("--seen", `${view.height}px`);
    panel.style.setProperty("--above", `${view.offsetTop}px`);
  };
  fit();
  for (const change of ["resize", "scroll"]) view.addEventListener(change, fit, { signal: ending.signal });
  return () => {
    ending.abort();
    panel.style.removeProperty("--seen");
    panel.style.removeProperty("--above");
  };
}

/** A dialog that fills the screen keeps the focus: there is nothing else to see. */
export function keepInside(event: KeyboardEvent, panel: HTMLElement | null): void {
  if (!panel) return;
  const all = [
    ...panel.querySelectorAll<HTMLElement>(
      "button:not([disabled], [tabindex='-1']), input:not([hidden]), textarea, a, [tabindex='0']",
    ),
  ];
  const now = (panel.getRootNode() as ShadowRoot).activeElement;
  const [first, last] = [all[0], all.at(-1)];
  if (event.shiftKey ? now === first || now === panel : now === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
