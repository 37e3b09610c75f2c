import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { createMakers, type Makers } from "./makers.ts";
import { copyOf, filmPainted } from "./mouth/testing/filmed-face.ts";
import { FACE_LENGTH, MADE_LENGTH } from "./wav2lip/face-crop.ts";

const IDLE_MS = 1000;
const pads = { top: 0, bottom: 10, left: 0, right: 0 };
const modelAt = (model: string) => ({ kind: "wav2lip", model, pads }) as const;
const filmed = filmPainted([{}]);
const wanted = {
  ...{ sources: [0, 0, 0], frameSeconds: 0.04, spoken: { start: 0, end: 0.1 }, visemes: [] },
  audio: { samples: new Float32Array(16_000), sampleRate: 16_000 },
};

/** What happened to models, in order. */
let events: string[] = [];
/** What the next runs of a model wait for. */
let gate: Promise<void> | undefined;
/** What the next load fails with. */
let failure: Error | undefined;
beforeEach(() => {
  events = [];
  gate = undefined;
  failure = undefined;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] }); // and clearTimeout
});

/** Models that give back what they see of a face, one picture at a time. */
function createStandIns(): Makers {
  return createMakers({
    idleMs: IDLE_MS,
    async loadModel({ path }) {
      events.push(`load ${path}`);
      await gate;
      if (failure) throw failure;
      let closed = false;
      return {
        batchSize: 1,
        async run({ faces }) {
          assert.ok(!closed, `${path} is run after it was closed`);
          await gate;
          return faces.slice(FACE_LENGTH - MADE_LENGTH, FACE_LENGTH);
        },
        async close() {
          assert.ok(!closed, `${path} is closed twice`);
          closed = true;
          events.push(`close ${path}`);
        },
      };
    },
  });
}

async function makeWith(makers: Makers, path: string) {
  const make = await makers.get(modelAt(path));
  const made = make(filmed, wanted);
  assert.ok(Symbol.asyncIterator in made);
  return Array.fromAsync(made, copyOf);
}

test("a model is loaded once for all recipients, and makes their pictures", async () => {
  const makers = createStandIns();
  const [made] = await Promise.all([makeWith(makers, "a"), makeWith(makers, "a")]);
  await makeWith(makers, "a");
  assert.deepEqual([made.length, events], [3, ["load a"]]);
});

test("one that has been idle is unloaded, counted from its last picture, and loaded anew when asked for", async () => {
  const makers = createStandIns();
  await makeWith(makers, "a");
  mock.timers.tick(IDLE_MS - 1);
  await makeWith(makers, "a");
  mock.timers.tick(IDLE_MS - 1);
  assert.deepEqual(events, ["load a"]);
  mock.timers.tick(1);
  assert.deepEqual(events, ["load a", "close a"]);
  await makeWith(makers, "a");
  mock.timers.tick(IDLE_MS);
  assert.deepEqual(events, ["load a", "close a", "load a", "close a"]);
});

test("one that works, or is being loaded, for longer than that stays", async () => {
  const makers = createStandIns();
  for (const stage of ["loading", "working"]) {
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    const making = makeWith(makers, "a");
    await new Promise(setImmediate);
    mock.timers.tick(5 * IDLE_MS);
    assert.deepEqual(events, ["load a"], stage);
    gate = undefined;
    held.resolve();
    assert.equal((await making).length, 3);
  }
  mock.timers.tick(IDLE_MS);
  assert.deepEqual(events, ["load a", "close a"]);
});

test("a recipient who wants only the first pictures leaves the model idle", async () => {
  const makers = createStandIns();
  const make = await makers.get(modelAt("a"));
  for await (const _ of make(filmed, wanted)) break;
  mock.timers.tick(IDLE_MS);
  assert.deepEqual(events, ["load a", "close a"]);
});

test("there is never more than one model in memory, also after one that cannot be loaded", async () => {
  const makers = createStandIns();
  await makeWith(makers, "a");
  failure = new Error("no ONNX file");
  await assert.rejects(makeWith(makers, "b"), /no ONNX file/u);
  failure = undefined;
  await makeWith(makers, "a");
  await makeWith(makers, "b");
  assert.deepEqual(events, ["load a", "close a", "load b", "load a", "close a", "load b"]);
});

test("the speaker's own mouth needs no model", async () => {
  const makers = createStandIns();
  const make = await makers.get({ kind: "mouth" });
  assert.equal(Array.from(make(filmed, wanted) as Iterable<object>).length, 3); // it is not asynchronous
  assert.deepEqual(events, []);
});
