import assert from "node:assert/strict";
import { createReadStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { forEachConcurrently } from "../../src/domain/limit-concurrency.ts";
import { everythingIn } from "../support/folder-state.ts";
import { ask, idOf, jobEnd } from "../support/job-client.ts";
import { makeMedia } from "../support/make-media.ts";
import { mutations } from "../support/mutate-media.ts";
import {
  canSeeProcesses,
  descendantsOf,
  eventually,
  readProcess,
} from "../support/process-tree.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";
import { writeSparseMovie } from "../support/sparse-movie.ts";
import { type Server, startServer } from "../support/start-server.ts";

const MIB = 2 ** 20;
const LARGE_BYTES = 2 ** 31;
const MAX_GROWTH_BYTES = 50 * MIB;
const SAMPLE_MS = 50;
/** Mutated uploads of each container. */
const MUTATIONS = 1000;
const AT_ONCE = 6;
const DEADLINE_MS = 10_000;

const campaign = createSmallCampaign();
let server: Server;
before(async () => {
  server = await startServer({ folder: campaign.path("server") });
});
after(async () => {
  await server.stop();
  campaign.remove();
});

type Sent = { status: number; body: string };
type Content = { bytes: AsyncIterable<Uint8Array>; size: number };
const BOUNDARY = "----vocative-boundary";

/** Sends a form whose base is streamed, as `fetch` with its `Blob` cannot. */
async function sendLarge(route: string, base: Content, fileName: string): Promise<Sent> {
  const part = (head: string, content = "") =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}`;
  const before = [
    part('name="recipients"; filename="people.csv"', "name\nAmit\nPriya\n"),
    part('name="tts_provider"', "espeak"),
    part('name="lang"', "en"),
    part('name="insert_mode"', "gold"),
    part(`name="base_video"; filename="${fileName}"`),
  ].join("\r\n");
  const behind = `\r\n--${BOUNDARY}--\r\n`;
  const sending = request(`${server.url}${route}`, {
    method: "POST",
    headers: {
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
      "content-length": Buffer.byteLength(before) + base.size + behind.length,
    },
  });
  const answered = new Promise<Sent>((resolve, reject) => {
    sending.once("error", reject);
    sending.once("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
  });
  async function* form() {
    yield Buffer.from(before);
    yield* base.bytes;
    yield Buffer.from(behind);
  }
  await pipeline(Readable.from(form()), sending);
  return answered;
}

/** Noise that no container begins with, without being kept anywhere. */
function noise(size: number): Content {
  const block = Buffer.alloc(MIB, "no media at all; ");
  async function* bytes() {
    for (let left = size; left > 0; left -= block.length) {
      yield block.subarray(0, Math.min(left, block.length));
    }
  }
  return { bytes: bytes(), size };
}

type Growth = { server: number; children: number };

/** By how much the server's resident memory grows over what it was, and the most of its children, bytes. */
async function growthWhile(work: () => Promise<unknown>): Promise<Growth> {
  const { pid } = server.running;
  const size = () => readProcess(pid)?.bytes ?? 0;
  const before = size();
  const most = { server: 0, children: 0 };
  const timer = setInterval(() => {
    most.server = Math.max(most.server, size() - before);
    for (const { bytes } of descendantsOf(pid)) most.children = Math.max(most.children, bytes);
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most;
}

const inMb = (bytes: number) => `${Math.round(bytes / MIB)} MB`;
const tell = ({ server, children }: Growth) =>
  `the server grew by ${inMb(server)}, the largest child had ${inMb(children)}`;

/** Folders of jobs, uploads and previews, and whatever is under work. */
function leftovers(): string[] {
  const names = everythingIn(server.dataDir).filter((name) => !name.startsWith("templates"));
  return names.filter((name) => /^[0-9a-f]{32}$|\.part$/.test(path.basename(name)));
}

async function assertNothingLeft(): Promise<void> {
  await eventually("nothing left", () => leftovers().length === 0, 5000).catch(() => {
    assert.fail(`left: ${leftovers().join(", ")}`);
  });
}

const skip = !canSeeProcesses && "memory of other processes is seen on Linux only";

test("an upload of 2 GB that is no media takes no memory and is refused", { skip }, async (t) => {
  // What is loaded and allocated once is no growth.
  assert.equal((await sendLarge("/jobs", noise(64 * MIB), "small.mp4")).status, 415);
  for (const route of ["/jobs", "/convert"]) {
    const growth = await growthWhile(async () => {
      const { status, body } = await sendLarge(route, noise(LARGE_BYTES), "noise.mp4");
      assert.equal(status, 415, body);
      assert.match(body, /"error":"MEDIA_TYPE_NOT_ALLOWED".*noise\.mp4 is not a video/);
    });
    t.diagnostic(`${route}: ${tell(growth)}`);
    assert.ok(growth.server <= MAX_GROWTH_BYTES, tell(growth));
    await assertNothingLeft();
  }
});

test("a movie of more than 2 GB takes no memory and is personalised", { skip }, async (t) => {
  const movie = campaign.path("large.mp4");
  await writeSparseMovie({ file: campaign.base, to: movie, holeBytes: LARGE_BYTES });
  const { size } = statSync(movie);
  let id = "";
  const growth = await growthWhile(async () => {
    const content = { bytes: createReadStream(movie, { highWaterMark: MIB }), size };
    const { status, body } = await sendLarge("/jobs", content, "large.mp4");
    assert.equal(status, 200, body);
    id = idOf({ status, headers: new Headers(), body: JSON.parse(body) });
    const { progress } = await jobEnd(server.url, id);
    assert.deepEqual(progress, { total: 2, done: 2, failed: 0, skipped: 0 });
  });
  t.diagnostic(tell(growth));
  assert.ok(growth.server <= MAX_GROWTH_BYTES, tell(growth));
  const purged = await ask(`${server.url}/jobs/${id}?purge=true`, { method: "DELETE" });
  assert.equal(purged.status, 204);
  await assertNothingLeft();
});

const ROUTES = ["/jobs", "/previews", "/convert"] as const;
/** What an upload may be answered with; 503 only with word of when to come again. */
const DOCUMENTED = [200, 400, 415, 422, 503];

type Outcome = { what: string; ms: number };

async function sendMutated(n: number, name: string, bytes: Uint8Array): Promise<Outcome> {
  const route = ROUTES[n % ROUTES.length] ?? "/jobs";
  const form = new FormData();
  form.append("base_video", new Blob([new Uint8Array(bytes)]), name);
  if (route === "/jobs") form.append("recipients", new Blob(["name\nAmit\n"]), "people.csv");
  if (route === "/previews") form.append("name", "Amit");
  form.append("tts_provider", "espeak");
  form.append("lang", "en");
  form.append("insert_mode", n % 2 === 0 ? "gold" : "silver");
  const started = performance.now();
  const response = await fetch(`${server.url}${route}`, { method: "POST", body: form });
  const content = Buffer.from(await response.arrayBuffer());
  const ms = performance.now() - started;
  const { status, headers } = response;
  const isJson = (headers.get("content-type") ?? "").includes("json");
  const answer = isJson ? JSON.parse(content.toString()) : {};
  const what = `${route} ${status} ${answer.error ?? ""}`.trim();
  assert.ok(DOCUMENTED.includes(status), `${what}: ${content} (${name})`);
  if (status === 503) assert.ok(headers.has("retry-after"), what);
  if (status === 200 && route === "/jobs") {
    // Purged while it is under work, it leaves what its worker makes meanwhile to the retention.
    await jobEnd(server.url, answer.job_id);
    const purge = `${server.url}/jobs/${answer.job_id}?purge=true`;
    assert.equal((await ask(purge, { method: "DELETE" })).status, 204);
  }
  return { what, ms };
}

function baseIn(container: "mp4" | "mkv"): Buffer {
  const { file } = makeMedia({
    file: campaign.path(`mutated.${container}`),
    container,
    video: { codec: "h264", bFrames: 2 },
    audio: { codec: "aac", sampleRate: 44_100, channels: 2 },
    sound: [
      { kind: "speech", seconds: 0.6 },
      { kind: "silence", seconds: 0.5 },
      { kind: "speech", seconds: 0.6 },
    ],
  });
  return readFileSync(file);
}

for (const container of ["mp4", "mkv"] as const) {
  const title = `${MUTATIONS} damaged uploads get a result or a documented refusal, and the server lives`;
  test(`${title} (${container})`, async (t) => {
    const counts = new Map<string, number>();
    let slowest = 0;
    const cases = mutations(baseIn(container), 11, MUTATIONS);
    const numbered = cases.map((mutation, index) => ({ ...mutation, index }));
    const death = server.running.ended.then(({ stderr }) => assert.fail(stderr.slice(-2000)));
    const uploads = forEachConcurrently(numbered, AT_ONCE, async ({ kind, bytes, index }) => {
      const name = `${kind.replace(" ", "-")}-${index}.${container}`;
      try {
        const { what, ms } = await sendMutated(index, name, bytes);
        counts.set(what, (counts.get(what) ?? 0) + 1);
        slowest = Math.max(slowest, ms);
        assert.ok(ms < DEADLINE_MS, `${what} after ${Math.round(ms)} ms`);
      } catch (error) {
        writeFileSync(campaign.path(name), bytes);
        throw error;
      }
    });
    await Promise.race([uploads, death]);
    const figures = [...counts].toSorted().map(([what, count]) => `${what}: ${count}`);
    t.diagnostic(`${figures.join(", ")}; the slowest answer came after ${Math.round(slowest)} ms`);
    assert.ok(
      figures.some((figure) => / 422 /.test(figure)),
      "the damage is felt",
    );
    await assertNothingLeft();
    assert.equal((await ask(`${server.url}/jobs`)).status, 200);
    assert.ok(readProcess(server.running.pid) || !canSeeProcesses, "it is the same server");
  });
}
