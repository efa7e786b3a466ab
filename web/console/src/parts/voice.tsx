// Decides how a voice message is heard: played, paused, moved in, one at a time. Fetched and decoded by us, for the
// console's policy lets no media element load anything. Knows nothing of messages.

import { spread } from "@frontdesk/shared/peaks";
import type { Attachment } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef, useState } from "preact/hooks";
import { lasting } from "../file";
import { tell } from "../toast";
import { Icon } from "./icon";

const BARS = 38;
const LOOK_MS = 100;

/** Two voices at once are none. */
let silence: () => void = () => {};

export function Voice({ file }: { readonly file: Attachment }) {
  const [sound] = useState(() => new Sound(file.url));
  const [at_ms, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const total = file.duration_ms || sound.lasts_ms || 1;
  const timer = useRef<ReturnType<typeof setInterval>>(undefined);

  const pause = () => {
    clearInterval(timer.current);
    sound.stop();
    setPlaying(false);
  };
  const play = async (from_ms: number) => {
    silence();
    silence = pause;
    setPlaying(true);
    try {
      await sound.play(from_ms, () => {
        pause();
        setAt(0);
      });
      timer.current = setInterval(() => setAt(sound.at_ms), LOOK_MS);
    } catch {
      pause();
      tell("bad", "This voice message could not be played. Download it from its menu or try again.");
    }
  };
  const seek = (to_ms: number) => {
    setAt(to_ms);
    if (!playing) return;
    pause();
    void play(to_ms);
  };
  useEffect(() => pause, []);
  return (
    <div class="voice">
      <button
        type="button"
        class="voice-play"
        aria-label={playing ? "Pause" : "Play voice message"}
        onClick={() => (playing ? pause() : void play(at_ms))}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <span class="voice-track">
        <Wave peaks={file.waveform ?? []} heard={at_ms / total} />
        <input
          type="range"
          min={0}
          max={Math.round(total)}
          step={100}
          value={Math.round(at_ms)}
          aria-label="Voice message"
          aria-valuetext={lasting(at_ms)}
          onInput={(event) => seek(event.currentTarget.valueAsNumber)}
        />
      </span>
      <time>{lasting(at_ms > 0 || playing ? at_ms : total)}</time>
    </div>
  );
}

/** Bars, those that were heard in colour. */
export function Wave({ peaks, heard }: { readonly peaks: readonly number[]; readonly heard: number }) {
  return (
    <svg class="wave" viewBox={`0 0 ${BARS * 5} 28`} preserveAspectRatio="none" aria-hidden="true">
      {spread(peaks, BARS).map((peak, at) => {
        const height = Math.max(3, (peak / 100) * 28);
        return (
          <rect
            key={at}
            class={at / BARS < heard ? "heard" : ""}
            x={at * 5 + 1}
            y={(28 - height) / 2}
            width={3}
            height={height}
            rx={1.5}
          />
        );
      })}
    </svg>
  );
}

/** What the browser plays of one file. */
class Sound {
  #url: string;
  #audio: AudioContext | null = null;
  #buffer: AudioBuffer | null = null;
  #source: AudioBufferSourceNode | null = null;
  #began = 0;
  /** A start that was overtaken plays nothing. */
  #turn = 0;

  constructor(url: string) {
    this.#url = url;
  }

  get lasts_ms(): number {
    return (this.#buffer?.duration ?? 0) * 1_000;
  }

  get at_ms(): number {
    return this.#audio ? (this.#audio.currentTime - this.#began) * 1_000 : 0;
  }

  async play(from_ms: number, onEnd: () => void): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const audio = new AudioContext();
    this.#audio = audio;
    this.#buffer ??= await audio.decodeAudioData(await fetched(this.#url));
    if (turn !== this.#turn) return;
    const source = audio.createBufferSource();
    source.buffer = this.#buffer;
    source.connect(audio.destination);
    source.onended = () => this.#source === source && onEnd();
    this.#source = source;
    this.#began = audio.currentTime - from_ms / 1_000;
    source.start(0, from_ms / 1_000);
  }

  stop(): void {
    this.#turn += 1;
    this.#source = null;
    void this.#audio?.close().catch(() => {});
    this.#audio = null;
  }
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${reply.status}`);
  return reply.arrayBuffer();
}
