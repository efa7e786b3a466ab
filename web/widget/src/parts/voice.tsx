// Decides how recording looks: the level while one speaks, then what was said, to be heard before it goes.
// Knows nothing of microphones; the recorder does.

import { chosenOf, clock, Recorder as Ear, type RecorderState } from "@frontdesk/shared/recorder";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chosen } from "../uploads";
import { CloseIcon, SendIcon } from "../view/icons";
import { TEXT } from "../view/texts";
import playerCss from "./player.css?inline";
import { PauseIcon, PlayIcon, StopIcon } from "./symbols";
import voiceCss from "./voice.css?inline";
import { Wave } from "./wave";

export const css = playerCss + voiceCss;

type Props = { onDone(chosen: Chosen): void; onCancel(): void };

/** Levels that are drawn while one speaks. */
const SHOWN = 40;

export function Recorder({ onDone, onCancel }: Props) {
  const [state, setState] = useState<RecorderState>({ kind: "asking" });
  const recorder = useRef<Ear | null>(null);
  const levels = useRef<number[]>([]);
  const first = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const one = new Ear((next) => {
      if (next.kind === "recording") levels.current = [...levels.current, next.level * 100].slice(-SHOWN);
      setState(next);
    });
    recorder.current = one;
    void one.start();
    return () => one.cancel();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the button of each state
  useEffect(() => first.current?.focus(), [state.kind]);

  const keyed = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onCancel();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div class="composer recorder" role="group" aria-label={TEXT.record} onKeyDown={keyed}>
      {state.kind === "failed" && (
        <p class="wrong" role="alert">
          {TEXT.noMicrophone}
        </p>
      )}
      <div class="writing">
        <button type="button" class="tool" aria-label={TEXT.cancel} onClick={onCancel}>
          <CloseIcon />
        </button>
        {state.kind === "recorded" ? (
          <Listen blob={state.blob} ms={state.ms} peaks={state.peaks} />
        ) : (
          <span class="meter" role="status">
            <i class={state.kind} />
            <span class="unseen">{TEXT.recording}</span>
            <Wave
              peaks={[...Array(Math.max(0, SHOWN - levels.current.length)).fill(0), ...levels.current]}
              heard={1}
            />
            <time>{clock(state.kind === "recording" ? state.ms : 0)}</time>
          </span>
        )}
        {state.kind === "recorded" ? (
          <button
            ref={first}
            type="button"
            class="send"
            aria-label={TEXT.send}
            onClick={() => onDone(chosenOf(state, TEXT.voice))}
          >
            <SendIcon />
          </button>
        ) : (
          <button
            ref={first}
            type="button"
            class="send stop"
            aria-label={TEXT.stop}
            disabled={state.kind !== "recording"}
            onClick={() => recorder.current?.stop()}
          >
            <StopIcon />
          </button>
        )}
      </div>
    </div>
  );
}

type ListenProps = { blob: Blob; ms: number; peaks: number[] };

/** Played from memory, decoded: a page's policy need not allow `blob:` (ruling 10). */
function Listen({ blob, ms, peaks }: ListenProps) {
  const [at, setAt] = useState<number | null>(null);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);

  const play = async () => {
    const audio = new AudioContext();
    const source = audio.createBufferSource();
    source.buffer = await audio.decodeAudioData(await blob.arrayBuffer());
    source.connect(audio.destination);
    const tick = setInterval(() => setAt(audio.currentTime * 1_000), 100);
    stop.current = () => {
      clearInterval(tick);
      void audio.close().catch(() => {});
      stop.current = () => {};
      setAt(null);
    };
    source.onended = () => stop.current();
    setAt(0);
    source.start();
  };
  const toggle = () => {
    if (at === null) play().catch(() => stop.current());
    else stop.current();
  };
  return (
    <span class="player">
      <button type="button" class="play" aria-label={at === null ? TEXT.play : TEXT.pause} onClick={toggle}>
        {at === null ? <PlayIcon /> : <PauseIcon />}
      </button>
      <span class="track">
        <Wave peaks={peaks} heard={at === null ? 0 : at / ms} />
      </span>
      <time>{clock(at ?? ms)}</time>
    </span>
  );
}
