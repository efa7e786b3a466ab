// Draws the emoji that can be picked, and lets arrow keys walk among them. Knows nothing of what they are for.

import { useEffect, useRef } from "preact/hooks";

const ALL =
  "👍 👎 👌 🙏 👏 🙌 💪 🤝 👋 👀 ✅ ❌ ❤️ 💚 💙 💛 🧡 💜 🎉 ✨ 🔥 ⭐ 💯 🚀 😀 😄 😅 😂 🙂 😉 😊 😇 😍 🥰 😘 😋 😎 🤓 🤗 🤔 🤨 😐 🙄 😬 😌 😴 😮 😯 😢 😭 😞 😟 😕 🙁 😣 😤 😡 🥳 🤯 🤷 🤦 🙋 ☕ 🍀 🌈 ☀️ ⏰ 📅 📎 📦 💳 🛒 🔑 🔒 💡 🐛 ❗ ❓ ⚠️ 💬".split(
    " ",
  );
/** As the style sheet draws them. */
const COLUMNS = 8;

interface EmojiProps {
  onPick(emoji: string): void;
}

export function Emoji({ onPick }: EmojiProps) {
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => grid.current?.querySelector("button")?.focus(), []);
  const walk = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: COLUMNS,
      ArrowUp: -COLUMNS,
    };
    const by = steps[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...(grid.current?.querySelectorAll("button") ?? [])];
    all[all.indexOf(event.target as HTMLButtonElement) + by]?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div ref={grid} class="emoji" role="group" aria-label="Emoji" onKeyDown={walk}>
      {ALL.map((one) => (
        <button key={one} type="button" aria-label={one} onClick={() => onPick(one)}>
          {one}
        </button>
      ))}
    </div>
  );
}
