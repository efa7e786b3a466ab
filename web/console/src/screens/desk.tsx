// Puts the list and the open conversation side by side. Knows nothing of either.

import { current, inbox } from "../desk";
import { Icon } from "../parts/icon";
import { ConversationList } from "../parts/list";
import { ThreadView } from "../parts/thread";

export function DeskScreen() {
  const conversation = current.value;
  return (
    <div class={conversation ? "desk desk-open" : "desk"}>
      <ConversationList />
      {conversation ? <ThreadView key={conversation.id} conversation={conversation} /> : <NothingOpen />}
    </div>
  );
}

function NothingOpen() {
  return (
    <section class="thread-none" aria-label="Conversation">
      {inbox.value.rows.size > 0 && (
        <div class="empty">
          <span class="empty-sign">
            <Icon name="inbox" />
          </span>
          <h2>Pick a conversation</h2>
          <p>Choose one from the list to read it and to answer.</p>
        </div>
      )}
    </section>
  );
}
