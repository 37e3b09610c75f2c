import { AppError } from "../../domain/app-error.ts";
import type { SecretBox } from "../../ports/secret-box.ts";

const PURPOSE = "share link";

export type ShareLink = { id: string; row: number; expires: string; signature: string };

/** Path and query by which anybody may read one output until `expiresAt` (ms since 1970). */
export function shareLink(
  secrets: SecretBox,
  { id, row, expiresAt }: { id: string; row: number; expiresAt: number },
): string {
  const path = mediaPath(id, row);
  const expires = String(Math.floor(expiresAt / 1000));
  const query = new URLSearchParams({ expires, signature: signatureOf(secrets, path, expires) });
  return `${path}?${query}`;
}

/**
 * @throws AppError LINK_INVALID, LINK_EXPIRED. A signature is looked at first, so that nothing is told
 * to who has none.
 */
export function checkShareLink(secrets: SecretBox, link: ShareLink, now: number): void {
  const text = signedText(mediaPath(link.id, link.row), link.expires);
  if (!secrets.verify(PURPOSE, text, link.signature)) {
    throw new AppError("LINK_INVALID", "this link is not valid: ask its sender for a new one");
  }
  if (Number(link.expires) * 1000 <= now) {
    throw new AppError("LINK_EXPIRED", "this link has expired: ask its sender for a new one");
  }
}

function mediaPath(id: string, row: number): string {
  return `/jobs/${id}/recipients/${row}/media`;
}

function signatureOf(secrets: SecretBox, path: string, expires: string): string {
  return secrets.sign(PURPOSE, signedText(path, expires));
}

function signedText(path: string, expires: string): string {
  return `GET\n${path}\n${expires}`;
}
