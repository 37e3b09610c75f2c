import { createHash, randomBytes } from "node:crypto";

const KEY_BYTES = 32;
/** Enough to know a key by, and nothing to guess the rest from. */
const PREFIX_LENGTH = 12;

/** A new API key. It is to be shown once; what is kept of it is its hash. */
export function newApiKey(): { key: string; hash: string; prefix: string } {
  const key = `voc_${randomBytes(KEY_BYTES).toString("base64url")}`;
  return { key, hash: hashApiKey(key), prefix: key.slice(0, PREFIX_LENGTH) };
}

/**
 * SHA-256, hex. A key holds 256 random bits, so a slow hash would protect nothing; and looking up a
 * hash takes a time that says nothing about the key.
 */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
