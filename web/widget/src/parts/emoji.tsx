// Decides which emoji can be picked and how the keyboard walks among them. Knows nothing of what they are for.

import { useEffect, useRef, useState } from "preact/hooks";
import { TEXT } from "../view/texts";
import css from "./emoji.css?inline";

export { css };

/** The common ones; by group, as `TEXT.emojiGroups` names them. */
const GROUPS = [
  "😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 🙃 😉 😌 😍 🥰 😘 😋 😜 🤪 🤗 🤭 🤔 🤐 😐 😶 😏 😒 🙄 😬 😔 😪 😴 😷 🤒 🥳 😎 🤓 😕 😟 🙁 😮 😯 😲 🥺 😢 😭 😱 😖 😞 😤 😡 🤯 🥶 🤠 👻 🤖",
  "👍 👎 👌 ✌️ 🤞 🤟 👈 👉 👆 👇 ✋ 👋 🤙 💪 🙏 👏 🙌 🤝 👐 ✍️ 👀 🧠 👤 🙋 🙆 🙅 🤷 🤦 💁 🏃",
  "🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐨 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🦋 🐝 🐢 🐬 🌸 🌹 🌻 🌳 🌵 🍀 🌈 ☀️ ⭐ 🌙 ⛅ ❄️ 🔥 💧",
  "🍎 🍌 🍓 🍒 🍑 🍍 🥑 🍅 🥕 🌽 🍞 🧀 🍳 🍔 🍟 🍕 🌮 🍣 🍜 🍰 🎂 🍪 🍫 🍿 ☕ 🍵 🍺 🍷 🥂",
  "🎉 🎁 🎈 🏆 ⚽ 🎮 🎵 🎧 📷 💻 📱 ⌚ 💡 🔋 🔑 🔒 📦 📅 📎 ✏️ 📄 📚 💰 💳 🛒 🚗 ✈️ 🚀 🚲 🏠 🏢 ⏰",
  "❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 ✅ ❌ ❗ ❓ ⚠️ 🚫 ➕ ➖ ➡️ ⬅️ 🔄 💬 🔔 ✨ 💥 🆗 🆕",
].map((group) => group.split(" "));

type Props = { onPick(emoji: string): void; onClose(): void };

export function Emoji({ onPick, onClose }: Props) {
  const [group, setGroup] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const names = TEXT.emojiGroups;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each group begins at its first
  useEffect(() => {
    grid.current?.querySelector("button")?.focus();
  }, [group]);

  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      return onClose();
    }
    const to = stepped(grid.current, event);
    if (!to) return;
    event.preventDefault();
    to.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div class="emoji" role="group" aria-label={TEXT.emoji} onKeyDown={keyed}>
      <div class="groups" role="tablist">
        {GROUPS.map((one, at) => (
          <button
            key={names[at]}
            type="button"
            role="tab"
            aria-selected={at === group}
            aria-label={names[at] ?? ""}
            onClick={() => setGroup(at)}
          >
            {one[0]}
          </button>
        ))}
      </div>
      <div class="grid" ref={grid} role="tabpanel" aria-label={names[group] ?? ""}>
        {GROUPS[group]?.map((one, at) => (
          <button key={one} type="button" tabIndex={at === 0 ? 0 : -1} onClick={() => onPick(one)}>
            {one}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The button an arrow leads to, by where they are drawn: the grid has as many columns as fit. */
function stepped(grid: HTMLElement | null, event: KeyboardEvent): HTMLElement | null {
  const all = [...(grid?.querySelectorAll<HTMLElement>("button") ?? [])];
  const at = all.indexOf(event.target as HTMLElement);
  if (at < 0) return null;
  const top = all[0]?.offsetTop;
  const columns = Math.max(1, all.filter((one) => one.offsetTop === top).length);
  const ltr = getComputedStyle(all[0] as HTMLElement).direction === "ltr" ? 1 : -1;
  const steps: Record<string, number> = {
    ArrowRight: ltr,
    ArrowLeft: -ltr,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  const by = steps[event.key];
  return by === undefined ? null : (all[at + by] ?? null);
}
