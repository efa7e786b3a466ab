// Decides the few pictures of the panel. Knows nothing of what they stand beside.

const icon = (d: string) => () => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
);

export const CloseIcon = icon("M6 6l12 12M18 6L6 18");
export const SendIcon = icon("M12 19V5.5M5.5 12L12 5.5l6.5 6.5");
export const DownIcon = icon("M6 9l6 6 6-6");
export const BackIcon = icon("M15 5l-7 7 7 7");
export const MenuIcon = () => (
  <svg viewBox="0 0 24 24" class="bold" aria-hidden="true">
    <path d="M5 12h.01M12 12h.01M19 12h.01" />
  </svg>
);
export const TickIcon = icon("M4 12.5l4.5 4.5L17 8");
export const TicksIcon = icon("M2 12.5l4.5 4.5L15 8M11 16l1 1 9-9.5");
export const ClipIcon = icon(
  "M19.5 11.5l-7.6 7.6a5 5 0 0 1-7-7l8-8a3.3 3.3 0 0 1 4.7 4.7l-8 8a1.7 1.7 0 0 1-2.4-2.4l7.3-7.2",
);
export const SmileIcon = icon(
  "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8.5 14.5a4.3 4.3 0 0 0 7 0M9 9.5h.01M15 9.5h.01",
);
export const MicIcon = icon(
  "M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5a2.8 2.8 0 0 0 5.6 0v-5A2.8 2.8 0 0 0 12 3.5M6 11a6 6 0 0 0 12 0M12 17v3.5",
);
export const FileIcon = icon(
  "M13.5 3.5H7a1.5 1.5 0 0 0-1.5 1.5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zM13.5 3.5v5h5",
);
export const ReplyIcon = icon("M10 6l-5.5 5.5L10 17M5 11.5h8.5a6 6 0 0 1 6 6V19");
