// Decides the few pictures of the panel. Knows nothing of what they stand beside.

const icon = (d: string) => () => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
);

export const CloseIcon = icon("M6 6l12 12M18 6L6 18");
export const SendIcon = icon("M12 19V5.5M5.5 12L12 5.5l6.5 6.5");
export const DownIcon = icon("M6 9l6 6 6-6");
export const TickIcon = icon("M4 12.5l4.5 4.5L17 8");
export const TicksIcon = icon("M2 12.5l4.5 4.5L15 8M11 16l1 1 9-9.5");
