// Lets an owner demand two-step sign-in of everybody, having seen whom that holds up. Knows nothing of how it is set up.

import type { TeamReply } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { addressOf } from "../route";
import { me } from "../session";
import { complain, tell } from "../toast";
import { useAct } from "./act";
import { Confirm } from "./confirm";
import { Panel } from "./settings";

interface DemandProps {
  readonly team: TeamReply;
  readonly told: (team: TeamReply) => void;
}

export function DemandPanel({ team, told }: DemandProps) {
  const [asking, setAsking] = useState(false);
  const { two_factor_demanded: on, members } = team;
  const without = members.filter(({ two_factor }) => !two_factor).map(({ agent }) => agent);
  const own = without.some(({ id }) => id === me.value?.agent.id);
  const set = async (demanded: boolean) => {
    told(await agentApi.demandTwoFactor(demanded));
    tell(
      "good",
      demanded ? "Everybody signs in in two steps now." : "Two-step sign-in is left to each again.",
    );
  };
  const [stop, busy] = useAct(() => set(false), complain);
  return (
    <Panel
      title="Two-step sign-in for everybody"
      lead="A password alone opens nothing then. Whoever has not set it up does that first, and nothing else."
    >
      <label class="tick">
        <input
          type="checkbox"
          checked={on}
          disabled={busy || (!on && own)}
          onChange={(event) => {
            // It shows what holds, not what is asked for.
            event.currentTarget.checked = on;
            if (on) void stop();
            else setAsking(true);
          }}
        />
        <span>
          Demand it of everybody on the team
          <small>API keys work on without it.</small>
        </span>
      </label>
      <p class="panel-note">
        {own && !on ? (
          <>
            First set up your own on <a href={addressOf({ at: "page", page: "account" })}>My account</a>, so
            that you do not lock yourself out.
          </>
        ) : without.length === 0 ? (
          "Everybody has it."
        ) : (
          <>
            {without.length === 1 ? "One person has" : `${without.length} people have`} not set it up yet:{" "}
            <Names of={without} />.
          </>
        )}
      </p>
      {asking && (
        <Confirm
          title="Demand two-step sign-in of everybody?"
          act="Demand it"
          acting="Switching on…"
          run={() => set(true)}
          close={() => setAsking(false)}
        >
          {without.length === 0 ? (
            <p>Everybody has it already. From now on nobody can switch it off.</p>
          ) : (
            <p>
              <Names of={without} /> can do nothing else from now on until it is set up: the console leads
              them there at once, wherever they are signed in.
            </p>
          )}
        </Confirm>
      )}
    </Panel>
  );
}

/** So many are named. */
const NAMED = 5;

function Names({ of }: { readonly of: readonly { readonly id: string; readonly name: string }[] }) {
  const more = of.length - NAMED;
  return (
    <>
      {of.slice(0, NAMED).map(({ id, name }, at) => (
        <span key={id}>
          {at > 0 && ", "}
          <bdi>{name}</bdi>
        </span>
      ))}
      {more > 0 && ` and ${more} more`}
    </>
  );
}
