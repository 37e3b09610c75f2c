/** Sends requests to addresses that users chose. */
export interface Outgoing {
  /**
   * Refuses a URL that can be refused without a connection.
   * @throws AppError URL_NOT_ALLOWED.
   */
  check(url: string): void;
  /**
   * Posts `body`. No redirect is followed; the answer's body is not kept.
   * @throws AppError URL_NOT_ALLOWED when the address is private, loopback, link-local or else
   * forbidden once resolved; OUTGOING_FAILED (retryable) when nobody answered in time; CANCELLED.
   */
  post(
    url: string,
    request: { headers: Record<string, string>; body: string; signal: AbortSignal },
  ): Promise<{ status: number }>;
}
