import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { verifySignature } from "../src/campaign/webhooks/sign-delivery.ts";
import { changedBetween, identitiesOf, mediaIn } from "./support/folder-state.ts";
import { type Answer, ask, idOf, type JobFields, jobEnd, post } from "./support/job-client.ts";
import { eventOf, jobEvents, type ReadEvent } from "./support/job-events.ts";
import { madeUpNames } from "./support/made-up-names.ts";
import { eventually } from "./support/process-tree.ts";
import { decodedFrameCount } from "./support/read-media.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { createSpeechScript } from "./support/speech-script.ts";
import { type Server, startServer } from "./support/start-server.ts";
import { startWebhookReceiver, type WebhookReceiver } from "./support/webhook-receiver.ts";

/** What can be done with jobs beyond the original API, on a real server with its worker. */

const campaign = createSmallCampaign();
const voice = createSpeechScript(campaign);
const base = { file: campaign.base };
let sheets = 0;
const sheet = (...names: string[]) => ({ file: campaign.sheet(`sheet-${++sheets}.csv`, names) });

let receiver: WebhookReceiver;
let server: Server;
const start = () =>
  startServer({
    folder: campaign.path("server"),
    env: {
      VOCATIVE_TTS_COMMANDS: voice.command,
      VOCATIVE_OUTGOING_ALLOW: receiver.host,
      VOCATIVE_SPEECH_LIMITS: "espeak=1",
    },
  });
before(async () => {
  receiver = await startWebhookReceiver();
  server = await start();
});
after(async () => {
  await server.stop();
  await receiver.close();
  campaign.remove();
});

/** Asks for a job of these names; gold, spoken by the script. */
const create = (names: string[], fields: JobFields = {}, headers: Record<string, string> = {}) =>
  post(
    `${server.url}/jobs`,
    {
      base_video: base,
      recipients: sheet(...names),
      insert_mode: "gold",
      ...voice.fields,
      ...fields,
    },
    headers,
  );
const started = async (names: string[], fields: JobFields = {}) =>
  idOf(await create(names, fields));
const endOf = (id: string) => jobEnd(server.url, id);
const at = (id: string, rest = "") => `${server.url}/jobs/${id}${rest}`;
const remove = (url: string) => ask(url, { method: "DELETE" });
const retry = (id: string) => ask(at(id, "/retry"), { method: "POST" });
const videosOf = (id: string) => path.join(server.dataDir, id, "output", "videos");
const mediaOf = async (id: string, row: number) =>
  Buffer.from(await (await fetch(at(id, `/recipients/${row}/media`))).bytes());
const isHeld = (text: string) => voice.held().some((one) => one.text === text);
/** A job whose only row is being spoken until it is released. */
async function held(text: string): Promise<string> {
  const id = await started([text]);
  await eventually(`${text} is being spoken`, () => isHeld(text));
  return id;
}

type Row = { row: number; name: string; status: string; reason: string | null };
const rowsOf = ({ body }: Answer) => body["recipients"] as Row[];

describe("the list of jobs", () => {
  test("shows them newest first, in pages and by state, none twice and none left out", async () => {
    const made: string[] = [];
    for (const name of ["Unspeakable A", "Amit", "Neha", "Ravi", "Isha"]) {
      made.unshift(await started([name]));
    }
    await Promise.all(made.map(endOf));
    const listed = async (query: string) => {
      const { body } = await ask(`${server.url}/jobs?${query}`);
      const ids = (body["jobs"] as { job_id: string }[]).map(({ job_id }) => job_id);
      return { ids, next: body["next_cursor"] as string | null };
    };
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await listed(`limit=2&cursor=${encodeURIComponent(cursor)}`);
      ids.push(...page.ids);
      sizes.push(page.ids.length);
      cursor = page.next;
    }
    assert.deepEqual(ids, made);
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.deepEqual((await listed("state=failed")).ids, made.slice(4));
    assert.deepEqual((await listed("state=done")).ids, made.slice(0, 4));
    assert.equal((await ask(`${server.url}/jobs?state=odd`)).status, 422);
  });
});

