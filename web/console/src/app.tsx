// Decides which screen stands open: a door, or the frame with the place that the address names.
// Knows nothing of what the screens do.

import { Bell } from "./parts/icon";
import { lazy } from "./parts/lazy";
import { Overlay } from "./parts/palette";
import { PageFrame } from "./parts/settings";
import { Shell } from "./parts/shell";
import { Toasts } from "./parts/toasts";
import { place } from "./route";
import { SCREENS } from "./screens";
import { DeskScreen } from "./screens/desk";
import { SignInScreen } from "./screens/sign-in";
import { phase, start } from "./session";
import { overlay } from "./shortcuts";

const JoinScreen = lazy(async () => (await import("./screens/join")).JoinScreen);
const WelcomeScreen = lazy(async () => (await import("./screens/welcome")).WelcomeScreen);
const OwingScreen = lazy(async () => (await import("./screens/owing")).OwingScreen);
const SetupScreen = lazy(async () => (await import("./screens/setup")).SetupScreen);

export function App() {
  return (
    <>
      <Screen />
      {overlay.value && phase.value === "signed-in" && <Overlay />}
      <Toasts />
    </>
  );
}

function Screen() {
  const here = place.value;
  if (here.at === "setup") return <SetupScreen code={here.code} />;
  if (here.at === "join") return <JoinScreen code={here.code} />;
  switch (phase.value) {
    case "starting":
      return <Starting />;
    case "unreachable":
      return <Unreachable />;
    case "signed-out":
      return <SignInScreen />;
    case "owing":
      return <OwingScreen />;
    case "signed-in":
      return (
        <Shell>
          {here.at === "welcome" ? (
            <WelcomeScreen />
          ) : here.at === "page" || here.at === "section" ? (
            <PageFrame screens={SCREENS} />
          ) : (
            <DeskScreen />
          )}
        </Shell>
      );
  }
}

function Starting() {
  return (
    <main class="door" aria-busy="true">
      <p class="hidden-text">Loading</p>
    </main>
  );
}

function Unreachable() {
  return (
    <main class="door">
      <div class="door-card">
        <Bell />
        <h1>Frontdesk cannot be reached</h1>
        <p class="door-lead">
          The server did not answer. It may be restarting, or your connection may be down.
        </p>
        <button type="button" class="button button-wide" onClick={() => void start()}>
          Try again
        </button>
      </div>
    </main>
  );
}
