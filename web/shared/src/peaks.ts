// Decides how many bars a waveform has. Knows nothing of drawing and sound.

/** So many, whatever was measured; flat where nothing was. */
export function spread(peaks: readonly number[], count: number): number[] {
  if (peaks.length === 0) return Array(count).fill(0);
  return [...Array(count)].map((_, at) => peaks[Math.floor((at * peaks.length) / count)] ?? 0);
}
