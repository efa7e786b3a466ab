// Asks which two are the same person, and shows what becomes of them before anything is done. What that is,
// `person` decides.

import type { Contact, SearchHit } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { inWords } from "../activity";
import { agentApi, sentence } from "../agent-api";
import { asOne, type Half, learn, unite } from "../person";
import { administers } from "../role";
import { Search } from "../search";
import { complain, tell } from "../toast";
import { useAct } from "./act";
import type { Question } from "./asked";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { Field } from "./field";

export function Merge({ summary, close }: Question) {
  const { visitor } = summary;
  const [contact, setContact] = useState<Contact | null | undefined>(undefined);
  const [other, setOther] = useState<Half | null>(null);
  useEffect(() => {
    agentApi.contactOf(visitor.id).then(({ contacts }) => setContact(contacts[0] ?? null), complain);
  }, [visitor.id]);
  const choose = (hit: SearchHit) => halfOf(hit).then(setOther, complain);
  const own: Half = {
    visitorId: visitor.id,
    contact: contact ?? null,
    name: contact?.name ?? visitor.name,
    email: contact?.email ?? visitor.email,
  };
  return (
    <Dialog title={other ? "Make them one?" : "Is this somebody you know?"} wide onClose={close}>
      {other ? (
        <Confirm own={own} other={other} back={() => setOther(null)} question={{ summary, close }} />
      ) : (
        <Find
          own={own}
          widgetId={summary.widget_id}
          ready={contact !== undefined}
          choose={(hit) => void choose(hit)}
          close={close}
        />
      )}
    </Dialog>
  );
}

/** All that is known of whom the search found. */
async function halfOf({ id, who }: SearchHit): Promise<Half> {
  if (id.startsWith("ctc_")) {
    const { contact } = await agentApi.contact(id);
    return { visitorId: null, contact, name: contact.name ?? who, email: contact.email };
  }
  const [{ contacts }, { conversations }] = await Promise.all([
    agentApi.contactOf(id),
    agentApi.conversationsOf(id),
  ]);
  const contact = contacts[0] ?? null;
  const face = conversations.find(({ conversation }) => conversation.visitor.id === id)?.conversation.visitor;
  return { visitorId: id, contact, name: contact?.name ?? who, email: contact?.email ?? face?.email ?? null };
}

interface FindProps {
  readonly own: Half;
  readonly widgetId: string;
  readonly ready: boolean;
  choose(hit: SearchHit): void;
  close(): void;
}

function Find({ own, widgetId, ready, choose, close }: FindProps) {
  const [search] = useState(() => new Search(agentApi.people));
  const [typed, setTyped] = useState("");
  const { hits, busy, words, problem } = search.found.value;
  const isOther = ({ id, widget_id }: SearchHit) =>
    widget_id === widgetId && id !== own.visitorId && id !== own.contact?.id;
  const others = hits.filter(isOther);
  return (
    <>
      <p class="dialog-lead">
        Find them by name or e-mail address. You will see what happens before it does.
      </p>
      <div class="form">
        <Field label={`${own.name} is the same person as`} wrong={problem}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="text"
              placeholder="Name or e-mail address"
              autofocus
              value={typed}
              onInput={(event) => {
                setTyped(event.currentTarget.value);
                search.typed(event.currentTarget.value);
              }}
            />
          )}
        </Field>
      </div>
      <ul class="found-people" aria-label="People found" aria-busy={busy}>
        {others.map((hit) => (
          <li key={hit.id}>
            <button type="button" class="choice" disabled={!ready} onClick={() => choose(hit)}>
              <Avatar id={hit.id} name={hit.who} small />
              <span class="choice-name" dir="auto">
                {hit.who}
              </span>
              <span class="choice-hint">{hintOf(hit)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="menu-none" role="status">
        {words && !busy && others.length === 0 ? "Nobody found. Try another word." : ""}
      </p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Cancel
        </button>
      </div>
    </>
  );
}

function hintOf({ id, fields }: SearchHit): string {
  const email = fields.find(({ field }) => field === "email");
  if (email) return email.pieces.map(({ text }) => text).join("");
  return id.startsWith("ctc_") ? "contact" : "visitor";
}

interface ConfirmProps {
  readonly own: Half;
  readonly other: Half;
  readonly question: Question;
  back(): void;
}

function Confirm({ own, other, question: { summary, close }, back }: ConfirmProps) {
  const whole = asOne(own, other);
  const forGood = own.contact !== null && other.contact !== null;
  const [act, busy, refusal] = useAct(async () => {
    await unite(own, other);
    tell("good", "They are one person now.");
    void learn(summary.visitor, administers.peek()).catch(complain);
    close();
  });
  return (
    <>
      <div class="merge">
        <PersonView title="In this conversation" half={own} />
        <PersonView title="The other" half={other} />
        <section class="merge-whole" aria-label="What remains">
          <h3>What remains</h3>
          <dl>
            <Fact name="Name" value={whole.name} />
            <Fact name="E-mail" value={whole.email} />
            <Fact name="Telephone" value={whole.phone} />
            {Object.entries(whole.attributes).map(([name, value]) => (
              <Fact key={name} name={name} value={inWords(value)} />
            ))}
          </dl>
          {whole.lost.length > 0 && (
            <p class="merge-lost" dir="auto">
              Not kept: {whole.lost.join(", ")}
            </p>
          )}
        </section>
      </div>
      <ul class="merge-follows">
        <li>Both have one history: each of their conversations leads to the others.</li>
        <li>On each of their devices they can read all of it. Be sure that it is one person.</li>
        <li>
          {forGood ? "It cannot be undone." : "You can take it back later with “This is somebody else”."}
        </li>
      </ul>
      {refusal !== null && <p class="field-wrong">{sentence(refusal)}</p>}
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={back}>
          Back
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => void act()}>
          Make them one
        </button>
      </div>
    </>
  );
}

function PersonView({ title, half }: { readonly title: string; readonly half: Half }) {
  const { name, email, contact, visitorId } = half;
  return (
    <section class="merge-half" aria-label={title}>
      <h3>{title}</h3>
      <div>
        <Avatar id={contact?.id ?? visitorId ?? ""} name={name} small />
        <p>
          <strong dir="auto">{name}</strong>
          <small dir="auto">{email ?? "No e-mail address"}</small>
          <small>
            {contact ? (contact.vouched ? "Verified by the website" : "Contact") : "Not a contact yet"}
          </small>
        </p>
      </div>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (!value) return null;
  return (
    <div>
      <dt dir="auto">{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}
