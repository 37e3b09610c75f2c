import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { AppError } from "../domain/app-error.ts";
import type { SecretBox } from "../ports/secret-box.ts";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Says how the rest was sealed. */
const VERSION = "v1.";

/**
 * Seals with AES-256-GCM (NIST SP 800-38D; a random IV, so at most 2^32 secrets for one key) and
 * signs with HMAC-SHA-256, each with a key derived from the master key (HKDF, RFC 5869).
 * @param request.masterKey 32 bytes.
 */
export function createSecretBox({ masterKey }: { masterKey: Buffer }): SecretBox {
  if (masterKey.length !== KEY_BYTES) {
    throw new AppError(
      "INVALID_OPTION",
      `the master key has ${masterKey.length} bytes: it must have ${KEY_BYTES}`,
    );
  }
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync("sha256", masterKey, "", `vocative ${purpose}`, KEY_BYTES));
  const sealingKey = derive("seal");
  const signingKeys = new Map<string, Buffer>();

  function sign(purpose: string, text: string): string {
    const key = signingKeys.get(purpose) ?? derive(`sign ${purpose}`);
    signingKeys.set(purpose, key);
    return createHmac("sha256", key).update(text).digest("base64url");
  }

  return {
    sign,

    verify(purpose, text, signature) {
      const [expected, given] = [Buffer.from(sign(purpose, text)), Buffer.from(signature)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },

    seal(secret, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealingKey, iv);
      cipher.setAAD(Buffer.from(context));
      const sealed = [iv, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()];
      return VERSION + Buffer.concat(sealed).toString("base64url");
    },

    open(sealed, context) {
      try {
        if (!sealed.startsWith(VERSION)) throw new Error("unknown version");
        const bytes = Buffer.from(sealed.slice(VERSION.length), "base64url");
        const decipher = createDecipheriv("aes-256-gcm", sealingKey, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const secret = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
        return Buffer.concat([secret, decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new AppError(
          "INTERNAL",
          "a stored secret cannot be opened: it was sealed with another master key, or changed",
          { cause },
        );
      }
    },
  };
}
