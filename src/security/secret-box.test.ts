import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createSecretBox } from "./secret-box.ts";

const masterKey = randomBytes(32);
const box = createSecretBox({ masterKey });

test("a sealed secret is opened again, by a box of another process, too", () => {
  for (const secret of ["whsec_1", "", "ठहराव 🎉", "x".repeat(10_000)]) {
    const sealed = box.seal(secret, "webhook 1");
    assert.equal(createSecretBox({ masterKey }).open(sealed, "webhook 1"), secret);
  }
});

test("equal secrets look different, and nothing of them shows", () => {
  const sealed = [box.seal("canary", "a"), box.seal("canary", "a")];
  assert.notEqual(sealed[0], sealed[1]);
  assert.doesNotMatch(sealed.join(), /canary/u);
  assert.ok(!Buffer.from(sealed[0]?.slice(3) ?? "", "base64url").includes("canary"));
});

test("a secret is not opened in another context, by another key, or when any byte was changed", () => {
  const sealed = box.seal("secret", "webhook 1");
  const refused = { code: "INTERNAL", message: /cannot be opened/u };
  assert.throws(() => box.open(sealed, "webhook 2"), refused);
  const other = createSecretBox({ masterKey: randomBytes(32) });
  assert.throws(() => other.open(sealed, "webhook 1"), refused);
  const bytes = Buffer.from(sealed.slice(3), "base64url");
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => box.open(`v1.${changed.toString("base64url")}`, "webhook 1"), refused);
  }
  for (const text of ["", "v1.", "v2.abc", "secret", sealed.slice(0, 20), `v1.${"A".repeat(20)}`]) {
    assert.throws(() => box.open(text, "webhook 1"), refused);
  }
});

test("a signature holds for its purpose, text and master key only", () => {
  const signature = box.sign("link", "GET /a 1");
  assert.match(signature, /^[\w-]{43}$/u);
  assert.ok(createSecretBox({ masterKey }).verify("link", "GET /a 1", signature));
  assert.ok(!box.verify("other", "GET /a 1", signature));
  assert.ok(!box.verify("link", "GET /a 2", signature));
  assert.ok(!createSecretBox({ masterKey: randomBytes(32) }).verify("link", "GET /a 1", signature));
});

test("what is no signature, or the same one written otherwise, is refused", () => {
  const signature = box.sign("link", "text");
  const rewritten = Buffer.from(signature, "base64url").toString("base64");
  for (const given of [
    "",
    "x",
    `${signature}=`,
    rewritten,
    `${signature}${signature}`,
    "é".repeat(43),
  ]) {
    assert.ok(!box.verify("link", "text", given), given);
  }
});

test("a master key of another length is refused", () => {
  assert.throws(() => createSecretBox({ masterKey: Buffer.alloc(16) }), {
    code: "INVALID_OPTION",
    message: /16 bytes/u,
  });
});
