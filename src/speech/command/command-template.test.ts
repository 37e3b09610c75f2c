import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommandTemplate } from "./command-template.ts";

const VALUES = { text: "a b", out: "/tmp/x y.wav", voice: "v", lang: "hi" };

test("each placeholder is filled inside its own argument", () => {
  const fill = parseCommandTemplate("say -v {voice}/{lang} --text={text} {out} {other}");
  assert.deepEqual(fill(VALUES), ["say", "-v", "v/hi", "--text=a b", "/tmp/x y.wav", "{other}"]);
});

test("a text cannot become another argument or placeholder, whatever it holds", () => {
  const fill = parseCommandTemplate("say {text} {out}");
  for (const text of [`" ' \\ ; rm -rf /`, "{out} {voice}", "$& $1 $`", "--to /etc/passwd"]) {
    assert.deepEqual(fill({ ...VALUES, text }), ["say", text, "/tmp/x y.wav"]);
  }
});

test("a command without {out} or {text} is refused and told so", () => {
  const code = "INVALID_OPTION";
  assert.throws(() => parseCommandTemplate("say {text}"), { code, message: /lacks \{out\}/ });
  assert.throws(() => parseCommandTemplate("say {out}"), { code, message: /lacks \{text\}/ });
});

test("a text cannot be the program or the code of a shell", () => {
  for (const command of [
    "{text} {out}",
    "/opt/{voice}/say {text} {out}",
    `sh -c "say '{text}' > {out}"`,
    `env LANG=C /bin/bash -lc 'say {text} {out}'`,
    `cmd.exe /c "say {text} {out}"`,
  ]) {
    assert.throws(() => parseCommandTemplate(command), { code: "INVALID_OPTION" }, command);
  }
  const passed = parseCommandTemplate(`sh -c 'say "$1" > "$2"' sh {text} {out}`);
  assert.equal(passed(VALUES)[4], "a b");
});
