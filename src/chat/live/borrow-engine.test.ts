import assert from "node:assert/strict";
import test from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { LiveFaces } from "../../ports/live-face.ts";
import type { SharedEngine } from "../shared-engine.ts";
import { sharedFaces, sharedLanguage } from "./borrow-engine.ts";
import { createFakeFaces, createFakeLanguage, pieces } from "./testing/live-fakes.ts";
import { settled } from "./testing/manual-timers.ts";

/** An engine that counts who uses it. */
function counted<Engine>(engine: Engine): SharedEngine<Engine> & { users: number; fails: boolean } {
  const shared = {
    ...{ users: 0, fails: false },
    async use<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result> {
      if (shared.fails) throw new AppError("MODEL_LOAD_FAILED", "it cannot be loaded");
      shared.users += 1;
      try {
        return await work(engine);
      } finally {
        shared.users -= 1;
      }
    },
    isLoaded: () => true,
    close: async () => {},
  };
  return shared;
}

const REQUEST = { system: "", messages: [], maxTokens: 10, temperature: 0 };
const CALL = { signal: new AbortController().signal };

test("a language model stays loaded until the answer's text is over", async () => {
  const language = createFakeLanguage();
  language.answerWith = () => pieces("a", "b");
  const shared = counted(language);
  const answer = sharedLanguage(shared, "shared").answer(REQUEST, CALL);
  const seen: number[] = [];
  for await (const _piece of answer.text) seen.push(shared.users);
  assert.deepEqual(seen, [1, 1]);
  await settled();
  assert.equal(shared.users, 0);
  assert.equal((await answer.end).finish, "stop");
});

test("an answer that is left early gives its model back", async () => {
  const shared = counted(createFakeLanguage());
  for await (const _piece of sharedLanguage(shared, "shared").answer(REQUEST, CALL).text) break;
  await settled();
  assert.equal(shared.users, 0);
});

test("a model that cannot be loaded fails the answer, and the next one tries anew", async () => {
  const shared = counted(createFakeLanguage());
  const model = sharedLanguage(shared, "shared");
  shared.fails = true;
  const answer = model.answer(REQUEST, CALL);
  await assert.rejects(Array.fromAsync(answer.text), { code: "MODEL_LOAD_FAILED" });
  await assert.rejects(answer.end, { code: "MODEL_LOAD_FAILED" });
  shared.fails = false;
  assert.ok((await Array.fromAsync(model.answer(REQUEST, CALL).text)).length > 0);
});

test("faces stay loaded from the first portrait until they are closed", async () => {
  const shared = counted<LiveFaces>(createFakeFaces());
  const faces = sharedFaces(shared);
  const request = { image: null, fps: 25, size: 64 };
  shared.fails = true;
  await assert.rejects(faces.open(request, CALL), { code: "MODEL_LOAD_FAILED" });
  shared.fails = false;
  await settled();
  await faces.open(request, CALL);
  await faces.open(request, CALL);
  assert.equal(shared.users, 1);
  await faces.close();
  await settled();
  assert.equal(shared.users, 0);
});
