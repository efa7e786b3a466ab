// Asks who is on the team: shows everyone who can sign in and who is invited. Knows nothing of their work, and of the
// questions that its buttons lead to.

import type { InvitationProfile, TeamMember, TeamReply } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { now_ms } from "../desk";
import { Avatar } from "../parts/avatar";
import { RowBones } from "../parts/bones";
import { Icon } from "../parts/icon";
import { Panel, SettingsPage } from "../parts/settings";
import { InviteDialog, MemberDialog } from "../parts/team";
import { DemandPanel } from "../parts/two-factor-demand";
import { givable, owns, ROLE_NAMES } from "../role";
import { me } from "../session";
import { moment } from "../time";
import { complain, tell } from "../toast";

/** While somebody is invited. */
const ASK_AGAIN_MS = 5_000;

export function TeamScreen() {
  const [team, setTeam] = useState<TeamReply | null>(null);
  const [inviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<TeamMember | null>(null);
  const ask = () => void agentApi.team().then(setTeam, complain);
  useEffect(ask, []);
  const waits = (team?.invitations.length ?? 0) > 0;
  // Whoever was invited appears by themselves.
  useEffect(() => {
    if (!waits) return;
    const again = () => document.visibilityState === "visible" && ask();
    const timer = setInterval(again, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [waits]);

  return (
    <SettingsPage
      page="team"
      action={
        <button type="button" class="button" onClick={() => setInviting(true)}>
          <Icon name="plus" />
          Invite
        </button>
      }
    >
      <section class="panel" aria-label="People">
        {team ? <People team={team} change={setChanged} /> : <RowBones loading="Loading the team" />}
      </section>
      {team && owns.value && <DemandPanel team={team} told={setTeam} />}
      {team && team.invitations.length > 0 && <Invitations invitations={team.invitations} told={setTeam} />}
      {inviting && (
        <InviteDialog
          close={() => {
            setInviting(false);
            ask();
          }}
        />
      )}
      {changed && <MemberDialog member={changed} told={setTeam} ask={ask} close={() => setChanged(null)} />}
    </SettingsPage>
  );
}

interface PeopleProps {
  readonly team: TeamReply;
  readonly change: (member: TeamMember) => void;
}

function People({ team: { members, two_factor_demanded }, change }: PeopleProps) {
  const own = me.value?.agent;
  return (
    <ul class="people">
      {members.map((member) => {
        const { agent, two_factor } = member;
        const may = givable(own?.role).includes(agent.role);
        return (
          <li key={agent.id}>
            <Avatar id={agent.id} name={agent.name} />
            <div class="people-who">
              <p>
                <bdi>{agent.name}</bdi>
              </p>
              <p>{agent.email}</p>
            </div>
            <p class="people-chips">
              {two_factor && (
                <span class="chip" title="Signs in in two steps">
                  Two-step
                </span>
              )}
              {!two_factor && two_factor_demanded && (
                <span class="chip chip-warn" title="Has to set up two-step sign-in before anything else">
                  Not set up yet
                </span>
              )}
              <span class={agent.role === "owner" ? "chip chip-good" : "chip"}>{ROLE_NAMES[agent.role]}</span>
              {agent.id === own?.id && <span class="chip">You</span>}
            </p>
            {may && (
              <button
                type="button"
                class="icon-button"
                aria-label={`Change ${agent.name}`}
                title={`Change ${agent.name}`}
                onClick={() => change(member)}
              >
                <Icon name="pencil" />
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface InvitationsProps {
  readonly invitations: readonly InvitationProfile[];
  readonly told: (team: TeamReply) => void;
}

function Invitations({ invitations, told }: InvitationsProps) {
  const withdraw = async ({ id }: InvitationProfile) => {
    try {
      told(await agentApi.withdraw(id));
      tell("good", "The invitation was withdrawn.");
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Panel title="Invited" lead="Nobody has used these links yet. Each works once.">
      <ul class="people">
        {invitations.map((invitation) => {
          const who = invitation.email ?? "Somebody with the link";
          return (
            <li key={invitation.id}>
              <span class="people-sign">
                <Icon name="mail" />
              </span>
              <div class="people-who">
                <p>{who}</p>
                <p>
                  By <bdi>{invitation.by}</bdi>, until {moment(invitation.expires_at, now_ms.value)}
                </p>
              </div>
              <p class="people-chips">
                <span class="chip">{ROLE_NAMES[invitation.role]}</span>
              </p>
              {givable(me.value?.agent.role).includes(invitation.role) && (
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Withdraw the invitation of ${who}`}
                  title="Withdraw"
                  onClick={() => void withdraw(invitation)}
                >
                  <Icon name="bin" />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
