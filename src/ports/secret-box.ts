/** Keeps secrets unreadable at rest, and signs. */
export interface SecretBox {
  /** Encrypted and authenticated; `context` (such as a webhook's id) must be the same to open it. */
  seal(secret: string, context: string): string;
  /** @throws AppError INTERNAL for what was not sealed here or in another context. */
  open(sealed: string, context: string): string;
  /** HMAC-SHA-256 of a text, base64url, with a key of its own for every `purpose`. */
  sign(purpose: string, text: string): string;
  /** Compares in constant time. */
  verify(purpose: string, text: string, signature: string): boolean;
}
