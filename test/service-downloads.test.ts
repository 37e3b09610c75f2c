import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { shareLink } from "../src/campaign/jobs/share-link.ts";
import { loadMasterKey } from "../src/security/master-key.ts";
import { createSecretBox } from "../src/security/secret-box.ts";
import { seededRandom } from "../src/signal/seeded-random.ts";
import { everythingIn } from "./support/folder-state.ts";
import { ask, idOf, jobEnd, post } from "./support/job-client.ts";
import { madeUpNames } from "./support/made-up-names.ts";
import { decodedFrameCount, decodeSound, streamDurations } from "./support/read-media.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { createSpeechScript } from "./support/speech-script.ts";
import { type Server, startServer } from "./support/start-server.ts";
import { unzip } from "./support/unzip.ts";

/** What is kept of a job, whole files or renditions, is downloaded in the same way. */

const campaign = createSmallCampaign();
const KINDS = ["files", "renditions"] as const;
const voice = createSpeechScript(campaign);
const NAMES = ["Amit", "Amit", "अमित", "王伟", "Иван", "", ...madeUpNames(14)];
/** Of the output of the third row, as a link and a header have to write it. */
const DEVANAGARI = "अमित.mp4";
const sheet = campaign.path("people.csv");
writeFileSync(sheet, ["name,company", ...NAMES.map((name) => `${name},Acme`)].join("\n"));

type Job = { server: Server; id: string; url: string; zip: Buffer; etag: string; file: string };
const jobs = new Map<(typeof KINDS)[number], Job>();

async function jobOf(kind: (typeof KINDS)[number]): Promise<Job> {
  const server = await startServer({
    folder: campaign.path(kind),
    env: { VOCATIVE_OUTPUTS: kind, VOCATIVE_TTS_COMMANDS: voice.command },
  });
  const created = await post(`${server.url}/jobs`, {
    base_video: { file: campaign.base },
    recipients: { file: sheet },
    insert_mode: "gold",
    ...voice.fields,
  });
  const id = idOf(created);
  const job = await jobEnd(server.url, id);
  assert.deepEqual([job["status"], job["keeps"]], ["done", kind]);
  const url = `${server.url}/jobs/${id}`;
  const response = await fetch(`${url}/download`);
  const zip = Buffer.from(await response.bytes());
  const file = campaign.path(`${kind}.zip`);
  writeFileSync(file, zip);
  return { server, id, url, zip, file, etag: response.headers.get("etag") ?? "" };
}

function jobThatKeeps(kind: (typeof KINDS)[number]): Job {
  const job = jobs.get(kind);
  assert.ok(job);
  return job;
}

before(async () => {
  const made = await Promise.all(KINDS.map(async (kind) => [kind, await jobOf(kind)] as const));
  for (const [kind, job] of made) jobs.set(kind, job);
});
after(async () => {
  await Promise.all([...jobs.values()].map(({ server }) => server.stop()));
  campaign.remove();
});

const range = (first: number, last: number) => ({ range: `bytes=${first}-${last}` });

/** Size of every file below a folder, but for the database, which notes what happens. */
function filesIn(folder: string): [string, number][] {
  return everythingIn(folder)
    .filter((name) => !name.startsWith("vocative.sqlite"))
    .map((name): [string, number] => [name, statSync(path.join(folder, name)).size]);
}

const program = (name: string, ...args: string[]) =>
  spawnSync(name, args, { encoding: "utf8" }).status === 0;
const hasUnzip = program("unzip", "-v");
const hasPython = program("python3", "--version");

test("files and renditions give the same media, byte for byte", async () => {
  const [whole, pieces] = await Promise.all(KINDS.map((kind) => unzip(jobThatKeeps(kind).file)));
  assert.equal(whole?.size, NAMES.length - 1 + 1, "all but the empty name, and the report");
  const mediaOf = (zip = new Map<string, Buffer>()) =>
    [...zip].filter(([name]) => name.endsWith(".mp4"));
  assert.deepEqual(mediaOf(pieces), mediaOf(whole));
  assert.deepEqual([...(pieces?.keys() ?? [])], [...(whole?.keys() ?? [])]);
});

