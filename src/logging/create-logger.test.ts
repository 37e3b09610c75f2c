import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import Fastify from "fastify";
import { AppError } from "../domain/app-error.ts";
import { createLogger, type LoggerOptions } from "./create-logger.ts";

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "logger-test-"));
});
after(() => rm(root, { recursive: true }));

/** 10:30:45 on the clock of wherever this runs. */
const NOW = new Date(2025, 11, 24, 10, 30, 45, 678).getTime();

function newLogger(options: Partial<LoggerOptions> = {}) {
  const folder = options.folder ?? path.join(root, String(count++));
  const printed: string[] = [];
  const { logger, close } = createLogger({
    format: "text",
    console: { write: (text) => printed.push(text) },
    clock: () => NOW,
    ...options,
    folder,
  });
  const file = path.join(folder, "lumen.log");
  return { logger, close, printed, folder, written: () => readFile(file, "utf8") };
}

test("a line has the published form, with the request's id where there is one", async () => {
  const { logger, printed, written } = newLogger();
  logger.info("ready");
  logger.child({ reqId: "r-1" }).warn({ job: "j1" }, "slow");
  const expected =
    "2025-12-24 10:30:45 - lumen - INFO - [-] ready\n" +
    '2025-12-24 10:30:45 - lumen - WARNING - [r-1] slow {"job":"j1"}\n';
  assert.equal(printed.join(""), expected);
  assert.equal(await written(), expected);
});

test("the console gets INFO and above, the file everything", async () => {
  const { logger, printed, written } = newLogger();
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
    logger[level]("here");
  }
  const levels = (text: string) => [...text.matchAll(/lumen - (\w+)/gu)].map((match) => match[1]);
  assert.deepEqual(levels(printed.join("")), ["INFO", "WARNING", "ERROR", "CRITICAL"]);
  assert.deepEqual(levels(await written()), [
    ...["DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
  ]);
});

test("lines of the console can be JSON", () => {
  const { logger, printed } = newLogger({ format: "json" });
  logger.info({ job: "j1" }, "two\nlines");
  assert.deepEqual(JSON.parse(printed.join("")), {
    time: new Date(NOW).toISOString(),
    level: "INFO",
    message: "two\nlines",
    job: "j1",
  });
  assert.equal(printed.join("").split("\n").length, 2);
});

test("nothing that is logged makes a second line or turns text around", async () => {
  const { logger, printed, written } = newLogger();
  const forged = "a\n2025-12-24 10:30:45 - lumen - INFO - [x] forged\r\u2028\u0085\u001b[2K\u202eb";
  logger.info(forged);
  logger.info({ [forged]: forged, reqId: forged }, "field");
  logger.child({ reqId: forged }).error(new Error(forged));
  for (const text of [printed.join(""), await written()]) {
    assert.equal(text.split("\n").length, 4);
    // The line breaks that the logger wrote itself are the only control characters.
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u2028\u2029\u202e]/u);
    for (const line of text.trimEnd().split("\n")) assert.match(line, /^2025-12-24 10:30:45 - /u);
  }
});

test("a secret is logged by no path, and what surrounds it is", async () => {
  const canary = "c4n4ry-0123456789";
  const key = `voc_${"k3y".repeat(12)}`;
  const { logger, printed, written } = newLogger();
  const secrets = {
    authorization: `Bearer ${canary}`,
    headers: { "x-api-key": canary, "X-API-KEY": canary, cookie: `a=${canary}` },
    form: [{ elevenlabs_api_key: canary, elevenlabsApiKey: canary }],
    webhook: { secret: canary, sealedSecret: canary },
    master_key: canary,
    password: canary,
  };
  logger.info(secrets, "object");
  logger.child(secrets).info("child");
  logger.info({ a: { b: { c: { d: { e: secrets } } } } }, "deep");
  logger.info(`GET /jobs/1/recipients/2/media?expires=1&signature=${canary}&download=1`);
  logger.info({ req: { url: `/media?signature=${canary}` } }, "url");
  logger.info(`authorization: Bearer ${canary} and Authorization: Basic ${canary}`);
  logger.info(JSON.stringify({ elevenlabs_api_key: canary, kept: "yes" }));
  logger.info(`elevenlabs_api_key=${canary} x-api-key: ${canary}`);
  logger.info({ [`signature=${canary}`]: 1 }, "name");
  const cause = new AppError("INTERNAL", `with signature=${canary}`);
  logger.error({ err: new AppError("INTERNAL", `Bearer ${canary}`, { cause }) }, "error");
  logger.error(new Error(`api_key=${canary}`));
  logger.info({ key }, `made ${key}`);
  logger.info({ elevenlabs_api_key: canary }, "%s and %j", `Bearer ${canary}`, { secret: canary });
  for (const text of [printed.join(""), await written()]) {
    assert.equal(text.split("\n").length, 14);
    assert.ok(!text.includes(canary), text.slice(Math.max(0, text.indexOf(canary) - 200)));
    assert.ok(!text.includes(key));
    for (const kept of ["download=1", '\\"kept\\"', "/recipients/2/media", "expires=1"]) {
      assert.ok(text.includes(kept) || text.includes(kept.replaceAll("\\", "")), kept);
    }
  }
});

