// Decides how a file reaches the server: whole, or in parts that go on where they stopped, after a
// reload too. Knows nothing of messages, and not where the bytes are kept meanwhile.

import { json, refusalOf } from "./api";
import { type BeginUpload, LIMITS, type Problem, type UploadReply } from "./wire.gen";

/** One request with a body, and how much of it has gone. Rejects when the server was not reached. */
export type Carry = (request: CarryRequest) => Promise<CarryReply>;
export type CarryRequest = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: Blob | string;
  signal: AbortSignal;
  onSent?(bytes: number): void;
};
export type CarryReply = { status: number; text: string; retryAfter: string | null };

export type UploadOptions = {
  /** `…/api/chatbot`, origin included. */
  base: string;
  /** Headers that prove who asks. */
  credential(): Promise<Record<string, string>> | Record<string, string>;
  signal: AbortSignal;
  /** Of the whole file, from 0 to 1. */
  onProgress?(share: number): void;
  /** The upload has this id from now on; given back as `uploadId` it goes on. */
  onBegun?(id: string): void;
  /** Of an upload that began earlier. */
  uploadId?: string;
  carry?: Carry;
};

/** Resolves to the file's `att_…` once the server has it whole. */
export async function upload(file: Blob, about: BeginUpload, options: UploadOptions): Promise<string> {
  const ask = (method: string, path: string, body?: Blob | string, onSent?: (bytes: number) => void) =>
    request(options, method, path, body, onSent);
  const total = Math.max(1, about.bytes);
  if (about.bytes <= LIMITS.UPLOAD_BYTES && !options.uploadId) {
    const sent = (bytes: number) => options.onProgress?.(bytes / total);
    return (await ask("POST", `/attachments?${query(about)}`, file, sent)).id;
  }
  let at = await begun(about, options, ask);
  while (!at.attachment) {
    const { offset, part_bytes: size } = at;
    const sent = (bytes: number) => options.onProgress?.((offset + bytes) / total);
    at = await ask("PUT", `/uploads/${at.id}?offset=${offset}`, file.slice(offset, offset + size), sent);
    options.onProgress?.(at.offset / total);
  }
  return at.id;
}

type Ask = (method: string, path: string, body?: string) => Promise<UploadReply>;

/** Where an upload stands; one the server has dropped meanwhile begins anew. */
async function begun(
  about: BeginUpload,
  { uploadId, onBegun }: UploadOptions,
  ask: Ask,
): Promise<UploadReply> {
  if (uploadId) {
    const known = await ask("GET", `/uploads/${uploadId}`).catch((error: { status?: number }) => {
      if (error.status === 404) return null;
      throw error;
    });
    if (known) return known;
  }
  const fresh = await ask("POST", "/uploads", json(about));
  onBegun?.(fresh.id);
  return fresh;
}

/** What is said of a file that is sent whole. */
function query({ conversation_id, name, is_voice, duration_ms, waveform }: BeginUpload): string {
  const words = new URLSearchParams({ conversation_id, name });
  if (is_voice) words.set("is_voice", "true");
  if (duration_ms !== undefined) words.set("duration_ms", `${duration_ms}`);
  if (waveform) words.set("waveform", waveform.join(","));
  return `${words}`;
}

async function request(
  { base, credential, signal, carry = carryByXhr }: UploadOptions,
  method: string,
  path: string,
  body?: Blob | string,
  onSent?: (bytes: number) => void,
): Promise<UploadReply> {
  const headers: Record<string, string> = { Accept: "application/json", ...(await credential()) };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  const reply = await carry({
    method,
    url: base + path,
    headers,
    signal,
    ...(body === undefined ? {} : { body }),
    ...(onSent ? { onSent } : {}),
  });
  const said = parsed(reply.text);
  if (reply.status < 200 || reply.status > 299)
    throw refusalOf(reply.status, said as Problem | null, reply.retryAfter);
  return said as UploadReply;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `fetch` does not say how much of a body has gone. */
const carryByXhr: Carry = ({ method, url, headers, body, signal, onSent }) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const stop = () => xhr.abort();
    signal.addEventListener("abort", stop);
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    // The server asks for no type: what a file is, its bytes say.
    if (body instanceof Blob) xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.upload.onprogress = ({ loaded }) => onSent?.(loaded);
    xhr.onloadend = () => {
      signal.removeEventListener("abort", stop);
      if (xhr.status === 0) reject(new TypeError(signal.aborted ? "aborted" : "network"));
      else
        resolve({
          status: xhr.status,
          text: xhr.responseText,
          retryAfter: xhr.getResponseHeader("Retry-After"),
        });
    };
    if (signal.aborted) reject(new TypeError("aborted"));
    else xhr.send(body ?? null);
  });
