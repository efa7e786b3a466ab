// Decides how the files of a message are drawn: pictures as pictures, voice as what can be played, all else
// as a name to save. Knows nothing of how they are sent.

import type { LocalFile } from "@frontdesk/shared/store";
import type { Attachment } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef } from "preact/hooks";
import type { Chosen } from "../uploads";
import { CloseIcon, FileIcon } from "../view/icons";
import { usePart } from "../view/lazy";
import { LANGUAGE, TEXT } from "../view/texts";
import css from "./files.css?inline";

export { css };

type AnyFile = Attachment | LocalFile;
type Props = {
  files: AnyFile[];
  origin: string;
  share: number | undefined;
  onPicture(url: string): void;
  blob(key: string): Promise<Blob | null>;
};

/** Pictures are drawn this wide and high at most. */
const PICTURE_PX = 240;

/** What a file that hangs over the panel is told. */
export function Drop() {
  return <p class="drop">{TEXT.dropHere}</p>;
}

export function Files({ files, origin, share, onPicture, blob }: Props) {
  return (
    <div class="files">
      {files.map((file) => {
        if ("key" in file) return <Waiting key={file.key} file={file} share={share} blob={blob} />;
        const url = new URL(file.url, origin || location.origin).href;
        if (file.is_voice) return <Voice key={file.id} url={url} file={file} />;
        return file.width && file.height ? (
          <Picture key={file.id} file={file} url={url} origin={origin} onPicture={onPicture} />
        ) : (
          <a key={file.id} class="file" href={url} target="_blank" rel="noopener noreferrer" download>
            <FileIcon />
            <span>
              <b dir="auto">{file.name}</b>
              <small>{sizeWords(file.bytes)}</small>
            </span>
          </a>
        );
      })}
    </div>
  );
}

type PictureProps = { file: Attachment; url: string; origin: string; onPicture(url: string): void };

function Picture({ file, url, origin, onPicture }: PictureProps) {
  const [width, height] = fitted(file.width ?? 1, file.height ?? 1);
  const small = file.thumbnail_url ? new URL(file.thumbnail_url, origin || location.origin).href : url;
  return (
    <button type="button" class="picture" onClick={() => onPicture(url)}>
      <img src={small} alt={file.name} width={width} height={height} loading="lazy" />
    </button>
  );
}

/** So large is it drawn; known before it is loaded, so that nothing jumps. */
export function fitted(width: number, height: number): [width: number, height: number] {
  const scale = Math.min(1, PICTURE_PX / width, PICTURE_PX / height);
  return [Math.max(48, Math.round(width * scale)), Math.max(48, Math.round(height * scale))];
}

type WaitingProps = { file: LocalFile; share: number | undefined; blob(key: string): Promise<Blob | null> };

/** Not sent yet: drawn from what is here. */
function Waiting({ file, share, blob }: WaitingProps) {
  const bar = <progress class="share" aria-label={file.name} value={share ?? 0} max={1} />;
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.media_type))
    return (
      <span class="picture waiting">
        <Preview load={() => blob(file.key)} name={file.name} size={PICTURE_PX} />
        {bar}
      </span>
    );
  return (
    <span class="file waiting">
      <FileIcon />
      <span>
        <b dir="auto">{file.is_voice ? TEXT.voice : file.name}</b>
        <small>{sizeWords(file.bytes)}</small>
        {bar}
      </span>
    </span>
  );
}

type PreviewProps = { load(): Promise<Blob | null>; name: string; size: number };

/** A picture that is only here, on a canvas: a page's policy need not allow `blob:` (ruling 10). */
export function Preview({ load, name, size }: PreviewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn once, the bytes never change
  useEffect(() => {
    void drawn(canvas.current, load, size).catch(() => {});
  }, []);
  return <canvas ref={canvas} class="preview" role="img" aria-label={name} width={48} height={48} />;
}

async function drawn(
  canvas: HTMLCanvasElement | null,
  load: () => Promise<Blob | null>,
  size: number,
): Promise<void> {
  const bytes = await load();
  if (!bytes || !canvas) return;
  const bitmap = await createImageBitmap(bytes);
  const scale = Math.min(1, size / bitmap.width, size / bitmap.height);
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}

function Voice({ url, file }: { url: string; file: Attachment }) {
  const part = usePart("player", true);
  if (part) return <part.Player url={url} durationMs={file.duration_ms ?? 0} peaks={file.waveform ?? []} />;
  return <span class="file">{TEXT.voice}</span>;
}

export function sizeWords(bytes: number): string {
  const [unit, per] = bytes < 1_000_000 ? (["kilobyte", 1_000] as const) : (["megabyte", 1_000_000] as const);
  const format = { style: "unit", unit, maximumFractionDigits: unit === "megabyte" ? 1 : 0 } as const;
  return new Intl.NumberFormat(LANGUAGE, format).format(Math.max(bytes / per, unit === "kilobyte" ? 1 : 0));
}

/** What will go with the next message. */
export function Tray({ files, onRemove }: { files: Chosen[]; onRemove(file: Chosen): void }) {
  return (
    <ul class="tray">
      {files.map((file) => (
        <li key={`${file.name} ${file.blob.size}`}>
          {file.blob.type.startsWith("image/") ? (
            <Preview load={async () => file.blob} name={file.name} size={128} />
          ) : (
            <FileIcon />
          )}
          <span dir="auto">{file.name}</span>
          <button type="button" aria-label={TEXT.remove(file.name)} onClick={() => onRemove(file)}>
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}
