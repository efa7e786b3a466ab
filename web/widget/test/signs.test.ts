// @vitest-environment happy-dom
// Proves the small things that call a visitor back or tell them where they are: title, sound, who is there,
// what is said of opening hours, the meter of a recording. Knows nothing of conversations.

import { Bell } from "@frontdesk/shared/bell";
import { chosenOf, clock, type Ear, peaksOf, Recorder, type RecorderState } from "@frontdesk/shared/recorder";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FileKeep, fileKey } from "../src/files";
import { Keep } from "../src/keep";
import { counted, TitleCount } from "../src/title";
import { there, whenWords } from "../src/view/there";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the page's title", () => {
  test("counts once, and is the page's own again", () => {
    expect(counted("Shop", 2)).toBe("(2) Shop");
    expect(counted("(2) Shop", 3)).toBe("(3) Shop");
    expect(counted("(3) Shop", 0)).toBe("Shop");
    expect(counted("Shop", 200)).toBe("(99+) Shop");
  });

  test("a title that the page sets meanwhile stays the page's", () => {
    document.title = "Shop";
    const title = new TitleCount();
    title.show(1);
    document.title = "Basket";
    title.show(2);
    expect(document.title).toBe("(2) Basket");
    title.stop();
    expect(document.title).toBe("Basket");
  });
});

describe("the sound", () => {
  /** Web Locks as the browser shares them among the tabs of a site. */
  class Locks {
    held = new Set<string>();
    async request(name: string, _options: object, then: (lock: Lock | null) => unknown): Promise<unknown> {
      if (this.held.has(name)) return then(null);
      this.held.add(name);
      await then({ name, mode: "exclusive" });
      this.held.delete(name);
      return undefined;
    }
  }
  const tabs = (count: number) => {
    const locks = new Locks() as unknown as LockManager;
    const rang: number[] = [];
    const all = Array.from({ length: count }, (_, at) => new Bell({ locks, ring: () => rang.push(at) }));
    return { all, rang };
  };

  test("one tab of three rings", async () => {
    const { all, rang } = tabs(3);
    for (const bell of all) bell.message("msg_1", false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rang).toHaveLength(1);
  });

  test("none rings while a tab shows the message, though that one hears of it last", async () => {
    const { all, rang } = tabs(3);
    all[0]?.message("msg_1", false);
    all[1]?.message("msg_1", false);
    all[2]?.message("msg_1", true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rang).toEqual([]);
  });

  test("a burst rings once, and a muted tab leaves the turn to another", async () => {
    const { all, rang } = tabs(2);
    if (all[0]) all[0].muted = true;
    for (const id of ["msg_1", "msg_2"]) for (const bell of all) bell.message(id, false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rang).toEqual([1]);
  });

  test("without locks a tab is on its own (ruling 14)", async () => {
    const rang: string[] = [];
    new Bell({ locks: undefined, ring: () => rang.push("rang") }).message("msg_1", false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rang).toEqual(["rang"]);
  });
});

describe("who is there", () => {
  const now = new Date("2026-11-27T12:00:00");
  const open = { online: true, agents: [], open: true, opens_at: null, away_text: null };
  const ben = { id: "agt_ben", name: "Ben Okafor", avatar: null };

  /** What the widget knows, by and large. */
  const known = (availability: object, inside: object[] = [], more: object = {}) => {
    const thread = { conversation: { agents: inside }, messages: [] };
    return {
      availability: { ...open, ...availability },
      thread,
      typing: [],
      ...more,
    } as unknown as Parameters<typeof there>[0];
  };

  test("those in the conversation go before those who are online", () => {
    expect(there(known({}), now)).toMatchObject({ state: "online", words: "We are online", note: null });
    const carol = { name: "Carol Diaz", avatar: null };
    expect(there(known({ agents: [carol] }), now)?.words).toBe("Carol – online");
    expect(there(known({ agents: [carol] }, [ben]), now)).toMatchObject({
      words: "You are talking with Ben",
      faces: [ben],
    });
  });

  test("nobody online is not hidden by whoever was here before", () => {
    const away = there(known({ online: false, away_text: "Back after lunch" }, [ben]), now);
    expect(away).toMatchObject({ state: "away", words: "Away right now", note: "Back after lunch" });
  });

  test("whoever types or wrote a moment ago is there, wherever they write from", () => {
    const said = (secondsAgo: number) => ({
      thread: {
        conversation: { agents: [ben] },
        messages: [{ sender_type: "agent", timestamp: new Date(now.getTime() - secondsAgo * 1_000) }],
      },
    });
    const away = { online: false, open: false };
    expect(there(known(away, [ben], { typing: [ben] }), now)?.words).toBe("You are talking with Ben");
    expect(there(known(away, [ben], said(50)), now)?.state).toBe("online");
    expect(there(known(away, [ben], said(70)), now)?.state).toBe("closed");
  });

  test("while closed it says until when, as near as it is", () => {
    const closed = { online: false, open: false };
    expect(there(known(closed), now)).toMatchObject({ state: "closed", words: "Closed right now" });
    expect(there(known({ ...closed, opens_at: "2026-11-28T09:00:00" }), now)?.words).toMatch(
      /^Back tomorrow, 9:00/,
    );
    expect(whenWords(new Date("2026-11-27T17:30:00"), now)).toMatch(/^5:30\sPM$/);
    expect(whenWords(new Date("2026-11-30T09:00:00"), now)).toMatch(/^Monday, 9:00/);
    expect(whenWords(new Date("2027-01-03T09:00:00"), now)).toMatch(/^January 3, 9:00/);
  });

  test("before the server said anything nothing is claimed", () => {
    expect(there({ availability: null, thread: null, typing: [] }, now)).toBeNull();
  });
});

