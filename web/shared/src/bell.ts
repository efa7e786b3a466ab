// Decides whether this tab is the one that rings for a new message, and makes the sound: of all tabs of
// a site one rings, and none while a tab shows the message. Knows nothing of conversations.

/** A tab that shows the message takes the turn at once; the others give it this long. */
const OTHERS_WAIT_MS = 150;
/** Tabs hear of a message at different times: one that polls may be this late. */
const TURN_LASTS_MS = 8_000;
/** One burst of messages rings once. */
const QUIET_MS = 2_000;

export type BellOptions = {
  /** Makes the sound; ours unless a test listens. */
  ring?(): void;
  locks?: LockManager | undefined;
};

export class Bell {
  muted = false;

  #options: BellOptions;
  #rangAt = 0;
  #audio: AudioContext | null = null;
  #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(options: BellOptions = {}) {
    this.#options = options;
  }

  /** Browsers make no sound before the visitor touched the page; call at a touch. */
  prepare(): void {
    if (typeof AudioContext === "undefined") return;
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") void this.#audio.resume().catch(() => {});
  }

  /** Would a sound be heard? Not before the page was touched. */
  get canRing(): boolean {
    return this.#options.ring !== undefined || this.#audio?.state === "running";
  }

  /** A message came. `isSeen`: this tab shows it right now. */
  message(id: string, isSeen: boolean): void {
    if (isSeen) return this.#take(id, () => {});
    if (this.muted || !this.canRing) return;
    this.#later(OTHERS_WAIT_MS, () => this.#take(id, () => this.#ring()));
  }

  /** In one tab of all, like the sound, and in none while one shows the message; whether or not there is a sound. */
  once(id: string, then: () => void): void {
    this.#later(OTHERS_WAIT_MS, () => this.#take(id, then));
  }

  /** Whatever is muted; `false`: nothing was heard. */
  async play(): Promise<boolean> {
    this.prepare();
    const audio = this.#audio;
    if (!audio) return false;
    await Promise.race([audio.resume(), new Promise((end) => setTimeout(end, 1_000))]).catch(() => {});
    if (audio.state !== "running") return false;
    const began = audio.currentTime;
    chime(audio);
    await new Promise((end) => setTimeout(end, 300));
    return audio.currentTime > began;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    void this.#audio?.close().catch(() => {});
    this.#audio = null;
  }

  /** Whoever gets the lock first has the turn. Without locks (no TLS) each tab is on its own (ruling 14). */
  #take(id: string, then: () => void): void {
    const locks = "locks" in this.#options ? this.#options.locks : navigator.locks;
    if (!locks) return then();
    const turn = (lock: Lock | null) => {
      if (!lock) return;
      then();
      return new Promise<void>((end) => this.#later(TURN_LASTS_MS, end));
    };
    void locks.request(`frontdesk:bell:${id}`, { ifAvailable: true }, turn).catch(() => {});
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  #ring(): void {
    if (Date.now() - this.#rangAt < QUIET_MS) return;
    this.#rangAt = Date.now();
    if (this.#options.ring) this.#options.ring();
    else if (this.#audio) chime(this.#audio);
  }
}

/** Two soft tones, made here: no file to fetch, nothing a policy could forbid. */
function chime(audio: AudioContext): void {
  for (const [at, pitch] of [
    [0, 660],
    [0.12, 880],
  ] as const) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + at;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.5);
  }
}
