// Asks before something is done to a person: kept out, taken apart from a contact, handed out or erased. Knows nothing
// of how it is done.

import type { BlockKind } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi, sentence } from "../agent-api";
import { refresh } from "../desk";
import type { Asking } from "../open";
import { BLOCK_TIMES, idOf, known, learn } from "../person";
import { administers } from "../role";
import { goTo } from "../route";
import { complain, tell } from "../toast";
import { useAct } from "./act";
import type { Question } from "./asked";
import { Dialog } from "./dialog";
import { Field } from "./field";

type PersonQuestionProps = Question & {
  readonly what: Exclude<Asking["what"], "snooze" | "merge" | "transcript">;
};

export function PersonQuestion({ what, ...question }: PersonQuestionProps) {
  const { summary } = question;
  // The card that asks for it may be closed.
  useEffect(() => {
    void learn(summary.visitor, administers.peek()).catch(complain);
  }, [summary.visitor.id]);
  switch (what) {
    case "apart":
      return <Apart {...question} />;
    case "block":
      return <Block {...question} />;
    case "export":
      return <Export {...question} />;
    case "erase":
      return <Erase {...question} />;
  }
}

function Apart({ summary: { visitor }, close }: Question) {
  const { contact } = known.value;
  const [act, busy, refusal] = useAct(async () => {
    await agentApi.unrecognise(visitor.id);
    tell("good", "They are two people again.");
    void learn(visitor, administers.peek()).catch(complain);
    close();
  });
  if (contact === null) {
    return (
      <Dialog title="This is somebody else" onClose={close}>
        <p class="dialog-lead">{visitor.name} is not a contact: there is nobody to take them apart from.</p>
        <Foot close={close} name="" />
      </Dialog>
    );
  }
  return (
    <Dialog title="This is somebody else?" onClose={close}>
      <p class="dialog-lead">
        The visitor is no longer <bdi>{contact?.name ?? "this contact"}</bdi> but nobody in particular:
        without name and e-mail address until they say them again. The chat in their browser starts anew. The
        contact stays as it is.
      </p>
      {refusal !== null && <p class="field-wrong">{sentence(refusal)}</p>}
      <Foot close={close} name="Take them apart" busy={busy || !contact} act={() => void act()} />
    </Dialog>
  );
}

function Block({ summary: { visitor }, close }: Question) {
  const [kind, setKind] = useState<BlockKind>("visitor");
  const [address, setAddress] = useState("");
  const [time, setTime] = useState(1);
  const [reason, setReason] = useState("");
  const value = { visitor: visitor.id, email: visitor.email ?? "", address: address.trim() }[kind];
  const for_s = BLOCK_TIMES[time]?.[1];
  const [submit, busy, refusal] = useAct(async () => {
    await agentApi.block({ kind, value, reason: reason.trim(), ...(for_s ? { for_s } : {}) });
    tell("good", `${kind === "address" ? value : visitor.name} can no longer write.`);
    await learn(visitor, true).catch(complain);
    close();
  });
  const choice = (one: BlockKind, name: string, hint: string) => (
    <label class="tick">
      <input type="radio" name="block-kind" checked={kind === one} onChange={() => setKind(one)} />
      <span>
        {name}
        <small dir="auto">{hint}</small>
      </span>
    </label>
  );
  return (
    <Dialog title={`Block ${visitor.name}?`} onClose={close}>
      <p class="dialog-lead">
        Their chat closes at once, and they cannot write or upload until it ends. What they wrote stays.
      </p>
      <form class="form" onSubmit={submit}>
        <fieldset class="ticks">
          <legend class="hidden-text">Whom to block</legend>
          {choice("visitor", "This visitor", "The browser they write from.")}
          {visitor.email && choice("email", "This e-mail address", visitor.email)}
          {choice("address", "A network address", "Everybody who comes from it.")}
        </fieldset>
        {kind === "address" && (
          <Field
            label="Address or network"
            hint="From your proxy's log; conversations keep no addresses. Such as 203.0.113.7 or 203.0.113.0/24."
          >
            {(ids) => (
              <input
                {...ids}
                class="input"
                type="text"
                required
                value={address}
                onInput={(event) => setAddress(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <Field label="For how long">
          {(ids) => (
            <select {...ids} class="input" onChange={(event) => setTime(event.currentTarget.selectedIndex)}>
              {BLOCK_TIMES.map(([name], n) => (
                <option key={name} selected={n === time}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Why (for your team)">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="text"
              maxLength={200}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        {refusal !== null && <p class="field-wrong">{sentence(refusal)}</p>}
        <Foot close={close} name="Block" busy={busy} danger />
      </form>
    </Dialog>
  );
}

function Export({ summary: { visitor }, close }: Question) {
  const id = idOf(visitor, known.value.contact);
  return (
    <Dialog title="Export everything?" onClose={close}>
      <p class="dialog-lead">
        You get one file (JSON) with all that is kept of <bdi>{visitor.name}</bdi>: details, conversations,
        notes and links to files. Hand it only to them or to whom they name, and delete it when it is no
        longer needed.
      </p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Cancel
        </button>
        <a
          class="button"
          href={agentApi.exportAddress(id)}
          download={`${id}.json`}
          // After the browser has taken the click, or there is no link left to follow.
          onClick={() => setTimeout(close)}
        >
          Export
        </a>
      </div>
    </Dialog>
  );
}

function Erase({ summary: { visitor }, close }: Question) {
  const [typed, setTyped] = useState("");
  const { contact, conversations } = known.value;
  const sure = typed.trim().toLocaleLowerCase() === "erase";
  const many =
    conversations && conversations.length > 1 ? `all ${conversations.length} conversations` : "everything";
  const [submit, busy, refusal] = useAct(async () => {
    if (!sure || contact === undefined) return;
    const reply = await agentApi.erase(idOf(visitor, contact));
    tell(
      "good",
      `Erased: ${reply.conversations} ${reply.conversations === 1 ? "conversation" : "conversations"}.`,
    );
    goTo({ at: "inbox" });
    await refresh().catch(complain);
    close();
  });
  return (
    <Dialog title={`Erase ${visitor.name}?`} onClose={close}>
      <p class="dialog-lead">
        This takes away {many} with <bdi>{visitor.name}</bdi>: words, notes, files, name and e-mail address,
        here and in their browser. Nobody can bring it back.
      </p>
      <form class="form" onSubmit={submit}>
        <Field label="Type “erase” to go on">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="text"
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        {refusal !== null && <p class="field-wrong">{sentence(refusal)}</p>}
        <Foot close={close} name="Erase for good" busy={busy || !sure || contact === undefined} danger />
      </form>
    </Dialog>
  );
}

interface FootProps {
  readonly name: string;
  readonly busy?: boolean;
  readonly danger?: boolean;
  /** Without it, the button sends the form. */
  act?(): void;
  close(): void;
}

function Foot({ name, busy, danger, act, close }: FootProps) {
  return (
    <div class="dialog-foot">
      <button type="button" class="button button-plain" onClick={close}>
        {name ? "Cancel" : "Close"}
      </button>
      {name && (
        <button
          type={act ? "button" : "submit"}
          class={danger ? "button button-danger" : "button"}
          disabled={busy}
          {...(act ? { onClick: act } : {})}
        >
          {name}
        </button>
      )}
    </div>
  );
}
