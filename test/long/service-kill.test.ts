import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { partsIn } from "../support/folder-state.ts";
import { ask, idOf, jobEnd, post } from "../support/job-client.ts";
import type { MediaRecipe } from "../support/make-media.ts";
import {
  canSeeProcesses,
  descendantsOf,
  eventually,
  isAlive,
  processesIn,
  readProcess,
  type TreeProcess,
} from "../support/process-tree.ts";
import { decodedFrameCount, decodeSound } from "../support/read-media.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";
import { type Server, startServer } from "../support/start-server.ts";
import { unzip } from "../support/unzip.ts";

const KILLS = 200;
/** Ten jobs of a hundred at first; more whenever few are left, so that there is work at every kill. */
const FIRST_JOBS = 10;
const ROWS = 100;
const FEW_JOBS = 3;
/** The service promises that nobody survives the parent for longer. */
const ORPHANS_GONE_MS = 2000;
/** The seldom long pauses let chunks, which take about 2 s, come to their end. */
const LONGEST_PAUSE_MS = 3000;

/** A worker looks for what is to be removed a minute after it has started. */
const RETAINED_MS = 120_000;
const LONG_AGO = new Date("2001-01-01");

const campaign = createSmallCampaign();
after(async () => {
  // Of a test that failed.
  const folder = realpathSync(campaign.folder);
  const left = () => readdirSync(folder).flatMap((name) => processesIn(path.join(folder, name)));
  for (const { pid } of left()) process.kill(pid, "SIGKILL");
  await eventually("the end of all", () => left().length === 0);
  campaign.remove();
});
const random = seededRandom(200);
const upTo = (most: number) => random() * most;
const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(upTo(from.length))];

/** Says each row's own recording, again and again the same: two runs can be compared by their bytes. */
const command = `sh '${speechScript()}' {text} {out}`;

function speechScript(): string {
  for (let row = 1; row <= ROWS; row++) campaign.media(`said-${row}.wav`, recordingOf(row));
  const script = campaign.path("say.sh");
  writeFileSync(script, `cp "\${0%/*}/said-\${1##* }.wav" "$2"\n`);
  return script;
}

function recordingOf(row: number): Partial<MediaRecipe> {
  return {
    container: "wav",
    video: null,
    audio: { codec: "pcm", sampleRate: 22_050, channels: 1 },
    sound: [
      { kind: "silence", seconds: 0.1 },
      { kind: "speech", seconds: 0.3 + row / 200 },
      { kind: "silence", seconds: 0.1 },
    ],
    noiseDb: null,
  };
}

const isSilver = (n: number) => n % 4 === 3;
/** The embedded voice never says a name the same way twice; its children are there to be killed. */
const isEmbedded = (n: number) => n % 3 === 2;

/** What the n-th job asks for: each has names and a template of its own. */
function formOf(n: number) {
  const names = Array.from({ length: ROWS }, (_, i) => `Guest ${n} ${i + 1}`);
  return {
    base_video: { file: campaign.base },
    recipients: { file: campaign.sheet(`guests-${n}.csv`, names) },
    insert_mode: isSilver(n) ? "silver" : "gold",
    ...(isEmbedded(n) ? { tts_provider: "espeak" } : { tts_provider: "command", tts_cmd: command }),
    lang: "en",
    slot: `${(0.3 + (n % 20) / 100).toFixed(2)}-1.1`,
  };
}

type Victim = { kind: string; process: TreeProcess; parent: boolean };

/** Kills what belongs to the server of one data folder, and starts that again. */
class Campaigns {
  readonly folder = campaign.path("killed");
  readonly counts = new Map<string, number>();
  readonly ids: Promise<string>[] = [];
  answered = 0;
  /** Why a job could not be created; null while all goes well. */
  failure: unknown = null;
  server: Promise<Server>;
  /** Tokens of the leases under which a child was killed last: see `mayLoseChild`. */
  #struck = new Set<string>();
  /** Servers that have lost a child. */
  readonly #bereft = new Set<number>();

  constructor() {
    this.server = this.#start();
  }

