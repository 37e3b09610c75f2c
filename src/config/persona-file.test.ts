import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { DEFAULT_PERSONA, readPersona } from "./persona-file.ts";

let root = "";
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "persona-test-"));
});
after(() => rm(root, { recursive: true }));

async function personaOf(text: string) {
  const file = path.join(root, "persona");
  await writeFile(file, text);
  return readPersona(file);
}

test("a persona is read from JSON, what is left out by default", async () => {
  const voice = { provider: "elevenlabs", name: "abc" };
  assert.deepEqual(await personaOf(JSON.stringify({ name: "Asha", language: "hi", voice })), {
    ...DEFAULT_PERSONA,
    ...{ name: "Asha", language: "hi", voice, greeting: "" },
  });
});

test("a persona is read from Markdown: its head and, as what the model is told, its text", async () => {
  const text =
    '---\r\nname: "Asha"\r\n# a comment\r\nvoice: espeak:hi+f3\r\nportrait: asha.png\r\ngreeting:\r\n---\r\nYou are Asha.\n\nBe short: always.\n';
  assert.deepEqual(await personaOf(text), {
    ...{ name: "Asha", language: "en", voice: { provider: "espeak", name: "hi+f3" } },
    ...{ portrait: path.join(root, "asha.png"), greeting: "" },
    system: "You are Asha.\n\nBe short: always.",
  });
});

test("a persona that cannot be used is refused with the file and every faulty field", async () => {
  for (const [text, message] of [
    [
      '{"name": "", "language": "english!", "colour": 1}',
      /persona .*name: .*language: give a language.*colour/u,
    ],
    ["{", /it is no JSON/u],
    ["Just a text", /neither with \{/u],
    ["---\nno colon\n---\n", /"no colon" is no "name: value"/u],
    ["---\nvoice: ESPEAK!\n---\n", /voice: /u],
  ] as const) {
    await assert.rejects(personaOf(text), { code: "INVALID_OPTION", message });
  }
  await assert.rejects(readPersona(path.join(root, "none")), { code: "FILE_NOT_FOUND" });
});

test("without a file there is a default", async () => {
  assert.equal(await readPersona(null), DEFAULT_PERSONA);
});
