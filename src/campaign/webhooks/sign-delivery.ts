import { createHmac, timingSafeEqual } from "node:crypto";

/** A receiver should refuse what is older: it may have been recorded and sent again. */
const TOLERANCE_SECONDS = 300;

/**
 * The headers of a delivery. A receiver knows by them that it is ours: `Vocative-Signature` is
 * `t=<s since 1970>,v1=<HMAC-SHA-256, hex, of "<t>.<body>">`.
 * @param delivery.secret As the webhook's owner was told it.
 * @param delivery.at Milliseconds since 1970.
 */
export function signDelivery(delivery: {
  secret: string;
  id: string;
  event: string;
  body: string;
  at: number;
}): Record<string, string> {
  const seconds = Math.floor(delivery.at / 1000);
  const signature = signatureOf(delivery.secret, seconds, delivery.body).toString("hex");
  return {
    "Content-Type": "application/json",
    "Vocative-Signature": `t=${seconds},v1=${signature}`,
    "Vocative-Event": delivery.event,
    "Vocative-Delivery": delivery.id,
  };
}

/**
 * What a receiver does with the `Vocative-Signature` header.
 * @param received.now Milliseconds since 1970.
 * @param received.toleranceSeconds How far the sender's clock may be off, 300 when left out.
 */
export function verifySignature(received: {
  secret: string;
  header: string;
  body: string;
  now: number;
  toleranceSeconds?: number;
}): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/u.exec(received.header);
  if (!match) return false;
  const [, seconds = "", signature = ""] = match;
  const age = Math.abs(received.now / 1000 - Number(seconds));
  if (age > (received.toleranceSeconds ?? TOLERANCE_SECONDS)) return false;
  const expected = signatureOf(received.secret, Number(seconds), received.body);
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

function signatureOf(secret: string, seconds: number, body: string): Buffer {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest();
}
