/** The part of a WebSocket (of the package ws) that is used; it has no types of its own here. */
export type LiveSocket = {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: string | Uint8Array, options: { binary: boolean }): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "close" | "pong", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
};

export const OPEN = 1;

/** A close frame's reason has so many bytes at most (RFC 6455, 5.5). */
const REASON_BYTES = 123;

/** As much of `text` as a close frame holds, without a half letter at the end. */
export function closeReason(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= REASON_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, REASON_BYTES)).replace(/\ufffd+$/u, "");
}