test("secrets that come with a request to a server are not logged", async () => {
  const canary = "c4n4ry-0123456789";
  const { logger, printed, written } = newLogger();
  const app = Fastify({ loggerInstance: logger });
  app.get("/media", async (request) => {
    request.log.info({ headers: request.headers, query: request.query }, "asked");
    throw new Error(`no ${request.url}`);
  });
  await app.inject({
    url: `/media?signature=${canary}`,
    headers: { authorization: `Bearer ${canary}`, "x-api-key": canary },
  });
  await app.close();
  for (const text of [printed.join(""), await written()]) {
    assert.match(text, /\[req-1\] asked/u);
    assert.ok(!text.includes(canary), text);
  }
});

test("the file is put aside before it grows beyond its limit, and five older ones are kept", async () => {
  const { logger, folder } = newLogger({ maxFileBytes: 1000 });
  for (let line = 0; line < 200; line++) logger.debug(`line ${line} ${"x".repeat(40)}`);
  const names = await readdir(folder);
  assert.deepEqual(
    names.sort(),
    ["", ".1", ".2", ".3", ".4", ".5"].map((end) => `lumen.log${end}`),
  );
  const texts = await Promise.all(
    ["5", "4", "3", "2", "1"].map((end) => readFile(path.join(folder, `lumen.log.${end}`), "utf8")),
  );
  texts.push(await readFile(path.join(folder, "lumen.log"), "utf8"));
  for (const text of texts) assert.ok(Buffer.byteLength(text) <= 1000 && text.endsWith("\n"));
  const numbers = [...texts.join("").matchAll(/line (\d+)/gu)].map((match) => Number(match[1]));
  const first = numbers[0] ?? 0;
  assert.deepEqual(
    numbers,
    Array.from({ length: 200 - first }, (_, index) => first + index),
  );
});

test("processes that share the file lose no line when one of them puts it aside", async () => {
  let now = NOW;
  const options = { folder: path.join(root, "shared"), maxFileBytes: 4000, clock: () => now };
  const loggers = [newLogger(options), newLogger(options)];
  for (let line = 0; line < 200; line++) {
    loggers[line % 2]?.logger.debug(`line ${line} ${"x".repeat(20)}`);
    now += 100;
  }
  const names = await readdir(options.folder);
  assert.ok(names.length > 3, "it was put aside now and then");
  const texts = await Promise.all(
    names.map((name) => readFile(path.join(options.folder, name), "utf8")),
  );
  const numbers = new Set([...texts.join("").matchAll(/line (\d+)/gu)].map((match) => match[1]));
  assert.equal(numbers.size, 200);
});

test("a disk that takes nothing stops nothing, and the loss is noted when it does again", async () => {
  const folder = path.join(root, "blocked");
  await mkdir(path.join(folder, "lumen.log"), { recursive: true });
  const { logger, printed, written } = newLogger({ folder });
  logger.info("one");
  logger.info("two");
  assert.equal(printed.length, 2);
  await rm(path.join(folder, "lumen.log"), { recursive: true });
  logger.info("three");
  assert.match(await written(), /^\(2 lines could not be written\)\n.*three\n$/u);
});

test("a console that is gone stops nothing", async () => {
  const broken = {
    write: () => {
      throw new Error("EPIPE");
    },
  };
  const { logger, written } = newLogger({ console: broken });
  logger.info("still here");
  assert.match(await written(), /still here/u);
});