describe("a job that is cancelled while it runs", () => {
  test("stays cancelled when the work that ran has ended, and tells so", async () => {
    const text = "Held until cancelled";
    const id = await held(text);
    const { status, body } = await remove(at(id));
    assert.deepEqual([status, body["status"]], [200, "cancelled"]);
    const events = await Array.fromAsync(jobEvents(server.url, id));
    assert.equal(events.at(-1)?.type, "job.cancelled");
    voice.release(text);
    // What is created later ends later: by then its worker has left the first.
    await endOf(await started(["Later"]));
    const job = (await ask(at(id))).body;
    assert.deepEqual(
      [job["status"], job["progress"]],
      ["cancelled", { total: 1, done: 0, failed: 0, skipped: 0 }],
    );
    assert.ok(!("download_url" in job));
    assert.equal((await ask(at(id, "/download"))).status, 400);
    assert.deepEqual(
      (await Array.fromAsync(jobEvents(server.url, id))).map(({ seq }) => seq),
      events.map(({ seq }) => seq),
      "nothing happened to it any more",
    );
  });

  test("after its end stays as it ended", async () => {
    const id = await started(["Amit"]);
    await endOf(id);
    assert.equal((await remove(at(id))).body["status"], "done");
    assert.ok((await mediaOf(id, 2)).length > 0);
  });
});

test("a job that is purged is gone with its folder, others stay", async () => {
  const [id, other] = [await started(["Amit"]), await started(["Neha"])];
  await Promise.all([endOf(id), endOf(other)]);
  assert.ok(existsSync(path.join(server.dataDir, id)));
  const purged = await remove(at(id, "?purge=true"));
  assert.deepEqual([purged.status, purged.body], [204, {}]);
  assert.ok(!existsSync(path.join(server.dataDir, id)));
  for (const rest of ["", "/download", "/recipients", "/recipients/2/media", "/events"]) {
    assert.equal((await ask(at(id, rest))).status, 404, rest);
  }
  assert.ok((await mediaOf(other, 2)).length > 0);
});

test("a job that is purged while it is worked on leaves nothing either", async () => {
  const id = await started(["Held for a purge"]);
  const isHeld = () => voice.held().some(({ text }) => text === "Held for a purge");
  await eventually("the row under work", isHeld);
  assert.equal((await remove(at(id, "?purge=true"))).status, 204);
  voice.release("Held for a purge");
  await eventually("the end of the folder", () => !existsSync(path.join(server.dataDir, id)));
  assert.equal((await ask(at(id))).status, 404);
});

test("a voice that the embedded engine does not have is refused at once", async () => {
  const { status, body } = await post(`${server.url}/jobs`, {
    base_video: { file: campaign.base },
    recipients: { file: campaign.sheet("unknown-voice.csv", ["Amit"]) },
    voice: "hindi-deluxe",
  });
  assert.deepEqual([status, body["error"]], [422, "VOICE_UNKNOWN"]);
  assert.match(String(body["message"]), /hindi-deluxe/);
});

test("a retry makes the failed rows, and only those", async () => {
  const id = await started(["Amit", "Unspeakable 1", "Neha", "Unspeakable 2"]);
  const first = await endOf(id);
  assert.deepEqual(first["progress"], { total: 4, done: 2, failed: 2, skipped: 0 });
  const made = identitiesOf(videosOf(id));
  for (const number of [1, 2]) voice.mend(`Unspeakable ${number}`);
  const retried = await retry(id);
  assert.deepEqual(
    [retried.status, { ...retried.body, status: "" }],
    [202, { job_id: id, status: "", rows: 2 }],
  );
  const second = await endOf(id);
  assert.deepEqual(
    [second["status"], second["progress"], second["round"]],
    ["done", { total: 4, done: 4, failed: 0, skipped: 0 }, 2],
  );
  assert.deepEqual(changedBetween(made, identitiesOf(videosOf(id))), [
    ...["Unspeakable_1.mp4", "Unspeakable_2.mp4"],
  ]);
  const again = await retry(id);
  assert.deepEqual([again.status, again.body["error"]], [409, "NOTHING_TO_RETRY"]);
  const running = await held("Held while retried");
  const early = await retry(running);
  assert.deepEqual([early.status, early.body["error"]], [409, "JOB_NOT_ENDED"]);
  voice.release("Held while retried");
  await endOf(running);
});

