// Draws the recording of a voice message where one else writes: the level while one speaks, then what was said, to be
// heard before it goes. Knows nothing of microphones; the recorder does.

import { chosenOf, clock, Recorder, type RecorderState, type Voice } from "@frontdesk/shared/recorder";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon";
import { Wave } from "./voice";

interface RecordProps {
  /** A note for colleagues? */
  readonly note: boolean;
  onDone(voice: Voice): void;
  onCancel(): void;
}

/** Levels that are drawn while one speaks. */
const SHOWN = 38;

export function Record({ note, onDone, onCancel }: RecordProps) {
  const [state, setState] = useState<RecorderState>({ kind: "asking" });
  const recorder = useRef<Recorder | null>(null);
  const levels = useRef<number[]>([]);
  const [next, discard] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)];
  useEffect(() => {
    const one = new Recorder((now) => {
      if (now.kind === "recording") levels.current = [...levels.current, now.level * 100].slice(-SHOWN);
      setState(now);
    });
    recorder.current = one;
    void one.start();
    return () => one.cancel();
  }, []);
  // The button of each state, at once: Enter ends the recording, Enter sends it, and Esc belongs to it.
  useLayoutEffect(() => (next.current?.disabled ? discard : next).current?.focus(), [state.kind]);
  const keyed = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onCancel();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div class="record" role="group" aria-label="Voice message" onKeyDown={keyed}>
      <button
        ref={discard}
        type="button"
        class="icon-button composer-tool"
        aria-label="Discard the recording"
        title="Discard the recording (Esc)"
        onClick={onCancel}
      >
        <Icon name="bin" />
      </button>
      {state.kind === "failed" ? (
        <p class="record-failed" role="alert">
          The microphone cannot be used. Allow it for this page in your browser, and try again.
        </p>
      ) : state.kind === "recorded" ? (
        <Listen {...state} />
      ) : (
        <span class="record-level" role="status">
          <i class={state.kind === "recording" ? "record-on" : ""} />
          <span class="hidden-text">
            {state.kind === "recording" ? "Recording" : "Waiting for the microphone"}
          </span>
          <Wave peaks={[...Array(SHOWN - levels.current.length).fill(0), ...levels.current]} heard={1} />
          <time>{clock(state.kind === "recording" ? state.ms : 0)}</time>
        </span>
      )}
      {state.kind === "recorded" ? (
        <button
          ref={next}
          type="button"
          class="button"
          onClick={() => onDone(chosenOf(state, "Voice message"))}
        >
          {note ? "Add note" : "Send"}
          <Icon name={note ? "lock" : "send"} />
        </button>
      ) : (
        <button
          ref={next}
          type="button"
          class="button"
          disabled={state.kind !== "recording"}
          onClick={() => recorder.current?.stop()}
        >
          Done
          <Icon name="check" />
        </button>
      )}
    </div>
  );
}

interface ListenProps {
  readonly blob: Blob;
  readonly ms: number;
  readonly peaks: readonly number[];
}

/** Played from memory, decoded: the console's policy allows no `blob:`. */
function Listen({ blob, ms, peaks }: ListenProps) {
  const [at_ms, setAt] = useState<number | null>(null);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const play = async () => {
    const audio = new AudioContext();
    const source = audio.createBufferSource();
    const tick = setInterval(() => setAt(audio.currentTime * 1_000), 100);
    stop.current = () => {
      clearInterval(tick);
      void audio.close().catch(() => {});
      stop.current = () => {};
      setAt(null);
    };
    setAt(0);
    source.buffer = await audio.decodeAudioData(await blob.arrayBuffer());
    source.connect(audio.destination);
    source.onended = () => stop.current();
    source.start();
  };
  const playing = at_ms !== null;
  return (
    <span class="record-level">
      <button
        type="button"
        class="voice-play"
        aria-label={playing ? "Stop" : "Listen to it"}
        onClick={() => (playing ? stop.current() : void play().catch(() => stop.current()))}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <Wave peaks={peaks} heard={playing ? at_ms / ms : 0} />
      <time>{clock(at_ms ?? ms)}</time>
    </span>
  );
}
