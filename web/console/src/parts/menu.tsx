// Draws a short list to choose from, beside the button that asked for it: by pointer, by arrow keys, or by typing
// where the list is long. Knows nothing of what is chosen.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { openMenu } from "../open";
import { Avatar } from "./avatar";
import { Icon, type IconName } from "./icon";

export interface Choice {
  readonly name: string;
  readonly hint?: string;
  readonly icon?: IconName;
  readonly face?: { readonly id: string; readonly name: string };
  /** Is it chosen already? Absent: it is something to do, not something to be. */
  readonly on?: boolean;
  readonly danger?: boolean;
  /** Begins after a line. */
  readonly apart?: boolean;
  act(): void;
}

interface MenuButtonProps {
  /** Of all menus on the page, this one. */
  readonly id: string;
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
  choices(): readonly Choice[];
  /** Asked by typing; the placeholder of the field. */
  readonly search?: string;
  /** What is typed and not in the list. */
  onNew?(text: string): void;
  onOpen?(): void;
}

export function MenuButton({
  id,
  label,
  children,
  choices,
  search,
  onNew,
  onOpen,
  ...rest
}: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const open = openMenu.value === id;
  useEffect(() => {
    if (open) onOpen?.();
    return () => {
      if (openMenu.peek() === id && open) openMenu.value = null;
    };
  }, [open]);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={rest.class}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          openMenu.value = open ? null : id;
        }}
      >
        {children}
      </button>
      {open && button.current && (
        <Menu
          label={label}
          anchor={button.current}
          choices={choices()}
          onClose={() => {
            openMenu.value = null;
          }}
          {...(search ? { search } : {})}
          {...(onNew ? { onNew } : {})}
        />
      )}
    </>
  );
}

interface MenuProps {
  readonly label: string;
  readonly anchor: HTMLElement;
  readonly choices: readonly Choice[];
  readonly head?: ComponentChildren;
  readonly search?: string;
  onNew?(text: string): void;
  onClose(): void;
}

export function Menu({ label, anchor, choices, head, search, onNew, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLocaleLowerCase();
  const shown = choices.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const isNew = onNew && wanted !== "" && !choices.some(({ name }) => name.toLocaleLowerCase() === wanted);

  useLayoutEffect(() => place(menu.current, anchor));
  // At once: what is typed next belongs in here.
  useLayoutEffect(() => menu.current?.querySelector<HTMLElement>("input, button")?.focus(), []);
  useEffect(() => {
    const away = (event: Event) => {
      const at = event.target as Node;
      if (!menu.current?.contains(at) && !anchor.contains(at)) onClose();
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, []);

  const close = () => {
    anchor.focus();
    onClose();
  };
  const choose = (act: () => void) => {
    close();
    act();
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      const [first] = shown;
      if (first) choose(first.act);
      else if (isNew) choose(() => onNew(typed.trim()));
    } else walk(event, menu.current);
  };
  return (
    <div ref={menu} class="menu" role="dialog" aria-label={label} tabIndex={-1} onKeyDown={keyed}>
      {head}
      {search && (
        <input
          class="menu-search"
          type="text"
          aria-label={search}
          placeholder={search}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <div class="menu-choices">
        {shown.map((choice) => (
          <ChoiceView key={choice.name} choice={choice} choose={() => choose(choice.act)} />
        ))}
        {isNew && (
          <button type="button" class="choice" onClick={() => choose(() => onNew(typed.trim()))}>
            <Icon name="plus" />
            <span class="choice-name">
              Add <b dir="auto">{typed.trim()}</b>
            </span>
          </button>
        )}
        {search && shown.length === 0 && !isNew && <p class="menu-none">Nothing found</p>}
      </div>
    </div>
  );
}

function ChoiceView({ choice, choose }: { readonly choice: Choice; readonly choose: () => void }) {
  const { name, hint, icon, face, on, danger, apart } = choice;
  return (
    <button
      type="button"
      class={`choice${danger ? " choice-danger" : ""}${apart ? " choice-apart" : ""}`}
      aria-pressed={on}
      onClick={choose}
    >
      {face && <Avatar id={face.id} name={face.name} small />}
      {icon && <Icon name={icon} />}
      <span class="choice-name" dir="auto">
        {name}
      </span>
      {hint && <span class="choice-hint">{hint}</span>}
      {on && <Icon name="check" />}
    </button>
  );
}

/** Below the button, above it where there is more room; never outside the window. */
function place(menu: HTMLElement | null, anchor: HTMLElement): void {
  if (!menu) return;
  const at = anchor.getBoundingClientRect();
  const [width, height] = [menu.offsetWidth, menu.offsetHeight];
  const below = at.bottom + 6;
  const above = at.top - height - 6;
  const top = below + height <= innerHeight - 8 || above < 8 ? below : above;
  // To the side where it stays nearer to the button.
  const left = at.left + width > innerWidth - 8 ? at.right - width : at.left;
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}

/** Arrows go round; in a row of emoji, sideways too. */
function walk(event: KeyboardEvent, menu: HTMLElement | null): void {
  const sideways = !(event.target instanceof HTMLInputElement);
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    ...(sideways ? { ArrowRight: 1, ArrowLeft: -1 } : {}),
  };
  const by = steps[event.key];
  if (!by || !menu) return;
  const all = [...menu.querySelectorAll<HTMLElement>("input, button")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  all[(at + by + all.length) % all.length]?.focus();
}
