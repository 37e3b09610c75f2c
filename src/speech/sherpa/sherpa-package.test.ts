import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { loadSherpa } from "./sherpa-package.ts";

test("a platform without the package is told what to do", async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "sherpa-onnx-node") return next(specifier, context);
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
  try {
    await assert.rejects(loadSherpa("SPEECH_FAILED"), {
      code: "SPEECH_FAILED",
      message: /^the package sherpa-onnx-node cannot be loaded on \w+-\w+: run npm install/,
    });
  } finally {
    hooks.deregister();
  }
});