test("the rows of a job come in pages in the order of the sheet", async () => {
  const names = madeUpNames(9);
  const id = await started(names);
  await endOf(id);
  const rows: Row[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await ask(at(id, `/recipients?limit=4&cursor=${encodeURIComponent(cursor)}`));
    rows.push(...rowsOf(page));
    cursor = page.body["next_cursor"] as string | null;
  }
  assert.deepEqual(
    rows.map(({ row, name, status }) => [row, name, status]),
    names.map((name, i) => [i + 2, name, "done"]),
  );
  assert.deepEqual(rowsOf(await ask(at(id, "/recipients?state=failed"))), []);
});

test("events that broke off go on after the last one that came, none twice, none missing", async () => {
  const text = "Held in the midst";
  const id = await held(text);
  const seen: ReadEvent[] = [];
  for await (const event of jobEvents(server.url, id)) {
    seen.push(event);
    if (event.type === "job.running") break;
  }
  voice.release(text);
  // One event a connection: every place is one to resume at.
  for (;;) {
    const rest = jobEvents(server.url, id, { after: seen.at(-1)?.seq ?? 0 });
    const { value, done } = await rest.next();
    await rest.return(undefined);
    if (done) break;
    seen.push(value);
  }
  assert.deepEqual(seen, await Array.fromAsync(jobEvents(server.url, id)));
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    seen.map((_, i) => i + 1),
  );
  assert.deepEqual([seen[0]?.type, seen.at(-1)?.type], ["job.queued", "job.done"]);
  assert.ok(seen.every(({ data }) => data["job_id"] === id));
});

describe("an Idempotency-Key", () => {
  const countJobs = async () =>
    ((await ask(`${server.url}/jobs?limit=200`)).body["jobs"] as unknown[]).length;
  const foldersNow = () => readdirSync(server.dataDir).length;

  test("makes one job of a request that is sent twice", async () => {
    const recipients = sheet("Once");
    const send = (fields: JobFields = {}) =>
      create([], { recipients, ...fields }, { "idempotency-key": "order-1" });
    const id = idOf(await send());
    const [jobs, folders] = [await countJobs(), foldersNow()];
    assert.equal(idOf(await send()), id);
    assert.equal(await countJobs(), jobs);
    assert.equal(foldersNow(), folders, "the second upload is not kept");
    const other = await send({ insert_mode: "silver" });
    assert.deepEqual([other.status, other.body["error"]], [422, "IDEMPOTENCY_KEY_REUSED"]);
    assert.equal(foldersNow(), folders);
    await endOf(id);
    assert.equal(idOf(await send()), id, "after its end, too");
  });

  test("makes one job of requests that are sent at the same time", async () => {
    const recipients = sheet("Twins");
    const before = await countJobs();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => create([], { recipients }, { "idempotency-key": "order-2" })),
    );
    assert.equal(new Set(answers.map(idOf)).size, 1);
    assert.equal(await countJobs(), before + 1);
    await endOf(idOf(answers[0] as Answer));
  });
});