describe("of a job that keeps renditions", () => {
  test("the uploaded base is gone, no output is whole on disk, and all of them play", async () => {
    const { server, id, file } = jobThatKeeps("renditions");
    const folder = path.join(server.dataDir, id);
    assert.deepEqual(readdirSync(path.join(folder, "input")), ["recipients.csv"]);
    assert.ok(!everythingIn(folder).some((name) => name.endsWith(".mp4")));
    const frames = decodedFrameCount(campaign.base);
    let played = 0;
    for (const [name, bytes] of await unzip(file)) {
      if (name === "report.csv") continue;
      const output = campaign.path(`played-${++played}.mp4`);
      writeFileSync(output, bytes);
      assert.equal(decodedFrameCount(output), frames, name);
      const { samples, sampleRate } = decodeSound(output);
      const { video } = streamDurations(output);
      assert.ok(Math.abs(samples.length / sampleRate - (video ?? 0)) < 0.1, name);
      assert.ok(
        samples.some((sample) => Math.abs(sample) > 0.05),
        `${name} is not silent`,
      );
    }
    assert.equal(played, NAMES.length - 1);
  });

  test("what is kept grows by at most 25 KB a recipient", () => {
    const { server, id } = jobThatKeeps("renditions");
    const sizes = filesIn(path.join(server.dataDir, id, "output"));
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    assert.ok(bytes / NAMES.length < 25_000, `${Math.round(bytes / NAMES.length)} bytes each`);
  });
});

