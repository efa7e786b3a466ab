// Decides how a voice message is recorded: what the microphone gives, how loud it is, when it ends.
// Knows nothing of how that is drawn, and not where the recording goes.

import type { Taken } from "./uploads";

/** What the server takes at most, by a second less. */
export const LONGEST_MS = 15 * 60_000 - 1_000;
/** Peaks that are sent; the server takes 100. */
const PEAKS = 60;
const LOOK_MS = 60;
/** Browsers differ in what they record; the server looks at the bytes. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
/** Speech rarely comes near full scale. */
const GAIN = 2.6;

/** A file as it goes out. */
export type Voice = Omit<Taken, "key">;

export type RecorderState =
  | { kind: "asking" }
  | { kind: "recording"; ms: number; level: number }
  | { kind: "recorded"; ms: number; peaks: number[]; blob: Blob }
  /** The microphone is refused or missing. */
  | { kind: "failed" };

/** As much of the browser as it takes to record. */
export type Ear = {
  microphone(): Promise<MediaStream>;
  recorder(stream: MediaStream): MediaRecorder;
  /** How loud it is right now, from 0 to 1; and how to stop asking. */
  meter(stream: MediaStream): { level(): number; stop(): void };
};

export class Recorder {
  state: RecorderState = { kind: "asking" };

  #ear: Ear;
  #changed: (state: RecorderState) => void;
  #levels: number[] = [];
  #startedAt = 0;
  #stopAll = () => {};
  #recorder: MediaRecorder | null = null;
  #gone = false;

  constructor(changed: (state: RecorderState) => void, ear: Ear = browserEar) {
    this.#changed = changed;
    this.#ear = ear;
  }

  async start(): Promise<void> {
    try {
      const stream = await this.#ear.microphone();
      // Given up while the browser asked: the microphone must not stay on.
      if (this.#gone) return end(stream);
      this.#record(stream);
    } catch {
      this.#set({ kind: "failed" });
    }
  }

  /** What was said so far is the message. */
  stop(): void {
    if (this.#recorder?.state === "recording") this.#recorder.stop();
  }

  /** Nothing is kept and the microphone is off. */
  cancel(): void {
    this.#gone = true;
    this.#stopAll();
  }

  #record(stream: MediaStream): void {
    const pieces: Blob[] = [];
    const recorder = this.#ear.recorder(stream);
    const meter = this.#ear.meter(stream);
    const look = setInterval(() => this.#look(meter.level()), LOOK_MS);
    this.#recorder = recorder;
    this.#startedAt = Date.now();
    this.#stopAll = () => {
      clearInterval(look);
      meter.stop();
      if (recorder.state !== "inactive") recorder.stop();
      end(stream);
      this.#stopAll = () => {};
    };
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => this.#recorded(new Blob(pieces, { type: recorder.mimeType }));
    recorder.start();
    this.#set({ kind: "recording", ms: 0, level: 0 });
  }

  #look(level: number): void {
    const ms = Date.now() - this.#startedAt;
    this.#levels.push(level);
    this.#set({ kind: "recording", ms, level });
    if (ms >= LONGEST_MS) this.stop();
  }

  #recorded(blob: Blob): void {
    const ms = Date.now() - this.#startedAt;
    this.#stopAll();
    if (this.#gone) return;
    if (blob.size === 0) return this.#set({ kind: "failed" });
    this.#set({ kind: "recorded", ms, peaks: peaksOf(this.#levels, PEAKS), blob });
  }

  #set(state: RecorderState): void {
    if (this.#gone) return;
    this.state = state;
    this.#changed(state);
  }
}

/** The loudest of each stretch, from 0 to 100, evenly spread; never more than there are. */
export function peaksOf(levels: number[], count: number): number[] {
  const size = Math.max(1, levels.length / count);
  const stretches = Math.min(count, levels.length);
  return [...Array(stretches)].map((_, at) => {
    const stretch = levels.slice(Math.floor(at * size), Math.max(Math.floor((at + 1) * size), at * size + 1));
    return Math.round(Math.min(1, Math.max(0, ...stretch)) * 100);
  });
}

/** What goes out. */
export function chosenOf(recorded: Extract<RecorderState, { kind: "recorded" }>, name: string): Voice {
  const { blob, ms, peaks } = recorded;
  const ending = blob.type.includes("mp4") ? "m4a" : blob.type.includes("ogg") ? "ogg" : "webm";
  return { name: `${name}.${ending}`, blob, is_voice: true, duration_ms: Math.round(ms), waveform: peaks };
}

/** "1:05". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

const browserEar: Ear = {
  microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
  recorder(stream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    return new MediaRecorder(stream, mimeType ? { mimeType } : {});
  },
  meter(stream) {
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 512;
    audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      level() {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        return Math.min(1, Math.sqrt(power) * GAIN);
      },
      stop: () => void audio.close().catch(() => {}),
    };
  },
};
