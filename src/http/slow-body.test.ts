import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { AppError } from "../domain/app-error.ts";
import { watchPace, withDeadline } from "./slow-body.ts";

/** An upload whose time passes by hand: at least 1,000 bytes in each window of a second. */
function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const request = { complete: false, readableLength: 0, socket: { bytesRead: 500 } };
  const faults: AppError[] = [];
  const unwatch = watchPace(request, { minBytesPerSecond: 1000, windowMs: 1000 }, (error) =>
    faults.push(error),
  );
  return {
    request,
    faults,
    unwatch,
    pass(bytes: number) {
      request.socket.bytesRead += bytes;
      t.mock.timers.tick(1000);
    },
  };
}

test("an upload may come at the least pace for ever", (t) => {
  const { pass, faults } = watched(t);
  for (let window = 0; window < 100; window += 1) pass(1000);
  assert.deepEqual(faults, []);
});

test("one window below the least pace ends an upload, once", (t) => {
  const { pass, faults } = watched(t);
  for (const bytes of [5000, 999, 0, 0]) pass(bytes);
  assert.deepEqual(
    faults.map(({ code, status }) => [code, status]),
    [["UPLOAD_TOO_SLOW", 408]],
  );
});

test("time in which the server does not read is not held against the client", (t) => {
  const { pass, faults, request } = watched(t);
  request.readableLength = 65_536;
  for (let window = 0; window < 10; window += 1) pass(0);
  assert.equal(faults.length, 0);
  request.readableLength = 0;
  pass(0);
  assert.equal(faults.length, 1);
});

test("nothing is expected of an upload that has come whole, or is not watched any more", (t) => {
  const complete = watched(t);
  complete.request.complete = true;
  complete.pass(0);
  assert.deepEqual(complete.faults, []);
  t.mock.timers.reset();
  const ended = watched(t);
  ended.unwatch();
  ended.pass(0);
  assert.deepEqual(ended.faults, []);
});

test("a body in time passes as it is, and one that is late fails", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const quick = new PassThrough();
  const passed = text(withDeadline(quick, 1000));
  quick.write("{}");
  quick.end();
  assert.equal(await passed, "{}");

  const late = withDeadline(new PassThrough(), 1000);
  t.mock.timers.tick(1000);
  const [error] = await once(late, "error").catch((thrown: unknown) => [thrown]);
  assert.equal((error as AppError).code, "UPLOAD_TOO_SLOW");
});

test("a body that nobody reads is given up without harm", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const body = withDeadline(new PassThrough(), 1000);
  const closed = new Promise<void>((resolve) => body.once("close", resolve));
  t.mock.timers.tick(1000);
  await closed;
  assert.ok(body.errored);
});
