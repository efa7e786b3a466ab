// Decides how plain text becomes nodes: links by themselves, everything else as it was typed.
// Knows nothing of messages; makes no HTML from text.

const LINK = /https?:\/\/[^\s<>"'“”‘’«»]*[^\s<>"'“”‘’«».,!?;:)\]}]/gi;

/** Text with its http(s) addresses as links. */
export function Linked({ text }: { text: string }) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const [url] = match;
    nodes.push(
      text.slice(from, match.index),
      <a href={url} target="_blank" rel="noopener noreferrer nofollow">
        {url}
      </a>,
    );
    from = match.index + url.length;
  }
  nodes.push(text.slice(from));
  return <>{nodes}</>;
}

/** At most two letters for a face without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}
