// Decides how each sign of the console is drawn: one stroke, 24 by 24, in the colour of the text around it.
// Knows nothing of what a sign stands for; its name is always said by the button or text beside it.

const PATHS = {
  inbox:
    "M4 13.5 6.6 6.3A2 2 0 0 1 8.5 5h7a2 2 0 0 1 1.9 1.3L20 13.5M4 13.5V17a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3.5M4 13.5h4.5a3.5 3.5 0 0 0 7 0H20",
  widget:
    "M6 4h12a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-5l-4.5 3.5V17H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM8.5 9h7M8.5 12.5h4",
  team: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.8 19.5c.5-3.3 3-5 6.2-5s5.7 1.7 6.2 5M16 4.8a3.5 3.5 0 0 1 0 6.4M17.8 14.9c2 .7 3.1 2.3 3.4 4.6",
  send: "M4.5 12 20 4.5 15.5 20l-3.8-6.3L4.5 12ZM11.7 13.7 20 4.5",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11Z",
  reply: "M9 6 4 11l5 5M4 11h9.5a6.5 6.5 0 0 1 6.5 6.5V19",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5 9.7 17 19 7.5",
  checks: "M2.5 12.8 6.7 17 15 8M10.8 15.4 12.5 17 21 8",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 8v4.3l2.8 1.7",
  alert:
    "M12 8v5M12 16.3v.1M10.3 4.5 3 17.2A2 2 0 0 0 4.7 20h14.6a2 2 0 0 0 1.7-2.8L13.7 4.5a2 2 0 0 0-3.4 0Z",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.3M20 4.5v4.8h-4.8",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  hide: "M4 4l16 16M9.9 5.7a9 9 0 0 1 2.1-.2c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.7 3.5M6.3 7.6A16 16 0 0 0 2.5 12S6 18.5 12 18.5c1.6 0 3-.5 4.3-1.1M10 10a3 3 0 0 0 4.1 4.2",
  copy: "M9 9h9.5A1.5 1.5 0 0 1 20 10.5V19a1.5 1.5 0 0 1-1.5 1.5H10A1.5 1.5 0 0 1 8.5 19V9.5M5.5 15.5A1.5 1.5 0 0 1 4 14V5.5A1.5 1.5 0 0 1 5.5 4H14a1.5 1.5 0 0 1 1.5 1.5",
  plus: "M12 5v14M5 12h14",
  out: "M14 4h4.5A1.5 1.5 0 0 1 20 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M4 12h11M11 8l4 4-4 4",
  away: "M14 4h6v6M20 4l-9 9M17.5 14v4.5A1.5 1.5 0 0 1 16 20H5.5A1.5 1.5 0 0 1 4 18.5V8A1.5 1.5 0 0 1 5.5 6.5H10",
  down: "M12 5v14M6 13l6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  bin: "M4.5 7h15M9.5 7V5.5A1.5 1.5 0 0 1 11 4h2a1.5 1.5 0 0 1 1.5 1.5V7M6.5 7l.8 11.6A1.5 1.5 0 0 0 8.8 20h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The bell on the desk. */
export function Bell() {
  return (
    <svg class="bell" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M7.5 21.5h17M16 8.8v2.4M13.6 8.4h4.8M9.6 18.6a6.4 6.4 0 0 1 12.8 0z" />
    </svg>
  );
}
