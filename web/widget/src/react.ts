// Decides how a page written with React (or Preact) uses a conversation in its own markup: one
// hook that can be switched on and off (R2). Knows nothing of how it is drawn.

import type { LocalMessage } from "@frontdesk/shared/store";
import type { AgentFace, AgentJoined, ChatMessage } from "@frontdesk/shared/wire.gen";
import { type Connection, Engine, type EngineState } from "./engine";
import type { Environment, Status, WidgetConfig } from "./surface";

/** As much of `react` or `preact/hooks` as the hook needs. */
export type Hooks = {
  useState<T>(initial: T): [T, (value: T) => void];
  useEffect(effect: () => undefined | (() => void), deps?: readonly unknown[]): void;
  useRef<T>(initial: T): { current: T };
};

export type ConversationOptions = {
  /** `false`: nothing is fetched, connected or kept. Seed A's `USE_WEBSOCKETS`. */
  enabled: boolean;
  /** The widget's token and the server's address, as in `ChatbotConfig`. */
  config: WidgetConfig & { widgetUrl: string };
  environment?: Environment;
};

export type Conversation = {
  messages: ChatMessage[];
  /** Written here, not yet in the log. */
  local: LocalMessage[];
  /** Who came in, and when. */
  joins: AgentJoined[];
  /** Who types; `null` for somebody not introduced yet. */
  typing: Array<AgentFace | null>;
  connection: Connection | "off";
  problem: string | null;
  send(text: string): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
  typed(text: string): void;
  read(): void;
  status(): Status | null;
};

/** `const useConversation = conversationHook(React)`, once per page. */
export function conversationHook({ useState, useEffect, useRef }: Hooks) {
  // biome-ignore lint/correctness/noComponentHookFactories: made once, with the page's own framework
  return function useConversation({ enabled, config, environment }: ConversationOptions): Conversation {
    const engine = useRef<Engine | null>(null);
    const [state, setState] = useState<EngineState | null>(null);
    const { apiToken, widgetUrl } = config;

    // Not `config` itself: an object made anew at each drawing must not reconnect.
    useEffect(() => {
      if (!enabled) return undefined;
      const running = new Engine({ config, origin: widgetUrl, ...(environment ? { environment } : {}) });
      engine.current = running;
      setState(running.state);
      running.subscribe(() => setState(running.state));
      void running.open().catch(() => {});
      return () => {
        running.stop();
        engine.current = null;
        setState(null);
      };
    }, [enabled, apiToken, widgetUrl]);

    return {
      messages: state?.thread?.messages ?? [],
      local: state?.thread?.local ?? state?.drafts ?? [],
      joins: state?.thread?.joins ?? [],
      typing: state?.typing ?? [],
      connection: state?.connection ?? "off",
      problem: state?.problem ?? null,
      send: (text) => engine.current?.send(text),
      retry: (clientId) => engine.current?.retry(clientId),
      discard: (clientId) => engine.current?.discard(clientId),
      typed: (text) => engine.current?.typed(text),
      read: () => engine.current?.read(),
      status: () => engine.current?.status() ?? null,
    };
  };
}
