import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { signDelivery, verifySignature } from "./sign-delivery.ts";

const delivery = {
  secret: "whsec_1",
  id: "d1",
  event: "job.done",
  body: '{"job_id":"ठ"}',
  at: 1_739_020_000_999,
};
const headers = signDelivery(delivery);
const header = headers["Vocative-Signature"] ?? "";
const received = { secret: "whsec_1", header, body: delivery.body, now: delivery.at };

test("the signature is an HMAC of the time in seconds and the body, as documented", () => {
  const text = `1739020000.${delivery.body}`;
  const expected = createHmac("sha256", "whsec_1").update(text).digest("hex");
  assert.deepEqual(headers, {
    "Content-Type": "application/json",
    "Vocative-Signature": `t=1739020000,v1=${expected}`,
    "Vocative-Event": "job.done",
    "Vocative-Delivery": "d1",
  });
});

test("a receiver accepts what was signed with its secret", () => {
  assert.ok(verifySignature(received));
});

test("another secret, body or time is not accepted", () => {
  assert.ok(!verifySignature({ ...received, secret: "whsec_2" }));
  assert.ok(!verifySignature({ ...received, body: `${delivery.body} ` }));
  assert.ok(!verifySignature({ ...received, header: header.replace("1739020000", "1739020001") }));
});

test("a delivery that is too old, or from the future, is not accepted", () => {
  assert.ok(verifySignature({ ...received, now: delivery.at + 299_000 }));
  assert.ok(!verifySignature({ ...received, now: delivery.at + 301_000 }));
  assert.ok(!verifySignature({ ...received, now: delivery.at - 302_000 }));
  assert.ok(verifySignature({ ...received, now: delivery.at + 301_000, toleranceSeconds: 600 }));
});

test("a header of another form is not accepted", () => {
  for (const other of ["", "v1=", header.slice(0, -1), `${header}0`, header.toUpperCase()]) {
    assert.ok(!verifySignature({ ...received, header: other }), other);
  }
});
