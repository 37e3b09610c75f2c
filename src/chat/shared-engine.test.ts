import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedEngine } from "./shared-engine.ts";

function counted({ fails = 0 } = {}) {
  const counts = { loads: 0, closes: 0 };
  const engine = createSharedEngine({
    name: "the face",
    idleMs: 1000,
    async load() {
      counts.loads++;
      if (counts.loads <= fails) throw new Error("no weights");
      return {
        async close() {
          counts.closes++;
        },
      };
    },
  });
  return { counts, engine };
}

test("an engine is loaded once, when it is first needed, for all who use it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { counts, engine } = counted();
  assert.equal(engine.isLoaded(), false);
  await Promise.all([engine.use(async () => 1), engine.use(async () => 2)]);
  await engine.use(async () => 3);
  assert.deepEqual(counts, { loads: 1, closes: 0 });
});

test("an engine is ended once nobody has used it for a while, and loaded again when needed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { counts, engine } = counted();
  const work = Promise.withResolvers<void>();
  await engine.use(async () => {});
  const using = engine.use(() => work.promise);
  t.mock.timers.tick(5000);
  assert.ok(engine.isLoaded(), "somebody uses it");
  work.resolve();
  await using;
  t.mock.timers.tick(999);
  assert.ok(engine.isLoaded());
  t.mock.timers.tick(1);
  assert.ok(!engine.isLoaded());
  await new Promise(setImmediate);
  assert.deepEqual(counts, { loads: 1, closes: 1 });
  await engine.use(async () => {});
  assert.equal(counts.loads, 2);
});

test("an engine that does not load says why, and is tried again the next time", async () => {
  const { engine } = counted({ fails: 1 });
  await assert.rejects(
    engine.use(async () => {}),
    {
      code: "MODEL_LOAD_FAILED",
      message: "the face cannot be loaded: no weights",
    },
  );
  assert.equal(await engine.use(async () => "works"), "works");
  await engine.close();
});
