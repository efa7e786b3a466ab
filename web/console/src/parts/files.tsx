// Draws the files of a message: pictures, voices, and what can only be fetched. Knows nothing of how they came.

import type { LocalFile } from "@frontdesk/shared/store";
import type { Attachment } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { drawnSize, sizeOf } from "../file";
import { Icon } from "./icon";
import { lazy } from "./lazy";

const Voice = lazy(async () => (await import("./voice")).Voice);

/** The picture that is looked at. */
export const looking = signal<Attachment | null>(null);

export function Files({ files }: { readonly files: readonly Attachment[] }) {
  return (
    <div class="files">
      {files.map((file) => (
        <FileView key={file.id} file={file} />
      ))}
    </div>
  );
}

function FileView({ file }: { readonly file: Attachment }) {
  if (file.is_voice) return <Voice file={file} />;
  if (!file.width || !file.height) {
    return (
      <a class="file" href={file.url} target="_blank" rel="noopener noreferrer" download={file.name}>
        <Icon name="file" />
        <span class="file-name" dir="auto">
          {file.name}
        </span>
        <small>{sizeOf(file.bytes)}</small>
      </a>
    );
  }
  return (
    <button
      type="button"
      class="picture"
      aria-label={`Picture: ${file.name}`}
      onClick={() => {
        looking.value = file;
      }}
    >
      <img
        src={file.thumbnail_url ?? file.url}
        alt=""
        loading="lazy"
        {...drawnSize(file.width, file.height)}
      />
    </button>
  );
}

/** Files that are on their way; `share` from 0 to 1. */
export function LocalFiles({
  files,
  share,
}: {
  readonly files: readonly LocalFile[];
  readonly share: number;
}) {
  return (
    <div class="files">
      {files.map((file) => (
        <span key={file.key} class="file">
          <Icon name="file" />
          <span class="file-name" dir="auto">
            {file.name}
          </span>
          <small>{sizeOf(file.bytes)}</small>
        </span>
      ))}
      <progress class="files-progress" value={share} max={1} aria-label="Sent so far" />
    </div>
  );
}
