// Shows a whole conversation to be kept: saved as a text, printed, or copied. Knows nothing of how it is told.

import type { AgentThread } from "@frontdesk/shared/store";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { sentence } from "../agent-api";
import { now_ms } from "../desk";
import { saveFile } from "../file";
import { me } from "../session";
import { tell } from "../toast";
import { asText, type Entry, entries, whole } from "../transcript";
import { copy } from "./copy";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

interface TranscriptProps {
  readonly thread: AgentThread;
  close(): void;
}

export function Transcript({ thread, close }: TranscriptProps) {
  const [all, setAll] = useState<AgentThread | null>(null);
  const [problem, setProblem] = useState("");
  const [notes, setNotes] = useState(false);
  const agent = me.value?.agent ?? { id: "", name: "" };
  const title = `Conversation with ${thread.conversation.visitor.name}`;
  // As it was when it was asked for: what is printed must not change meanwhile.
  useEffect(() => {
    whole(thread).then(setAll, (error) => setProblem(sentence(error)));
  }, []);
  const told = all ? entries(all, agent, { notes, now_ms: now_ms.value }) : [];
  const text = () => asText(title, told);
  return (
    <Dialog title="Transcript" wide onClose={close}>
      <p class="dialog-lead">
        Everything that was said. Frontdesk does not send transcripts by mail: save it, and attach it to a
        mail of your own.
      </p>
      <label class="tick transcript-notes">
        <input type="checkbox" checked={notes} onChange={(event) => setNotes(event.currentTarget.checked)} />
        <span>
          With notes
          <small>Notes and what your team set are not for visitors.</small>
        </span>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="transcript" aria-label={title} aria-busy={!all && !problem} tabIndex={0}>
        {problem ? <p class="field-wrong">{problem}</p> : all ? <Told told={told} /> : <p>Loading…</p>}
      </section>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" disabled={!all} onClick={() => print(title, told)}>
          <Icon name="print" />
          Print
        </button>
        <button
          type="button"
          class="button button-plain"
          disabled={!all}
          onClick={() => void copy(text()).then((done) => done && tell("good", "The transcript is copied."))}
        >
          <Icon name="copy" />
          Copy
        </button>
        <button
          type="button"
          class="button"
          disabled={!all}
          onClick={() =>
            saveFile(
              `${thread.conversation.id}.txt`,
              new Blob([text()], { type: "text/plain;charset=utf-8" }),
            )
          }
        >
          <Icon name="down" />
          Save as text
        </button>
      </div>
    </Dialog>
  );
}

function Told({ told }: { readonly told: readonly Entry[] }) {
  return (
    <>
      {told.map((entry) =>
        entry.kind === "day" ? (
          <h3 key={entry.key}>{entry.words}</h3>
        ) : entry.kind === "happened" ? (
          <p key={entry.key} class="transcript-happened" dir="auto">
            {entry.words}
          </p>
        ) : (
          <div key={entry.key} class={entry.note ? "transcript-said transcript-note" : "transcript-said"}>
            <p>
              <strong dir="auto">{entry.who}</strong>
              {entry.note && " (note)"} <span>{entry.at}</span>
            </p>
            {entry.files.map((name) => (
              <p key={name} class="transcript-file" dir="auto">
                {name}
              </p>
            ))}
            {entry.words && <p dir="auto">{entry.words}</p>}
          </div>
        ),
      )}
    </>
  );
}

/** On paper there is the transcript and nothing of the console. */
function print(title: string, told: readonly Entry[]): void {
  const paper = document.createElement("div");
  paper.className = "paper transcript";
  render(
    <>
      <h2 dir="auto">{title}</h2>
      <Told told={told} />
    </>,
    paper,
  );
  document.body.append(paper);
  document.documentElement.classList.add("printing");
  addEventListener(
    "afterprint",
    () => {
      document.documentElement.classList.remove("printing");
      render(null, paper);
      paper.remove();
    },
    { once: true },
  );
  window.print();
}
