// Puts the list and the open conversation side by side. Knows nothing of either.

import { current, inbox, listedRows } from "../desk";
import { Asked } from "../parts/asked";
import { Icon, type IconName } from "../parts/icon";
import { ConversationList } from "../parts/list";
import { ThreadView } from "../parts/thread";
import { administers } from "../role";
import { addressOf } from "../route";
import { TEST_PAGE, testPage } from "../test-page";

export function DeskScreen() {
  const conversation = current.value;
  return (
    <div class={conversation ? "desk desk-open" : "desk"}>
      <ConversationList />
      {conversation ? <ThreadView key={conversation.id} conversation={conversation} /> : <NothingOpen />}
      <Asked />
    </div>
  );
}

function NothingOpen() {
  return (
    <section class="thread-none" aria-label="Conversation">
      {listedRows.value && (inbox.value.rows.size > 0 ? <Pick /> : <FirstSteps />)}
    </section>
  );
}

function Pick() {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="inbox" />
      </span>
      <h2>Pick a conversation</h2>
      <p>
        <kbd>J</kbd> and <kbd>K</kbd> go through the list, <kbd>Esc</kbd> leads back. <kbd>?</kbd> shows all
        keys.
      </p>
    </div>
  );
}

/** What a new owner does first. */
function FirstSteps() {
  if (!administers.value && testPage.value === false) return null;
  return (
    <div class="empty">
      <div class="steps">
        <h2>Your desk is ready</h2>
        <ol>
          {testPage.value !== false && (
            <Step icon="widget" title="Say hello to yourself" href={TEST_PAGE} away>
              The test page has your chat on it. Write there, answer here.
            </Step>
          )}
          {administers.value && (
            <Step icon="copy" title="Put it on your website" href={addressOf({ at: "welcome" })}>
              Five lines to paste, and a colour to pick.
            </Step>
          )}
          {administers.value && (
            <Step icon="team" title="Add your team" href={addressOf({ at: "page", page: "team" })}>
              Everyone answers from the same inbox.
            </Step>
          )}
        </ol>
      </div>
    </div>
  );
}

interface StepProps {
  readonly icon: IconName;
  readonly title: string;
  readonly href: string;
  /** Opens beside the console. */
  readonly away?: boolean;
  readonly children: string;
}

function Step({ icon, title, href, away, children }: StepProps) {
  return (
    <li>
      <a class="step" href={href} {...(away ? { target: "_blank", rel: "noopener" } : {})}>
        <span class="step-sign">
          <Icon name={icon} />
        </span>
        <span>
          <strong>{title}</strong>
          <small>{children}</small>
        </span>
        {away && <Icon name="away" />}
      </a>
    </li>
  );
}
