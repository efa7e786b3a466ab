// Draws what a message said before it was changed. Knows nothing of changing it.

import type { AgentMessage, MessageVersion } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { inFull } from "../time";
import { complain } from "../toast";
import { Dialog } from "./dialog";
import { Text } from "./text";

interface VersionsProps {
  readonly message: AgentMessage;
  onClose(): void;
}

export function Versions({ message, onClose }: VersionsProps) {
  const [versions, setVersions] = useState<readonly MessageVersion[] | null>(null);
  useEffect(() => {
    agentApi.versions(message.id).then(
      (reply) => setVersions(reply.versions),
      (error) => {
        complain(error);
        onClose();
      },
    );
  }, []);
  return (
    <Dialog title="What it said before" onClose={onClose}>
      <ul class="versions" aria-busy={versions === null}>
        {versions?.map(({ message: text, until }) => (
          <li key={until}>
            <div class="words" dir="auto">
              <Text text={text} />
            </div>
            <small>until {inFull(until)}</small>
          </li>
        ))}
      </ul>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
