// Draws that something is still being fetched, in the shape of what will stand there, and says it to screen readers.
// Knows nothing of what that is.

interface BonesProps {
  /** `Loading the team`. */
  readonly loading: string;
  readonly count?: number;
  /** Of the whole; a panel, where the bones stand alone. */
  readonly class?: string;
}

/** Rows with a face. */
export function RowBones({ loading, count = 3, class: name }: BonesProps) {
  return (
    <div class={name} aria-busy="true">
      <p class="hidden-text">{loading}</p>
      {Array.from({ length: count }, (_, n) => (
        <div key={n} class="row-bones">
          <div class="bone" />
          <div class="bone" />
          <div class="bone" />
        </div>
      ))}
    </div>
  );
}

/** Lines of text. */
export function LineBones({ loading, count = 3, class: name }: BonesProps) {
  return (
    <div class={name} aria-busy="true">
      <p class="hidden-text">{loading}</p>
      {Array.from({ length: count }, (_, n) => (
        <div key={n} class="bone bone-line" />
      ))}
    </div>
  );
}