  #start(): Promise<Server> {
    const keeps = upTo(4) < 1 ? "files" : "renditions";
    const env = { VOCATIVE_OUTPUTS: keeps, VOCATIVE_TTS_COMMANDS: command };
    return startServer({ folder: this.folder, env });
  }

  /** Asks for one more job until the answer has come, whatever happens to the server meanwhile. */
  create(): void {
    const n = this.ids.length;
    const form = formOf(n);
    const send = async (): Promise<string> => {
      for (;;) {
        const server = await this.server;
        try {
          const url = `${server.url}/jobs`;
          const { status, body } = await post(url, form, { "idempotency-key": `job-${n}` });
          assert.equal(status, 200, JSON.stringify(body));
          return String(body["job_id"]);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          await server.running.ended; // a connection broke off, for which there is one reason only
        }
      }
    };
    const id = send();
    id.then(
      () => {
        this.answered += 1;
      },
      (error: unknown) => {
        this.failure ??= error;
      },
    );
    this.ids.push(id);
  }

  async unfinishedJobs(): Promise<number> {
    return (await this.query("select id from jobs where state in ('queued', 'running')")).length;
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    const { dataDir } = await this.server;
    // Closed again: what a crash left in the database is for its next user to put right.
    using database = new DatabaseSync(path.join(dataDir, "vocative.sqlite"), { readOnly: true });
    return database.prepare(sql).all();
  }

  async #leases(): Promise<Set<string>> {
    const rows = await this.query("select token from tasks where state = 'leased'");
    return new Set(rows.map(({ token }) => String(token)));
  }

  /**
   * A task that ends two children is given up, and rightly so. A worker may lose another child once
   * all is done that was under work at the last time, and a server, whose leases nobody notes, one.
   */
  async #mayLoseChild(parent: "server" | "worker", server: number): Promise<boolean> {
    if (parent === "server") return !this.#bereft.has(server);
    return [...(await this.#leases())].every((token) => !this.#struck.has(token));
  }

  /** Somebody to kill now; null when those drawn are not there or may not be killed. */
  async #draw(server: Server): Promise<Victim | null> {
    const { pid } = server.running;
    const own = readProcess(pid);
    const below = descendantsOf(pid);
    const workers = below.filter(({ command }) => command.includes("main.ts worker"));
    const children = below.filter(({ command }) => /(media|espeak|sheet)-worker\.ts/.test(command));
    const drawn = random();
    if (drawn < 0.25) return own && { kind: "server", process: own, parent: true };
    if (drawn < 0.5) {
      const worker = pick(workers);
      return worker ? { kind: "worker", process: worker, parent: true } : null;
    }
    const child = pick(children);
    if (!child) return null;
    const parent = child.parent === pid ? "server" : "worker";
    if (!(await this.#mayLoseChild(parent, pid))) return null;
    const [module] = /\w+-worker/.exec(child.command) ?? [];
    return { kind: `${module} of the ${parent}`, process: child, parent: false };
  }

  async killSomebody(): Promise<boolean> {
    const server = await this.server;
    const victim = await this.#draw(server);
    if (!victim) return false;
    const { kind, process: target, parent } = victim;
    if (kind.endsWith("of the server")) this.#bereft.add(server.running.pid);
    else if (kind.endsWith("of the worker")) this.#struck = await this.#leases();
    const orphans = parent ? descendantsOf(target.pid) : [];
    process.kill(target.pid, "SIGKILL");
    this.#note(kind);
    if (kind === "server") {
      this.server = this.#startAgain();
      this.server.catch(() => {}); // heard of by whoever asks for the server next
    }
    await assertGone(orphans, kind);
    return true;
  }

  /** At once, so that the new server meets what is left of the old one; it may be killed as it starts. */
  async #startAgain(): Promise<Server> {
    while (upTo(4) < 1) {
      const old = new Set(this.#servers().map(({ pid }) => pid));
      const starting = this.#start();
      const found = await eventually(
        "a starting server",
        () => this.#servers().find(({ pid }) => !old.has(pid)) ?? null,
      );
      await setTimeout(upTo(700));
      const orphans = descendantsOf(found.pid);
      process.kill(found.pid, "SIGKILL");
      this.#note("starting server");
      await starting.catch(() => {}); // it may have been quicker
      await assertGone(orphans, "starting server");
    }
    return this.#start();
  }

  #servers(): TreeProcess[] {
    const all = processesIn(realpathSync(this.folder));
    return all.filter(({ command }) => command.includes("main.ts serve"));
  }

  #note(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  kills(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

async function assertGone(orphans: TreeProcess[], kind: string): Promise<void> {
  const left = () => orphans.filter(isAlive);
  const end = eventually("their end", () => left().length === 0, ORPHANS_GONE_MS);
  await end.catch(() => {
    const who = left().map(({ pid, command }) => `${pid} ${stateOf(pid)} ${command}`);
    assert.fail(`${ORPHANS_GONE_MS} ms after the ${kind} was killed there are ${who.join(", ")}`);
  });
}

/** What its threads do, and whose child it is. */
function stateOf(pid: number): string {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const lines = threads.flatMap(
    (thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8").match(/^(State|PPid):.*/gm) ?? [],
  );
  return `(${[...new Set(lines)].join(", ")})`;
}

type Event = { id: number; type: string; data: { rows?: number[]; progress?: Progress } };
type Progress = { total: number; done: number; failed: number; skipped: number };

async function eventsOf(url: string, id: string): Promise<Event[]> {
  const text = await (await fetch(`${url}/jobs/${id}/events`)).text();
  return text.split("\n\n").flatMap((block) => {
    const [, seq, type, data] = /^id: (\d+)\nevent: (.+)\ndata: (.+)$/.exec(block) ?? [];
    if (seq === undefined || type === undefined || data === undefined) return [];
    return [{ id: Number(seq), type, data: JSON.parse(data) as Event["data"] }];
  });
}

async function rowsOf(url: string, id: string): Promise<{ row: number; status: string }[]> {
  const rows: { row: number; status: string }[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(`${url}/jobs/${id}/recipients?limit=64${cursor}`);
    const page = body as { recipients: typeof rows; next_cursor: string | null };
    rows.push(...page.recipients);
    if (page.next_cursor === null) return rows;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

async function membersOfZip(url: string, id: string): Promise<Map<string, Buffer>> {
  const file = campaign.path(`${id}.zip`);
  const { status, body } = await fetch(`${url}/jobs/${id}/download`);
  assert.equal(status, 200);
  assert.ok(body);
  await pipeline(Readable.fromWeb(body), createWriteStream(file));
  return unzip(file);
}

function hashesOf(members: Map<string, Buffer>): Map<string, string> {
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  return new Map([...members].map(([name, bytes]) => [name, hash(bytes)]));
}

/** Every picture and all sound of the base are there. */
function assertPlays(name: string, bytes: Buffer): void {
  const file = campaign.path(name);
  writeFileSync(file, bytes);
  if (name.endsWith(".mp4")) assert.ok(decodedFrameCount(file) > 60, name);
  assert.ok(decodeSound(file).samples.length > 2 * 44_100, name);
  rmSync(file);
}

const EVERYTHING = { total: ROWS, done: ROWS, failed: 0, skipped: 0 };
const ROW_NUMBERS = Array.from({ length: ROWS }, (_, i) => i + 2);

async function assertCompleteOnce(url: string, id: string): Promise<void> {
  const { body } = await ask(`${url}/jobs/${id}`);
  assert.equal(body["status"], "done", JSON.stringify(body));
  const failures = await ask(`${url}/jobs/${id}/recipients?state=failed`);
  assert.deepEqual(body["progress"], EVERYTHING, JSON.stringify(failures.body));

  const events = await eventsOf(url, id);
  assert.deepEqual(
    events.map((event) => event.id),
    events.map((_, index) => index + 1),
  );
  const types = events.map(({ type }) => type).filter((type) => type !== "job.progress");
  assert.deepEqual(
    types,
    ["job.queued", "job.running", "job.compiled", "job.done"].toSorted(
      (a, b) => types.indexOf(a) - types.indexOf(b),
    ),
  );
  const steps = events.filter(({ type }) => type === "job.progress");
  let done = 0;
  for (const { data } of steps) {
    done += data.rows?.length ?? 0;
    assert.equal(data.progress?.done, done);
  }
  const made = steps.flatMap(({ data }) => data.rows ?? []).toSorted((a, b) => a - b);
  assert.deepEqual(made, ROW_NUMBERS, "every row is told of once");

  const rows = await rowsOf(url, id);
  assert.deepEqual(
    rows.map(({ row, status }) => [row, status]),
    ROW_NUMBERS.map((row) => [row, "done"]),
  );
}

function filesIn(...folder: string[]): string[] {
  const parts = path.join(...folder);
  return existsSync(parts) ? readdirSync(parts).toSorted() : [];
}

const skip = !canSeeProcesses && "other processes are seen on Linux only";
test(`${KILLS} kills of servers, workers and their children lose nothing and do nothing twice`, {
  skip,
}, async (t) => {
  const killed = new Campaigns();
  for (let n = 0; n < FIRST_JOBS; n++) killed.create();
  const started = performance.now();
  while (killed.kills() < KILLS) {
    // The moments are what is tried, so the pauses are real.
    await setTimeout(random() * upTo(LONGEST_PAUSE_MS));
    if (!(await killed.killSomebody())) continue;
    if (killed.kills() % 20 === 0) {
      const seconds = Math.round((performance.now() - started) / 1000);
      const unfinished = await killed.unfinishedJobs();
      t.diagnostic(`${killed.kills()} kills in ${seconds} s, ${unfinished} jobs unfinished`);
    }
    if (killed.failure !== null) throw killed.failure;
    const isAnswered = killed.answered === killed.ids.length;
    if (isAnswered && (await killed.unfinishedJobs()) < FEW_JOBS) killed.create();
  }
  t.diagnostic([...killed.counts].map(([kind, count]) => `${kind} ${count}`).join(", "));

  let server = await killed.server;
  const ids = await Promise.all(killed.ids);
  for (const id of ids) await jobEnd(server.url, id);
  const seconds = Math.round((performance.now() - started) / 1000);
  t.diagnostic(`${ids.length} jobs of ${ROWS} recipients ended after ${seconds} s`);
  const noted = await killed.query("select id from jobs");
  assert.deepEqual(noted.map(({ id }) => String(id)).toSorted(), ids.toSorted(), "each once");
  for (const id of ids) await assertCompleteOnce(server.url, id);

  await server.stop();
  const folder = realpathSync(killed.folder);
  await eventually("the end of all", () => processesIn(folder).length === 0, ORPHANS_GONE_MS);
  // A voice's parts do not tell whose they are: only their age shows that they were given up.
  const given = (name: string) => utimesSync(path.join(server.dataDir, name), LONG_AGO, LONG_AGO);
  for (const name of partsIn(server.dataDir)) given(name);
  killed.server = startServer({
    folder: killed.folder,
    env: { VOCATIVE_TTS_COMMANDS: command },
  });
  server = await killed.server;
  const needed = await killed.query("select distinct job_id, object_key from recipients");
  for (const id of ids) {
    const keys = needed
      .filter(({ job_id }) => job_id === id)
      .map((row) => String(row["object_key"]));
    const there = ["packs", "videos"].flatMap((kind) =>
      filesIn(server.dataDir, id, "output", kind).map((file) => `${id}/output/${kind}/${file}`),
    );
    // What a killed worker was writing goes with the retention, which is waited for below.
    const whole = there.filter((key) => !key.endsWith(".part"));
    assert.deepEqual(whole, keys.toSorted(), "nothing that is not needed");
  }

  const undisturbed = await startServer({
    folder: campaign.path("undisturbed"),
    env: { VOCATIVE_TTS_COMMANDS: command },
  });
  for (const [n, id] of ids.entries()) {
    const members = await membersOfZip(server.url, id);
    const media = [...members].filter(([name]) => name !== "report.csv");
    assert.equal(media.length, ROWS);
    for (const [name, bytes] of media) assertPlays(name, bytes);
    if (isEmbedded(n)) continue;
    const twin = idOf(await post(`${undisturbed.url}/jobs`, formOf(n)));
    assert.deepEqual((await jobEnd(undisturbed.url, twin))["progress"], EVERYTHING);
    const expected = await membersOfZip(undisturbed.url, twin);
    assert.deepEqual(hashesOf(members), hashesOf(expected));
  }
  await eventually("no parts", () => partsIn(server.dataDir).length === 0, RETAINED_MS).catch(
    () => {
      assert.fail(`left of killed runs: ${partsIn(server.dataDir).join(", ")}`);
    },
  );
  await Promise.all([server.stop(), undisturbed.stop()]);
});
