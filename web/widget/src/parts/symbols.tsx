// Decides the pictures of what plays. Knows nothing of what they stand beside.

export const PlayIcon = () => (
  <svg viewBox="0 0 24 24" class="solid" aria-hidden="true">
    <path d="M8 5.5v13l10.5-6.5z" />
  </svg>
);
export const PauseIcon = () => (
  <svg viewBox="0 0 24 24" class="solid" aria-hidden="true">
    <path d="M7 5.5h3.2v13H7zM13.8 5.5H17v13h-3.2z" />
  </svg>
);
export const StopIcon = () => (
  <svg viewBox="0 0 24 24" class="solid" aria-hidden="true">
    <path d="M7 7h10v10H7z" />
  </svg>
);
