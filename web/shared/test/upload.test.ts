// Proves how files go: whole, in parts, on from where they stopped. The far end keeps to the server's
// rules for parts; knows nothing of messages.

import { expect, test } from "vitest";
import { RefusalError } from "../src/api";
import type { LocalMessage } from "../src/store";
import { type Carry, type CarryRequest, upload } from "../src/upload";
import { Uploads } from "../src/uploads";
import { LIMITS } from "../src/wire.gen";

const PART = 512 * 1024;

/** As much of the server as takes files. */
class Store {
  asked: string[] = [];
  received = 0;
  begun = false;
  /** Answers this many parts with a cut line. */
  cuts = 0;
  refusal: number | null = null;

  constructor(readonly bytes: number) {}

  carry: Carry = async (request) => {
    const path = request.url.replace("https://chat.example/api/chatbot", "");
    this.asked.push(`${request.method} ${path}`);
    if (this.refusal) return { status: this.refusal, text: "", retryAfter: "3" };
    return this.#answer(request, path);
  };

  #answer({ method, body, onSent }: CarryRequest, path: string) {
    if (method === "POST" && path.startsWith("/attachments")) {
      onSent?.((body as Blob).size);
      return this.#state(this.bytes);
    }
    if (method === "POST") {
      this.begun = true;
      return this.#state(0);
    }
    if (!this.begun) return { status: 404, text: "{}", retryAfter: null };
    if (method === "GET") return this.#state(this.received);
    const offset = Number(new URL(`https://x${path}`).searchParams.get("offset"));
    if (this.cuts > 0 && offset > 0) {
      this.cuts--;
      throw new TypeError("network");
    }
    expect(offset).toBe(this.received);
    expect((body as Blob).size).toBe(Math.min(PART, this.bytes - offset));
    this.received += (body as Blob).size;
    return this.#state(this.received);
  }

  #state(offset: number) {
    const whole = offset === this.bytes ? { attachment: { id: "att_1" } } : {};
    const reply = { success: true, id: "att_1", offset, bytes: this.bytes, part_bytes: PART, ...whole };
    return { status: 200, text: JSON.stringify(reply), retryAfter: null };
  }
}

function send(store: Store, more: object = {}): Promise<string> {
  const about = { conversation_id: "cnv_1", name: "a file.bin", bytes: store.bytes };
  return upload(new Blob([new Uint8Array(store.bytes)]), about, {
    base: "https://chat.example/api/chatbot",
    credential: () => ({}),
    signal: new AbortController().signal,
    carry: store.carry,
    ...more,
  });
}

test("a small file is one request, which says what it is", async () => {
  const store = new Store(10);
  const shares: number[] = [];
  expect(await send(store, { onProgress: (share: number) => shares.push(share) })).toBe("att_1");
  expect(store.asked).toEqual(["POST /attachments?conversation_id=cnv_1&name=a+file.bin"]);
  expect(shares.at(-1)).toBe(1);
});

test("a large file comes in parts of the server's size, and progress only grows", async () => {
  const store = new Store(LIMITS.UPLOAD_BYTES + 1);
  const shares: number[] = [];
  await send(store, { onProgress: (share: number) => shares.push(share) });
  expect(store.asked).toHaveLength(1 + 11);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test("an upload that was cut goes on with the first part that is missing", async () => {
  const store = new Store(LIMITS.UPLOAD_BYTES + 1);
  store.cuts = 1;
  let uploadId = "";
  const onBegun = (id: string) => {
    uploadId = id;
  };
  await expect(send(store, { onBegun })).rejects.toThrow("network");
  store.asked = [];
  expect(await send(store, { uploadId })).toBe("att_1");
  expect(store.asked.slice(0, 2)).toEqual(["GET /uploads/att_1", `PUT /uploads/att_1?offset=${PART}`]);
});

test("an upload that the server has dropped begins anew", async () => {
  const store = new Store(LIMITS.UPLOAD_BYTES + 1);
  expect(await send(store, { uploadId: "att_old" })).toBe("att_1");
  expect(store.asked.slice(0, 2)).toEqual(["GET /uploads/att_old", "POST /uploads"]);
});

test("a refusal is one, with when to come back", async () => {
  const store = new Store(10);
  store.refusal = 429;
  const error = await send(store).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RefusalError);
  expect(error).toMatchObject({ status: 429, retryAfterMs: 3_000 });
});

test("a file goes once it would be found again after a reload", async () => {
  const store = new Store(8);
  let kept = () => {};
  const waiting = {
    put: () => new Promise<void>((then) => (kept = then)),
    get: async () => new Blob([new Uint8Array(store.bytes)]),
    remove: () => {},
    close: () => {},
  };
  const uploads = new Uploads({
    base: "https://chat.example/api/chatbot",
    credential: () => ({}),
    waiting,
    lost: "lost",
    onProgress: () => {},
    onFiles: () => {},
    carry: store.carry,
  });
  const files = uploads.take([{ key: "k", name: "a.bin", blob: new Blob([new Uint8Array(8)]) }]);
  const sent = uploads.send({ client_id: "c", files } as LocalMessage, "cnv_1");
  await new Promise((then) => setTimeout(then, 20));
  expect(store.asked).toEqual([]);
  kept();
  expect(await sent).toEqual(["att_1"]);
  expect(store.asked).toHaveLength(1);
});
