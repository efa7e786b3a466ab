// Decides where the tab key leads in a panel that fills a small screen. Knows nothing of what is in it.

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
