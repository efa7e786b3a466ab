// Decides how a voice message is heard: played, paused, moved in; one at a time. Knows nothing of messages.

import { clock } from "@frontdesk/shared/recorder";
import { useEffect, useRef, useState } from "preact/hooks";
import { TEXT } from "../view/texts";
import css from "./player.css?inline";
import { PauseIcon, PlayIcon } from "./symbols";
import { Wave } from "./wave";

export { css };

type Props = { url: string; durationMs: number; peaks: number[] };

/** Two voices at once are none. */
let playing: HTMLAudioElement | null = null;

export function Player({ url, durationMs, peaks }: Props) {
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [ms, setMs] = useState(0);
  // What was measured while recording: some browsers write files that do not say how long they are.
  const total = durationMs || (audio.current?.duration ?? 0) * 1_000 || 1;

  useEffect(() => () => audio.current?.pause(), []);

  const toggle = () => {
    const one = audio.current;
    if (!one) return;
    if (isPlaying) return one.pause();
    if (playing !== one) playing?.pause();
    playing = one;
    one.play().catch(() => setPlaying(false));
  };
  const seek = (to: number) => {
    if (audio.current) audio.current.currentTime = to / 1_000;
    setMs(to);
  };
  return (
    <div class="player">
      {/* biome-ignore lint/a11y/useMediaCaption: what a visitor says has no captions */}
      <audio
        ref={audio}
        src={url}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setMs(0)}
        onTimeUpdate={(event) =>
          setMs(event.currentTarget.ended ? 0 : event.currentTarget.currentTime * 1_000)
        }
      />
      <button type="button" class="play" aria-label={isPlaying ? TEXT.pause : TEXT.play} onClick={toggle}>
        {isPlaying ? <PauseIcon /> : <PlayIcon />}
      </button>
      <span class="track">
        <Wave peaks={peaks} heard={ms / total} />
        <input
          type="range"
          min={0}
          max={Math.round(total)}
          step={100}
          value={Math.round(ms)}
          aria-label={TEXT.voice}
          aria-valuetext={clock(ms)}
          onInput={(event) => seek(event.currentTarget.valueAsNumber)}
        />
      </span>
      <time>{clock(ms > 0 || isPlaying ? ms : total)}</time>
    </div>
  );
}
