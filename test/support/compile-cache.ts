import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// What the tests and the processes they start compile is kept from run to run: starting is half their
// work. Preloaded with `node --import`, the test files themselves are part of it.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(
  new URL("../../node_modules/.cache/vocative-tests", import.meta.url),
);
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);