describe("a base template", () => {
  test("gives the same bytes as its base, and stays while a job needs it", async () => {
    const created = await post(`${server.url}/templates`, {
      base_video: base,
      insert_mode: "gold",
      ...voice.fields,
    });
    const template = idOf(created);
    const url = `${server.url}/templates/${template}`;
    const names = ["Amit", "Ravi Kumar"];
    const [fromTemplate, fromBase] = await Promise.all([
      post(`${server.url}/jobs`, {
        template_id: template,
        recipients: sheet(...names),
        insert_mode: "gold",
        ...voice.fields,
      }),
      create(names),
    ]);
    const ids = [idOf(fromTemplate), idOf(fromBase)];
    const [first] = await Promise.all(ids.map(endOf));
    assert.deepEqual([first?.["status"], first?.["template_id"]], ["done", template]);
    for (const row of [2, 3]) {
      const [a, b] = await Promise.all(ids.map((id) => mediaOf(id, row)));
      assert.ok(a && b?.equals(a), `row ${row}`);
    }
    assert.ok(!existsSync(path.join(server.dataDir, ids[0] ?? "", "input", "base_video.mp4")));
    assert.equal((await ask(url)).body["status"], "ready");

    const text = "Held by a template";
    const busy = idOf(
      await post(`${server.url}/jobs`, {
        template_id: template,
        recipients: sheet(text),
        insert_mode: "gold",
        ...voice.fields,
      }),
    );
    await eventually("the job runs", () => isHeld(text));
    const refused = await remove(url);
    assert.deepEqual([refused.status, refused.body["error"]], [409, "TEMPLATE_IN_USE"]);
    voice.release(text);
    assert.equal((await endOf(busy))["status"], "done");
    assert.equal((await remove(url)).status, 204);
    assert.equal((await ask(url)).status, 404);
    assert.ok((await mediaOf(busy, 2)).length > 0, "what was made stays");
  });

  test("that nobody knows is named by 404", async () => {
    const { status, body } = await post(`${server.url}/jobs`, {
      template_id: "none",
      recipients: sheet("Amit"),
    });
    assert.deepEqual([status, body["detail"]], [404, "template not found"]);
  });
});

test("a preview is what the job makes for that name, within seconds, and leaves nothing", async () => {
  const id = await started(["Priya"]);
  await endOf(id);
  const folders = readdirSync(server.dataDir).toSorted();
  const began = performance.now();
  const form = new FormData();
  form.append("base_video", new Blob([readFileSync(campaign.base)]), "mine.mp4");
  for (const [name, value] of Object.entries({
    ...voice.fields,
    insert_mode: "gold",
    name: "Priya",
  })) {
    form.append(name, value);
  }
  const response = await fetch(`${server.url}/previews`, { method: "POST", body: form });
  const bytes = await response.bytes();
  assert.ok(performance.now() - began < 5000);
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "video/mp4"]);
  assert.ok((await mediaOf(id, 2)).equals(bytes));
  const figures = JSON.parse(response.headers.get("vocative-preview") ?? "{}");
  assert.deepEqual(Object.keys(figures), [
    "slot",
    "slots",
    "spoken",
    "stretch",
    "seams",
    "warnings",
  ]);
  await eventually("its files are gone", () => {
    return readdirSync(server.dataDir).length === folders.length;
  });
  assert.deepEqual(readdirSync(server.dataDir).toSorted(), folders);
});

describe("a webhook", () => {
  const json = { "content-type": "application/json" };
  const hook = (body: object) =>
    ask(`${server.url}/webhooks`, { method: "POST", headers: json, body: JSON.stringify(body) });

  test("is told of jobs and rows with a signature, again when it did not answer well", async () => {
    const made = await hook({ url: receiver.url });
    assert.equal(made.status, 201);
    const [id, secret] = [String(made.body["id"]), String(made.body["secret"])];
    // One of its requests fails, whichever it is.
    receiver.refuse(1);
    const job = await started(["Amit", "Unspeakable for long"]);
    const failing = await started(["Unspeakable alone"]);
    await Promise.all([endOf(job), endOf(failing)]);
    const wanted = [
      ["job.done", job],
      ["recipient.failed", job],
      ["job.failed", failing],
      ["recipient.failed", failing],
    ] as const;
    const of = (one: { headers: Record<string, string>; body: string }) =>
      `${one.headers["vocative-event"]} ${JSON.parse(one.body).job_id}`;
    for (const [event, jobId] of wanted) {
      await receiver.until((one) => of(one) === `${event} ${jobId}`);
    }
    const refused = receiver.received[0];
    const delivery = refused?.headers["vocative-delivery"];
    const isSecond = (one: (typeof receiver.received)[number]) =>
      one !== refused && one.headers["vocative-delivery"] === delivery;
    const second = await receiver.until(isSecond);
    assert.equal(second.body, refused?.body);

    for (const { headers, body, at: now } of receiver.received) {
      const header = headers["vocative-signature"] ?? "";
      assert.ok(verifySignature({ secret, header, body, now }), body);
      assert.ok(!verifySignature({ secret: `${secret}x`, header, body, now }));
    }
    const told = new Map(
      receiver.received.map((one) => [one.headers["vocative-delivery"], of(one)]),
    );
    assert.deepEqual([...told.values()].toSorted(), wanted.map((one) => one.join(" ")).toSorted());
    const listed = async () => {
      const { body } = await ask(`${server.url}/webhooks/${id}/deliveries`);
      return body["deliveries"] as {
        id: string;
        event: string;
        status: string;
        attempts: number;
        last_status: number;
      }[];
    };
    // The answer is noted after it was given.
    let deliveries = await listed();
    while (deliveries.some(({ status }) => status === "pending")) deliveries = await listed();
    assert.deepEqual(
      deliveries.map((one) => [one.status, one.last_status]),
      wanted.map(() => ["delivered", 200]),
    );
    assert.equal(deliveries.find((one) => one.id === delivery)?.attempts, 2);
    assert.ok(!JSON.stringify(deliveries).includes(secret));
    assert.equal((await remove(`${server.url}/webhooks/${id}`)).status, 204);
  });

  test("to an address inside is refused, unless the operator allowed it", async () => {
    const { port } = new URL(server.url);
    for (const url of [`http://127.0.0.1:${port}/jobs`, "http://[::1]:1/", "http://10.0.0.1/"]) {
      const { status, body } = await hook({ url });
      assert.deepEqual([status, body["error"]], [422, "URL_NOT_ALLOWED"], url);
      assert.deepEqual((body["details"] as { loc: string[] }[])[0]?.loc, ["body", "url"]);
    }
    assert.deepEqual((await ask(`${server.url}/webhooks`)).body["webhooks"], []);
  });
});

