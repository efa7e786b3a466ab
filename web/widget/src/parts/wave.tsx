// Decides how a waveform is drawn: bars, those that were heard in colour. Knows nothing of sound.

import { spread } from "@frontdesk/shared/peaks";

type Props = { peaks: number[] /** From 0 to 1. */; heard: number };

const BAR = 3;
const STEP = 5;
const HEIGHT = 28;
/** Bars that fit beside a button in the narrowest bubble. */
const BARS = 34;

export function Wave({ peaks, heard }: Props) {
  const bars = spread(peaks, BARS);
  return (
    <svg class="wave" viewBox={`0 0 ${BARS * STEP} ${HEIGHT}`} aria-hidden="true">
      {bars.map((peak, at) => {
        const height = Math.max(3, (peak / 100) * HEIGHT);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no other name and never move
            key={at}
            class={at / BARS < heard ? "heard" : ""}
            x={at * STEP}
            y={(HEIGHT - height) / 2}
            width={BAR}
            height={height}
            rx={BAR / 2}
          />
        );
      })}
    </svg>
  );
}
