import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { loadOnnxRuntime } from "./onnx-runtime.ts";

test("who has not installed the package is told how", async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "onnxruntime-node") return next(specifier, context);
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
  try {
    await assert.rejects(loadOnnxRuntime(), {
      code: "FACE_FAILED",
      message:
        /^the package onnxruntime-node cannot be loaded on \w+-\w+: run npm install --no-save onnxruntime-node@/,
    });
  } finally {
    hooks.deregister();
  }
});
