// The far end of a WebSocket, scripted by a test: what the browser would hand to our client.
// Knows nothing of our client.

type Sent = { event: string; channel?: string; data?: Record<string, unknown> };

export class Line {
  static all: Line[] = [];
  static get last(): Line {
    const line = Line.all.at(-1);
    if (!line) throw new Error("no socket was opened");
    return line;
  }

  readyState = 0;
  sent: Sent[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;

  constructor(readonly url: string) {
    Line.all.push(this);
  }

  static open = (url: string): WebSocket => new Line(url) as unknown as WebSocket;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  says(event: string, data?: unknown, more: object = {}): void {
    this.onmessage?.({ data: JSON.stringify({ event, data: data && JSON.stringify(data), ...more }) });
  }

  /** The hello of contract 1.4. */
  greets(activity_timeout = 30): this {
    this.readyState = 1;
    this.says("pusher:connection_established", { socket_id: `1.${Line.all.length}`, activity_timeout });
    return this;
  }

  lets(channel: string): void {
    this.says("pusher_internal:subscription_succeeded", {}, { channel });
  }

  breaks(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }

  sentEvents(): string[] {
    return this.sent.map((frame) => frame.event);
  }
}