test("two servers on one data folder share its work", async () => {
  const second = await start();
  try {
    // A worker does two tasks at a time: the third can only be the other one's.
    const texts = ["Held 1 of 3", "Held 2 of 3", "Held 3 of 3"];
    const ids = await Promise.all(texts.map((text) => started([text])));
    await eventually("all three are being spoken", () => texts.every(isHeld));
    const pids = voice.held().flatMap(({ pid, text }) => (texts.includes(text) ? [pid] : []));
    assert.equal(new Set(pids).size, 2);
    for (const text of texts) voice.release(text);
    const jobs = await Promise.all(ids.map((id) => jobEnd(second.url, id)));
    assert.deepEqual(
      jobs.map(({ status }) => status),
      texts.map(() => "done"),
    );
  } finally {
    await second.stop();
  }
});

test("a server that is asked to end hands its work back, and the next one finishes it", async () => {
  // In chunks of 50, of which one is made at a time: one is done, one under work, one is left.
  const names = madeUpNames(120);
  const id = await started(names, { tts_provider: "espeak", tts_cmd: "", lang: "en" });
  assert.ok(await eventOf(jobEvents(server.url, id), "job.progress"));
  server.running.kill("SIGTERM");
  assert.equal((await server.running.ended).code, 0);
  const made = identitiesOf(videosOf(id));
  assert.ok(made.size > 0 && made.size < names.length, `${made.size} were made`);
  server = await start();
  const events = await Array.fromAsync(jobEvents(server.url, id));
  const rows = events.flatMap(({ type, data }) =>
    type === "job.progress" ? (data["rows"] as number[]) : [],
  );
  assert.deepEqual(
    rows.toSorted((a, b) => a - b),
    names.map((_, i) => i + 2),
    "every row was made once",
  );
  const { status, progress } = (await ask(at(id))).body;
  assert.deepEqual(
    [status, progress],
    ["done", { total: names.length, done: names.length, failed: 0, skipped: 0 }],
  );
  const files = mediaIn(videosOf(id));
  assert.deepEqual(files, names.map((name) => `${name}.mp4`).toSorted());
  const changed = changedBetween(made, identitiesOf(videosOf(id)));
  assert.equal(changed.length, names.length - made.size, "what was made was left alone");
  const frames = decodedFrameCount(campaign.base);
  for (const file of changed.slice(0, 10)) {
    assert.equal(decodedFrameCount(path.join(videosOf(id), file)), frames, file);
  }
});