describe("a voice message", () => {
  /** A microphone that hears what it is told. */
  class Room {
    isOn = false;
    level = 0;
    data = new Blob(["sound"], { type: "audio/webm" });
    ear: Ear = {
      microphone: async () => {
        this.isOn = true;
        const off = () => {
          this.isOn = false;
        };
        return { getTracks: () => [{ stop: off }] } as unknown as MediaStream;
      },
      recorder: () => {
        const recorder = {
          state: "inactive",
          mimeType: "audio/webm",
          ondataavailable: (_event: { data: Blob }) => {},
          onstop: () => {},
          start() {
            recorder.state = "recording";
          },
          stop: () => {
            recorder.state = "inactive";
            recorder.ondataavailable({ data: this.data });
            recorder.onstop();
          },
        };
        return recorder as unknown as MediaRecorder;
      },
      meter: () => ({ level: () => this.level, stop: () => {} }),
    };
  }

  test("is what was said, how long it took and how loud it was; then the microphone is off", async () => {
    const room = new Room();
    const states: RecorderState[] = [];
    const recorder = new Recorder((state) => states.push(state), room.ear);
    await recorder.start();
    room.level = 0.2;
    await vi.advanceTimersByTimeAsync(600);
    room.level = 1;
    await vi.advanceTimersByTimeAsync(600);
    expect(room.isOn, "the premise").toBe(true);
    recorder.stop();
    expect(room.isOn).toBe(false);
    expect(recorder.state).toMatchObject({ kind: "recorded", ms: 1_200 });
    if (recorder.state.kind !== "recorded") throw new Error("not recorded");
    const chosen = chosenOf(recorder.state, "Voice message");
    expect(chosen).toMatchObject({ name: "Voice message.webm", is_voice: true, duration_ms: 1_200 });
    expect(chosen.waveform?.[0]).toBe(20);
    expect(chosen.waveform?.at(-1)).toBe(100);
    expect(states.some((state) => state.kind === "recording" && state.level === 1)).toBe(true);
  });

  test("that is given up while the browser asks leaves no microphone on", async () => {
    const room = new Room();
    const recorder = new Recorder(() => {}, room.ear);
    const started = recorder.start();
    recorder.cancel();
    await started;
    expect(room.isOn).toBe(false);
    expect(recorder.state.kind).toBe("asking");
  });

  test("without a microphone says so", async () => {
    const room = new Room();
    room.ear.microphone = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    const recorder = new Recorder(() => {}, room.ear);
    await recorder.start();
    expect(recorder.state.kind).toBe("failed");
  });

  test("has at most as many peaks as the server takes, each the loudest of its stretch", () => {
    expect(peaksOf([], 4)).toEqual([]);
    expect(peaksOf([0.1, 0.5], 4)).toEqual([10, 50]);
    expect(peaksOf([0.1, 0.9, 0.2, 0.3, 0, 0, 0.4, 2], 4)).toEqual([90, 30, 0, 100]);
    expect(clock(65_400)).toBe("1:05");
  });
});

test("what one tab waits to send is not forgotten by what another keeps", () => {
  localStorage.clear();
  const message = (client_id: string) => ({
    client_id,
    message: "text",
    kind: "text" as const,
    timestamp: "",
    delivery: "pending" as const,
    problem: null,
  });
  const waiting = () => new Keep("cbw_1").kept.outbox?.map((one) => one.client_id);
  const [one, other] = [new Keep("cbw_1"), new Keep("cbw_1")];
  one.act();
  other.act();
  one.set({ outbox: [message("a")] });
  other.set({ outbox: [message("b")] });
  other.set({ secret: "new" });
  expect(waiting()).toEqual(["a", "b"]);
  one.set({ outbox: [] });
  expect(waiting()).toEqual(["b"]);
  // A third tab found it, and sent it.
  const third = new Keep("cbw_1");
  third.set({ outbox: [] });
  expect(waiting()).toEqual([]);
});

test("a key says since when its file waits", () => {
  expect(Number.parseInt(fileKey(), 36)).toBe(Date.now());
});

test("without a database files wait in memory", async () => {
  const keep = new FileKeep("frontdesk:test", () => []);
  await keep.put("a", new Blob(["x"]));
  expect(await (await keep.get("a"))?.text()).toBe("x");
  await keep.remove("a");
  expect(await keep.get("a")).toBeNull();
});
