// Decides how a text gets onto the clipboard, also on pages without TLS. Knows nothing of the text.

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

/** `navigator.clipboard` exists in secure contexts only, and a first look is often at plain http. */
function copyTheOldWay(text: string): boolean {
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "hidden-text";
  // What stands behind a dialog cannot be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}
