// Draws one picture of a conversation large, and leads to the others. Knows nothing of messages beside them.

import type { AgentThread } from "@frontdesk/shared/store";
import { useEffect } from "preact/hooks";
import { sizeOf } from "../file";
import { useModal } from "./dialog";
import { looking } from "./files";
import { Icon } from "./icon";

export function Picture({ thread }: { readonly thread: AgentThread }) {
  const dialog = useModal();
  const all = thread.messages
    .flatMap((message) => message.attachments ?? [])
    .filter((file) => file.width && file.height);
  const at = all.findIndex((file) => file.id === looking.value?.id);
  const file = all[at];
  const close = () => {
    looking.value = null;
  };
  // Taken back while it was looked at.
  useEffect(() => {
    if (!file) close();
  }, [file]);
  if (!file) return null;
  const go = (by: number) => {
    looking.value = all[at + by] ?? file;
  };
  return (
    <dialog
      ref={dialog}
      class="picture-large"
      aria-label={file.name}
      onClose={close}
      onClick={(event) => event.target === event.currentTarget && close()}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") go(1);
        if (event.key === "ArrowLeft") go(-1);
      }}
    >
      <img src={file.url} alt={file.name} />
      <footer>
        <p>
          <span dir="auto">{file.name}</span>
          <small>
            {sizeOf(file.bytes)}
            {all.length > 1 && ` · ${at + 1} of ${all.length}`}
          </small>
        </p>
        {all.length > 1 && (
          <>
            <button
              type="button"
              class="icon-button"
              aria-label="Previous picture"
              disabled={at === 0}
              onClick={() => go(-1)}
            >
              <Icon name="back" />
            </button>
            <button
              type="button"
              class="icon-button turned"
              aria-label="Next picture"
              disabled={at === all.length - 1}
              onClick={() => go(1)}
            >
              <Icon name="back" />
            </button>
          </>
        )}
        <a
          class="icon-button"
          href={file.url}
          target="_blank"
          rel="noopener noreferrer"
          download={file.name}
          aria-label="Download"
        >
          <Icon name="down" />
        </a>
        <button type="button" class="icon-button" aria-label="Close picture" onClick={close}>
          <Icon name="close" />
        </button>
      </footer>
    </dialog>
  );
}