for (const kind of KINDS) {
  describe(`the ZIP of a job that keeps ${kind}`, () => {
    test("opens with unzip", { skip: !hasUnzip && "there is no unzip" }, () => {
      const { status, stdout } = spawnSync("unzip", ["-tq", jobThatKeeps(kind).file], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout);
      assert.match(stdout, /No errors detected/);
    });

    test("opens with Python", { skip: !hasPython && "there is no Python" }, () => {
      const args = ["-m", "zipfile", "-t", jobThatKeeps(kind).file];
      const { status, stdout, stderr } = spawnSync("python3", args, { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      assert.equal(stdout.trim(), "Done testing");
    });

    test("is known by its length before it is downloaded", async () => {
      const { url, zip, etag } = jobThatKeeps(kind);
      const head = await fetch(`${url}/download`, { method: "HEAD" });
      assert.equal(head.status, 200);
      assert.equal(head.headers.get("content-length"), String(zip.length));
      assert.equal(head.headers.get("accept-ranges"), "bytes");
      assert.equal(head.headers.get("etag"), etag);
      assert.match(head.headers.get("content-type") ?? "", /^application\/zip/);
      assert.equal((await head.bytes()).length, 0);
    });

    test("is in 500 random ranges what it is as a whole, and leaves nothing on the disk", async () => {
      const { server, url, zip } = jobThatKeeps(kind);
      const kept = filesIn(server.dataDir);
      const random = seededRandom(20_251_120);
      for (let i = 0; i < 500; i++) {
        const first = Math.floor(random() * zip.length);
        const longest = i % 20 === 0 ? zip.length : 3000;
        const last = Math.min(zip.length - 1, first + Math.floor(random() * longest));
        const response = await fetch(`${url}/download`, { headers: range(first, last) });
        assert.equal(response.status, 206);
        assert.equal(response.headers.get("content-range"), `bytes ${first}-${last}/${zip.length}`);
        const part = Buffer.from(await response.bytes());
        assert.ok(part.equals(zip.subarray(first, last + 1)), `bytes ${first} to ${last}`);
      }
      assert.deepEqual(filesIn(server.dataDir), kept);
    });

    test("is resumed where its download broke off", async () => {
      const { url, zip, etag } = jobThatKeeps(kind);
      const broken = await fetch(`${url}/download`);
      const reader = broken.body?.getReader();
      const { value: beginning = new Uint8Array() } = (await reader?.read()) ?? {};
      await reader?.cancel();
      assert.ok(beginning.length > 0 && beginning.length < zip.length, `${beginning.length}`);
      const rest = await fetch(`${url}/download`, {
        headers: { range: `bytes=${beginning.length}-`, "if-range": etag },
      });
      assert.equal(rest.status, 206);
      assert.ok(Buffer.concat([beginning, await rest.bytes()]).equals(zip));
    });

    test("is sent whole to whoever has a part of another one", async () => {
      const { url, zip } = jobThatKeeps(kind);
      const response = await fetch(`${url}/download`, {
        headers: { ...range(100, 200), "if-range": '"another"' },
      });
      assert.equal(response.status, 200);
      assert.ok(Buffer.from(await response.bytes()).equals(zip));
    });

    test("has nothing behind its end", async () => {
      const { url, zip } = jobThatKeeps(kind);
      const response = await ask(`${url}/download`, {
        headers: range(zip.length, zip.length + 10),
      });
      assert.equal(response.status, 416);
      assert.equal(response.headers.get("content-range"), `bytes */${zip.length}`);
      assert.equal(response.body["error"], "RANGE_NOT_SATISFIABLE");
    });
  });

  describe(`one output of a job that keeps ${kind}`, () => {
    test("is what the ZIP holds of it, under its own name, in any script", async () => {
      const { url, file } = jobThatKeeps(kind);
      const zip = await unzip(file);
      const { body } = await ask(`${url}/recipients?state=done&limit=200`);
      const rows = body["recipients"] as { file: string; media_url: string; size_bytes: number }[];
      assert.equal(rows.length, NAMES.length - 1);
      for (const row of rows) {
        const response = await fetch(new URL(row.media_url, url));
        assert.equal(response.headers.get("content-type"), "video/mp4");
        assert.equal(response.headers.get("content-length"), String(row.size_bytes));
        const disposition = response.headers.get("content-disposition") ?? "";
        const name = /filename\*=UTF-8''(\S+)$/.exec(disposition)?.[1];
        const ascii = /^inline; filename="([^"]*)"/.exec(disposition)?.[1];
        assert.equal(name === undefined ? ascii : decodeURIComponent(name), row.file);
        assert.ok(zip.get(row.file)?.equals(await response.bytes()), row.file);
      }
      assert.ok(rows.some((row) => row.file === DEVANAGARI));
    });

    test("is read in ranges and described by HEAD, as a player does", async () => {
      const { url, file } = jobThatKeeps(kind);
      const whole = (await unzip(file)).get(DEVANAGARI) ?? Buffer.alloc(0);
      const media = `${url}/recipients/4/media`;
      const head = await fetch(media, { method: "HEAD" });
      assert.equal(head.headers.get("content-length"), String(whole.length));
      assert.equal((await head.bytes()).length, 0);
      for (const [header, expected] of [
        ["bytes=0-0", whole.subarray(0, 1)],
        ["bytes=100-1099", whole.subarray(100, 1100)],
        ["bytes=-500", whole.subarray(-500)],
        ["bytes=5000-", whole.subarray(5000)],
      ] as const) {
        const response = await fetch(media, { headers: { range: header } });
        assert.equal(response.status, 206);
        assert.ok(expected.equals(await response.bytes()), header);
      }
      const beyond = await fetch(media, { headers: range(whole.length, whole.length) });
      assert.equal(beyond.status, 416);
    });

    test("is saved instead of shown when that is asked for", async () => {
      const { url } = jobThatKeeps(kind);
      const response = await fetch(`${url}/recipients/4/media?download=true`, { method: "HEAD" });
      assert.match(response.headers.get("content-disposition") ?? "", /^attachment; filename="/);
    });

    test("has a poster", async () => {
      const response = await fetch(`${jobThatKeeps(kind).url}/recipients/2/poster.jpg`);
      assert.equal(response.headers.get("content-type"), "image/jpeg");
      const bytes = Buffer.from(await response.bytes());
      assert.equal(bytes.toString("hex", 0, 3), "ffd8ff", "how a JPEG begins");
      assert.equal(bytes.toString("hex", bytes.length - 2), "ffd9", "how it ends");
      // The frame header (ITU T.81, B.2.2) holds height and width.
      const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
      assert.deepEqual([bytes.readUInt16BE(frame + 5), bytes.readUInt16BE(frame + 7)], [64, 96]);
    });

    test("that was skipped or is in no row is not there", async () => {
      const { url } = jobThatKeeps(kind);
      for (const [row, reason] of [
        [7, /row 7 was skipped: /],
        [1, /no row 1/],
        [999, /no row 999/],
      ] as const) {
        const { status, body } = await ask(`${url}/recipients/${row}/media`);
        assert.equal(status, 404);
        assert.match(String(body["detail"]), reason);
      }
    });
  });
}

describe("a link for sharing one output", () => {
  /** As a request looks that came from elsewhere through a proxy: without a key it gets nothing. */
  const elsewhere = { "x-forwarded-for": "203.0.113.9" };
  const linkTo = async ({ url }: Job, row: number, seconds?: number) => {
    const body = seconds === undefined ? "{}" : JSON.stringify({ expires_in: seconds });
    const headers = { "content-type": "application/json" };
    return ask(`${url}/recipients/${row}/link`, { method: "POST", headers, body });
  };
  const follow = (job: Job, link: string, headers: Record<string, string> = {}) =>
    fetch(new URL(link, job.server.url), { headers: { ...elsewhere, ...headers } });

  test("shows it to whoever has the link, in ranges too, and to nobody without", async () => {
    const job = jobThatKeeps("files");
    const { status, body } = await linkTo(job, 4, 3600);
    assert.equal(status, 200);
    const inAnHour = Date.now() / 1000 + 3600;
    assert.ok(Math.abs(Number(body["expires_at"]) - inAnHour) < 60);
    const link = String(body["url"]);
    const whole = (await unzip(job.file)).get(DEVANAGARI) ?? Buffer.alloc(0);
    assert.ok(whole.equals(await (await follow(job, link)).bytes()));
    const part = await follow(job, link, range(10, 19));
    assert.equal(part.status, 206);
    assert.ok(whole.subarray(10, 20).equals(await part.bytes()));
    const [bare = ""] = link.split("?");
    assert.equal((await follow(job, bare)).status, 401);
  });

  test("that was changed in any way shows nothing", async () => {
    const job = jobThatKeeps("files");
    const link = String((await linkTo(job, 4)).body["url"]);
    const { pathname, searchParams } = new URL(link, job.server.url);
    const changed = (change: (query: URLSearchParams) => void, at = pathname) => {
      const query = new URLSearchParams(searchParams);
      change(query);
      return `${at}?${query}`;
    };
    const signature = searchParams.get("signature") ?? "";
    const other = signature.startsWith("A") ? "B" : "A";
    const links = [
      changed((query) => query.set("signature", other + signature.slice(1))),
      changed((query) => query.set("signature", signature.slice(0, -1))),
      changed((query) => query.set("expires", String(Number(query.get("expires")) + 1))),
      changed((query) => query.delete("expires")),
      changed(() => {}, pathname.replace("/recipients/4/", "/recipients/2/")),
      changed(() => {}, pathname.replace(job.id, "0".repeat(32))),
    ];
    for (const each of links) {
      const response = await follow(job, each);
      assert.equal(response.status, 403, each);
      assert.equal(((await response.json()) as { error: string }).error, "LINK_INVALID");
    }
    const unsigned = await follow(
      job,
      changed((query) => query.set("signature", "")),
    );
    assert.equal(unsigned.status, 401, "as without any");
    const elseToo = await follow(job, link.replace("/media?", "/poster.jpg?"));
    assert.equal(elseToo.status, 401, "the link is for the output alone");
    assert.equal((await follow(job, link)).status, 200, "the link itself still holds");
  });

  test("that has expired shows nothing", async () => {
    const job = jobThatKeeps("files");
    const file = path.join(job.server.dataDir, "secret.key");
    assert.ok(existsSync(file));
    const secrets = createSecretBox({ masterKey: await loadMasterKey({ file }) });
    const expiresAt = Date.now() - 2000;
    const response = await follow(job, shareLink(secrets, { id: job.id, row: 4, expiresAt }));
    assert.equal(response.status, 410);
    assert.equal(((await response.json()) as { error: string }).error, "LINK_EXPIRED");
    const later = shareLink(secrets, { id: job.id, row: 4, expiresAt: Date.now() + 60_000 });
    assert.equal((await follow(job, later)).status, 200, "made in the same way, but for the time");
  });

  test("is given only for an output that is there, and for a bounded time", async () => {
    const job = jobThatKeeps("files");
    assert.equal((await linkTo(job, 7)).status, 404);
    assert.equal((await linkTo(job, 4, 1)).status, 422);
    assert.equal((await linkTo(job, 4, 3600 * 24 * 365)).status, 422);
  });
});

test("nothing that was downloaded has left a second copy", async () => {
  for (const kind of KINDS) {
    const { server, url, zip } = jobThatKeeps(kind);
    const kept = filesIn(server.dataDir);
    const again = Buffer.from(await (await fetch(`${url}/download`)).bytes());
    assert.ok(again.equals(zip));
    assert.deepEqual(filesIn(server.dataDir), kept);
    assert.ok(!kept.some(([name]) => name.endsWith(".zip")));
  }
});

test("the poster's bytes are those that lie on the disk", async () => {
  const { server, id, url } = jobThatKeeps("files");
  const response = await fetch(`${url}/recipients/3/poster.jpg`);
  const stored = readFileSync(path.join(server.dataDir, id, "output", "poster.jpg"));
  assert.ok(stored.equals(await response.bytes()));
});
