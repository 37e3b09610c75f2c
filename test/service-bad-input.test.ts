import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { errorCodeOf } from "../src/domain/disk-error.ts";
import { makeXlsx, replaceMembers, workbookMembers } from "../src/sheets/testing/make-xlsx.ts";
import { makeZip } from "../src/sheets/testing/make-zip.ts";
import { everythingIn } from "./support/folder-state.ts";
import { type Answer, ask, idOf, jobEnd } from "./support/job-client.ts";
import { eventually } from "./support/process-tree.ts";
import { startVocative } from "./support/run-vocative.ts";
import { sampleBomb } from "./support/sample-bomb.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { withDisk } from "./support/small-disk.ts";
import { type Server, startServer } from "./support/start-server.ts";

const campaign = createSmallCampaign();
const PEOPLE = "name\nAmit\nPriya\n";
const MAX_UPLOAD_MB = 4;
/** How many forms a server takes at a time; more are told to come again. */
const UPLOADS_AT_ONCE = 16;
/** No other test of this file holds a body back for so long. */
const PATIENCE_SECONDS = 10;
let server: Server;
let slow: Promise<string>[] = [];
/** Folders of what arrives slowly on purpose. */
let arriving: string[] = [];
before(async () => {
  const env = {
    VOCATIVE_MEDIA_MEMORY_MB: "512",
    VOCATIVE_MAX_UPLOAD_MB: String(MAX_UPLOAD_MB),
    VOCATIVE_MAX_DURATION_SECONDS: "60",
    VOCATIVE_BODY_PATIENCE_SECONDS: String(PATIENCE_SECONDS),
  };
  server = await startServer({ folder: campaign.path("server"), env });
  // Long before their answers are looked at: the server waits for a body.
  await refuseType("application/xml");
  slow = [slowForm(), slowJson()];
  arriving = await eventually("a slow upload", () => {
    const found = leftovers(server.dataDir);
    return found.length === 2 && found; // its folder and a part in it
  });
});
after(async () => {
  await server.stop();
  campaign.remove();
});

/** A part of a form; what is in its head is sent as it is. */
type Part = { field: string; fileName?: string; content: string | Uint8Array };
const BOUNDARY = "----vocative-boundary";
const FORM = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };

function formBytes(parts: readonly Part[]): Buffer {
  const written = parts.flatMap(({ field, fileName, content }) => {
    const file = fileName === undefined ? "" : `; filename="${fileName}"`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from("\r\n")];
  });
  return Buffer.concat([...written, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function send(route: string, body: Buffer, headers: Record<string, string> = FORM) {
  return ask(`${server.url}${route}`, { method: "POST", body: new Uint8Array(body), headers });
}

const text = (field: string, content: string): Part => ({ field, content });
const base = (): Part => file("base_video", "base.mp4", readFileSync(campaign.base));
const sheet = (fileName = "people.csv", content: string | Uint8Array = PEOPLE): Part =>
  file("recipients", fileName, content);

function file(field: string, fileName: string, content: string | Uint8Array): Part {
  return { field, fileName, content };
}

const ROUTES = ["/jobs", "/templates", "/previews", "/convert"] as const;
type Route = (typeof ROUTES)[number];

/** A form that a route takes, around the base. */
function formAround(route: Route, video: Part, options: Record<string, string>): Part[] {
  const voice = { tts_provider: "espeak", lang: "en", insert_mode: "gold" };
  const more: Record<Route, Record<string, string>> = {
    "/jobs": { ...voice, ...options },
    "/templates": { ...voice, ...options },
    "/previews": { ...voice, name: "Amit", ...options },
    "/convert": {},
  };
  const fields = Object.entries(more[route]).map(([field, value]) => text(field, value));
  return [video, ...fields, ...(route === "/jobs" ? [sheet()] : [])];
}

const UPLOAD = /^[0-9a-f]{32}$|\.part$/;
/** Folders of jobs, templates and previews, and whatever is under work. */
function leftovers(dataDir: string): string[] {
  return everythingIn(dataDir).filter((name) => UPLOAD.test(path.basename(name)));
}

function rowsIn(dataDir: string): number {
  using database = new DatabaseSync(path.join(dataDir, "vocative.sqlite"), { readOnly: true });
  const tables = ["jobs", "bases", "recipients", "consents", "idempotency_keys"];
  const counts = tables.map((table) =>
    database.prepare(`select count(*) as n from ${table}`).get(),
  );
  return counts.reduce((sum, row) => sum + Number(row?.["n"]), 0);
}

async function assertNothingLeft(): Promise<void> {
  const left = () => leftovers(server.dataDir).filter((name) => !arriving.includes(name));
  // What a client broke off is tidied up when the server has noticed.
  const isClean = () => {
    try {
      return left().length === 0;
    } catch (error) {
      if (errorCodeOf(error) === "ENOENT") return false; // it is being removed as it is listed
      throw error;
    }
  };
  await eventually("no leftovers", isClean, 3000).catch(() => {
    assert.fail(`left: ${left().join(", ")}`);
  });
  assert.equal(rowsIn(server.dataDir), 0);
  assert.equal((await ask(`${server.url}/jobs`)).status, 200);
}

type Refusal = { status: number; code: string; says?: RegExp };

/** The one error body: of that kind, without a path of the machine and without names of its own. */
function assertRefused({ status, body }: Answer, { code, says, ...expected }: Refusal): void {
  const whole = JSON.stringify(body);
  assert.deepEqual([status, body["error"]], [expected.status, code], whole);
  assert.equal(typeof body["request_id"], "string");
  if (says) assert.match(String(body["message"]), says);
  assert.ok(!whole.includes(campaign.folder), whole);
  assert.ok(!/base_video\.|recipients\.|\/input\b|node_modules|\.ts\b/.test(whole), whole);
}

async function refuses(route: Route, parts: readonly Part[], refusal: Refusal): Promise<void> {
  assertRefused(await send(route, formBytes(parts)), refusal);
  await assertNothingLeft();
}

/** What is wrong with a base; `/convert`, which asks for less, says so where it takes it. */
type BadBase = { fileName: string; content: () => Uint8Array; says: RegExp } & Refusal & {
    convert?: "taken" | Refusal;
    options?: Record<string, string>;
  };

const whole = readFileSync(campaign.base);
const mediaStart = whole.indexOf("mdat") + 4;
const cutAt = (share: number) =>
  whole.subarray(0, mediaStart + Math.round(share * (whole.length - mediaStart)));
const made = (...recipe: Parameters<typeof campaign.media>) =>
  readFileSync(campaign.media(...recipe));

const UNREADABLE = { status: 422, code: "MEDIA_UNREADABLE" };
const NOT_MEDIA = { status: 415, code: "MEDIA_TYPE_NOT_ALLOWED" };
const BAD_BASES: BadBase[] = [
  {
    ...NOT_MEDIA,
    fileName: "text.mp4",
    content: () => Buffer.from("Dear customer,\n".repeat(100)),
    says: /^text\.mp4 is not a video or audio file .*supported are MP4/,
  },
  {
    ...UNREADABLE,
    fileName: "empty.mp4",
    content: () => Buffer.alloc(0),
    says: /^empty\.mp4 is not a video or audio file/,
  },
  ...[0.01, 0.5, 0.98].map(
    (share): BadBase => ({
      ...UNREADABLE,
      fileName: `cut-${share}.mp4`,
      content: () => cutAt(share),
      says: /^cut-[\d.]+\.mp4 is truncated: \d+ bytes .* copy or export it again/,
      // What is there of it can be converted, if anything.
      convert: share < 0.1 ? { ...UNREADABLE, says: /cut-0\.01\.mp4 .*damaged/ } : "taken",
    }),
  ),
  {
    ...UNREADABLE,
    fileName: "half.mkv",
    content: () => {
      const seconds = [0.3, 0.8, 0.5, 4];
      const sound = seconds.map((s, i) => ({
        kind: i % 2 === 0 ? ("silence" as const) : ("speech" as const),
        seconds: s,
      }));
      const all = made("whole.mkv", { container: "mkv", sound });
      return all.subarray(0, all.length / 2);
    },
    says: /^half\.mkv is truncated: it ends at [\d.]+ s and not at 5\.6 s; copy/,
    convert: "taken",
  },
  {
    ...UNREADABLE,
    fileName: "no-index.mp4",
    content: () => {
      const all = made("index-behind.mp4", { moovAtEnd: true });
      return all.subarray(0, all.lastIndexOf("moov") - 4);
    },
    says: /^no-index\.mp4 is not a video or audio file that can be read/,
  },
  {
    status: 422,
    code: "WORKER_MEMORY",
    fileName: "bomb.mp4",
    content: () => sampleBomb(cutAt(0.01)),
    says: /needed more than 512 MB of memory on bomb\.mp4, twice/,
  },
  {
    status: 422,
    code: "MEDIA_TOO_LARGE",
    fileName: "long.mp3",
    content: () =>
      made("long.mp3", {
        container: "mp3",
        video: null,
        audio: { codec: "mp3", sampleRate: 8000, channels: 1 },
        sound: [{ kind: "speech", seconds: 61 }],
      }),
    says: /long\.mp3 .*6[01]/,
    options: { insert_mode: "silver" },
    convert: "taken",
  },
  {
    status: 422,
    code: "NO_AUDIO",
    fileName: "mute.mp4",
    content: () => made("mute.mp4", { audio: null }),
    says: /^mute\.mp4 has no audio track, .*choose a video in which somebody speaks/,
  },
  {
    status: 422,
    code: "NO_VIDEO",
    fileName: "sound.wav",
    content: () =>
      made("sound.wav", {
        container: "wav",
        video: null,
        audio: { codec: "pcm", sampleRate: 48_000, channels: 1 },
      }),
    says: /^sound\.wav has no picture/,
    convert: "taken",
  },
  {
    status: 422,
    code: "NO_SPEECH",
    fileName: "silent.mp4",
    content: () => made("silent.mp4", { sound: [{ kind: "silence", seconds: 2 }], noiseDb: null }),
    says: /no speech above -30 dB .*give the slot/,
    convert: "taken",
  },
  ...Object.entries({
    m3u8: "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/hosts\n#EXT-X-ENDLIST\n",
    ffconcat: "ffconcat version 1.0\nfile '/etc/hosts'\n",
    sdp: "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    mpd: '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
  }).map(
    ([kind, content]): BadBase => ({
      ...NOT_MEDIA,
      fileName: `playlist-${kind}.mp4`,
      content: () => Buffer.from(content),
      says: new RegExp(`^playlist-${kind}\\.mp4 is not a video or audio file`),
    }),
  ),
];

describe("a base that no campaign can be made of", () => {
  for (const { fileName, content, options = {}, convert, ...refusal } of BAD_BASES) {
    test(`(${fileName}) is refused as ${refusal.code} by every route`, async () => {
      const video = file("base_video", fileName, content());
      for (const route of ROUTES) {
        const parts = formAround(route, video, options);
        const expected = (route === "/convert" && convert) || refusal;
        if (expected === "taken") {
          const body = new Uint8Array(formBytes(parts));
          const answer = await fetch(`${server.url}${route}`, {
            method: "POST",
            body,
            headers: FORM,
          });
          const { byteLength } = await answer.arrayBuffer();
          assert.deepEqual([answer.status, byteLength > 0], [200, true]);
          await assertNothingLeft();
        } else await refuses(route, parts, expected);
      }
    });
  }
});

describe("a sheet", () => {
  const members = workbookMembers({ rows: '<row><c t="str"><v>name</v></c></row>' });
  const workbook = (data: string | Buffer) =>
    makeZip(replaceMembers(members, { name: "xl/worksheets/sheet1.xml", data }));
  const entity = `<!ENTITY a "${"a".repeat(99)}">`;
  const SHEETS: (Refusal & { fileName: string; content: () => string | Uint8Array })[] = [
    {
      status: 422,
      code: "COLUMN_MISSING",
      fileName: "columns.csv",
      content: () => "first,last\nAmit,Shah\n",
      says: /no column "name"; its columns are: first, last/,
    },
    {
      status: 422,
      code: "SHEET_EMPTY",
      fileName: "empty.csv",
      content: () => "",
      says: /^empty\.csv/,
    },
    {
      status: 422,
      code: "SHEET_EMPTY",
      fileName: "header.csv",
      content: () => "name,company\n",
      says: /^header\.csv has a header but no recipients/,
    },
    {
      status: 422,
      code: "SHEET_EMPTY",
      fileName: "header.xlsx",
      content: () => makeXlsx([["name"]]),
      says: /^header\.xlsx has a header but no recipients/,
    },
    {
      status: 422,
      code: "SHEET_BOMB",
      fileName: "bomb.xlsx",
      content: () => workbook(Buffer.alloc(200 * 2 ** 20, " ")),
      says: /^bomb\.xlsx: .*compressed \d+:1, at most 200:1 is allowed/,
    },
    {
      status: 422,
      code: "SHEET_DOCTYPE",
      fileName: "dtd.xlsx",
      content: () => workbook(`<!DOCTYPE x [${entity}]><worksheet>&a;</worksheet>`),
      says: /^dtd\.xlsx is not a sound XLSX file .*has a DOCTYPE/,
    },
    {
      status: 422,
      code: "SHEET_TOO_MANY_ROWS",
      fileName: "crowd.csv",
      content: () => `name\n${"Amit\n".repeat(100_001)}`,
      says: /^crowd\.csv: .*more than 100,000 recipients/,
    },
  ];
  for (const { fileName, content, ...refusal } of SHEETS) {
    test(`(${fileName}) is refused as ${refusal.code}`, () =>
      refuses("/jobs", [base(), sheet(fileName, content())], refusal));
  }

  test("is refused when the text names a column it lacks", () =>
    refuses("/jobs", [base(), sheet(), text("text", "{name} of {firm}")], {
      status: 422,
      code: "COLUMN_MISSING",
      says: /uses \{firm\}, .*its columns are: name/,
    }));
});

describe("a field", () => {
  const INVALID = { status: 422, code: "ValidationError" };
  const OPERATORS = { status: 400, code: "OPERATOR_ONLY_OPTION" };
  const FIELDS: [field: string, value: string, refusal: Refusal][] = [
    ["silence_db", "abc", INVALID],
    ["silence_db", "5", INVALID],
    ["silence_dur", "Infinity", INVALID],
    ["insert_mode", "bronze", INVALID],
    ["name_position", "middle", INVALID],
    ["lang", "x", INVALID],
    ["slot", "one-two", INVALID],
    ["slot", "0.5", INVALID],
    ["slot", "1.5-0.5", { status: 422, code: "SLOT_INVALID", says: /START before END/ }],
    ["slot", "1-99", { status: 422, code: "SLOT_INVALID", says: /slot 1-99 s .*2\.60 s long/ }],
    ["batch_name_tts", "perhaps", INVALID],
    ["tts_provider", "robot", INVALID],
    ["tts_cmd", "say {text} {out}", OPERATORS],
    ["wav2lip_python", "/usr/bin/python3.9", OPERATORS],
    ["template_id", "0".repeat(32), { status: 404, code: "NOT_FOUND" }],
  ];
  for (const [field, value, refusal] of FIELDS) {
    const title = `${field}=${value} is refused`;
    test(title, async () => {
      const files = field === "template_id" ? [sheet()] : [base(), sheet()];
      const answer = await send("/jobs", formBytes([...files, text(field, value)]));
      assertRefused(answer, refusal);
      if (refusal === INVALID) {
        const [fault] = answer.body["detail"] as { loc: string[] }[]; // 422 lists faults
        assert.deepEqual(fault?.loc, ["body", field]);
      }
      await assertNothingLeft();
    });
  }

  test("that is required and missing is named", async () => {
    const missing = async (route: Route, parts: Part[], field: string) => {
      const answer = await send(route, formBytes(parts));
      assertRefused(answer, INVALID);
      assert.deepEqual(answer.body["detail"], [
        { type: "missing", loc: ["body", field], msg: "Field required" },
      ]);
      await assertNothingLeft();
    };
    await missing("/jobs", [sheet()], "base_video");
    await missing("/jobs", [base()], "recipients");
    await missing("/templates", [text("insert_mode", "gold")], "base_video");
    await missing("/previews", [text("name", "Amit")], "base_video");
    await missing("/convert", [text("crf", "20")], "base_video");
  });

  test("of files that comes twice is refused", () =>
    refuses("/jobs", [base(), base(), sheet()], { ...INVALID, says: /./ }));

  test("too many of them are refused, of parts as of values", async () => {
    const TOO_LARGE = { status: 413, code: "UPLOAD_TOO_LARGE", says: /fields|parts/ };
    const many = (count: number, part: (i: number) => Part) =>
      Array.from({ length: count }, (_, i) => part(i));
    await refuses("/jobs", [base(), ...many(5000, (i) => text(`x${i}`, "")), sheet()], TOO_LARGE);
    const files = many(1000, (i) => file(`f${i}`, "x.bin", ""));
    await refuses("/jobs", [base(), ...files, sheet()], TOO_LARGE);
    const long = [base(), sheet(), text("text", "x".repeat(100_001))];
    await refuses("/jobs", long, { status: 413, code: "UPLOAD_TOO_LARGE", says: /field text/ });
  });
});

describe("a body", () => {
  test("that breaks off is refused, wherever it does", async () => {
    const bytes = formBytes([base(), sheet(), text("insert_mode", "gold")]);
    const INCOMPLETE = { status: 400, code: "UPLOAD_INCOMPLETE", says: /send it again/ };
    for (const length of [100, 20_000, bytes.length - 250, bytes.length - 10]) {
      assertRefused(await send("/jobs", bytes.subarray(0, length)), INCOMPLETE);
      await assertNothingLeft();
    }
  });

  test("whose client hangs up is forgotten", async () => {
    const bytes = formBytes([base(), sheet()]);
    const socket = await openForm("/jobs", bytes.length, bytes.subarray(0, 30_000));
    await eventually("a file that arrives", () => leftovers(server.dataDir).length > 0);
    socket.destroy();
    await assertNothingLeft();
  });

  test("of another type is refused", async () => {
    for (const type of ["application/json", "text/plain", "video/mp4"]) await refuseType(type);
    const unbounded = { "content-type": "multipart/form-data" };
    const { status } = await send("/jobs", Buffer.from("x"), unbounded);
    assert.equal(status, 400);
    await assertNothingLeft();
  });

  test("that is too large is refused, whether it says so or not", async () => {
    const TOO_LARGE = { status: 413, code: "UPLOAD_TOO_LARGE", says: /larger|more than/ };
    const large = file("base_video", "large.mp4", Buffer.alloc(MAX_UPLOAD_MB * 2 ** 20 + 1));
    const bytes = formBytes([large, sheet()]);
    for (const route of ROUTES) assertRefused(await send(route, bytes), TOO_LARGE);
    const body = new Blob([new Uint8Array(bytes)]).stream();
    // `duplex` is missing in its type
    const streamed = { method: "POST", body, headers: FORM, duplex: "half" } as RequestInit;
    assertRefused(await ask(`${server.url}/jobs`, streamed), TOO_LARGE);
    await assertNothingLeft();
  });
});

/** Sends the head of a form of that length, and its beginning. */
function openForm(route: Route, length: number, beginning: Uint8Array): Promise<net.Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  socket.on("error", () => {}); // the server may cut it off
  const head = [`POST ${route} HTTP/1.1`, `Host: ${hostname}:${port}`];
  head.push(`Content-Type: ${FORM["content-type"]}`, `Content-Length: ${length}`);
  return new Promise((resolve) => {
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(beginning, () => resolve(socket));
  });
}

/** What a server says on a connection before it closes it. */
function lastWords(socket: net.Socket): Promise<string> {
  let words = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    words += chunk;
    if (words.endsWith("}")) socket.end();
  });
  return new Promise((resolve) => socket.once("close", () => resolve(words)));
}

async function refuseType(type: string): Promise<void> {
  for (const route of ROUTES) {
    const answer = await send(route, Buffer.from('{"a":1}'), { "content-type": type });
    assertRefused(answer, { status: 415, code: "TYPE_NOT_SUPPORTED" });
  }
}

async function slowForm(): Promise<string> {
  const bytes = formBytes([sheet()]);
  const begun = bytes.subarray(0, bytes.indexOf("Amit")); // within its file
  return lastWords(await openForm("/jobs", 100_000, begun));
}

async function slowJson(): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  socket.on("error", () => {});
  const head = ["POST /webhooks HTTP/1.1", `Host: ${hostname}:${port}`, "Content-Length: 100"];
  socket.write(`${head.join("\r\n")}\r\nContent-Type: application/json\r\n\r\n{"url":`);
  return lastWords(socket);
}

describe("a file name", () => {
  const NAMES = {
    "leads out of the folder": "../../../escaped.mp4",
    "is an absolute path": "/tmp/vocative-escaped.mp4",
    "is a path of Windows": "C:\\Windows\\escaped.mp4",
    "holds a NUL": "nul\u0000byte.mp4",
    "is very long": `${"n".repeat(5000)}.mp4`,
    "turns round": "exe.\u202e4pm.mp4",
    "is a device": "CON.mp4",
    "is only dots": "..",
    "is the stored one": "my base_video.mp4",
  };
  for (const [what, fileName] of Object.entries(NAMES)) {
    test(`that ${what} changes nothing but messages`, async () => {
      const before = everythingIn(campaign.folder).filter((name) => !name.startsWith("server"));
      const bad = file("base_video", fileName, "no media at all".repeat(50));
      const { status, body } = await send("/jobs", formBytes(formAround("/jobs", bad, {})));
      assert.ok([415, 422].includes(status), JSON.stringify(body));
      assert.ok(!JSON.stringify(body).includes(server.dataDir));
      await assertNothingLeft();
      const beside = everythingIn(campaign.folder).filter((name) => !name.startsWith("server"));
      assert.deepEqual(beside, before);
      assert.deepEqual(
        everythingIn(campaign.folder).filter((name) => /escaped/.test(name)),
        [],
      );
    });
  }
});

test("100 forms that never end stop no other request, and no form once they are gone", async () => {
  const bytes = formBytes([base(), sheet(), text("tts_provider", "espeak"), text("lang", "en")]);
  let refused = 0;
  const open = Array.from({ length: 100 }, async () => {
    const socket = await openForm("/jobs", bytes.length, bytes.subarray(0, 5000));
    socket.setEncoding("latin1").on("data", (words: string) => {
      if (words.startsWith("HTTP/1.1 503 ")) refused += 1;
    });
    return socket;
  });
  const sockets = await Promise.all(open);
  // Others of this file may have places, too.
  await eventually("refusals", () => refused >= sockets.length - UPLOADS_AT_ONCE);
  for (let i = 0; i < 20; i++) assert.equal((await ask(`${server.url}/jobs`)).status, 200);
  const late = await send("/jobs", bytes);
  assertRefused(late, { status: 503, code: "OVERLOADED", says: /uploads are running/ });
  assert.ok(Number(late.headers.get("retry-after")) > 0);

  for (const socket of sockets) socket.destroy();
  await assertNothingLeft();
  const missing = { status: 422, code: "ValidationError" };
  assertRefused(await send("/jobs", formBytes([base()])), missing);
});

test("a body that does not go on is given up with an answer, and no other harm", async () => {
  for (const words of await Promise.all(slow)) {
    assert.match(words, /^HTTP\/1\.1 408 [\s\S]*"error":"UPLOAD_TOO_SLOW"/);
  }
  arriving = [];
  await eventually("no leftovers", () =>
    leftovers(server.dataDir).every((name) => name.startsWith("templates") || !UPLOAD.test(name)),
  );
  assert.equal((await ask(`${server.url}/jobs`)).status, 200);
});

describe("a full disk", () => {
  const disk = campaign.path("disk");
  mkdirSync(disk);
  /** A server keeps 256 MiB free for everything but uploads. */
  const mounted = withDisk(disk, "size=280m,nr_inodes=400");

  test("refuses what does not fit, and harms nothing that is there", async (t) => {
    if (!mounted) return t.skip("nobody may mount a small disk here");
    const env = {
      VIDX_DATA_DIR: path.join(disk, "data"),
      VOCATIVE_LOG_DIR: campaign.path("logs"),
      ...{ API_HOST: "127.0.0.1", API_PORT: "0" },
    };
    const running = startVocative(["serve"], {
      env,
      cwd: campaign.folder,
      under: [...mounted, 'exec "$@"'],
    });
    t.after(async () => {
      running.kill("SIGTERM");
      await running.ended;
    });
    await running.printed(1);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(running.output()) ?? [];
    assert.ok(url);
    // Only the server sees its disk; others come to it by way of the process.
    const inside = (...parts: string[]) => path.join(`/proc/${running.pid}/root`, disk, ...parts);
    const form = formAround("/jobs", base(), {});
    const create = () =>
      ask(`${url}/jobs`, { method: "POST", body: new Uint8Array(formBytes(form)), headers: FORM });
    const id = idOf(await create());
    assert.equal((await jobEnd(url, id))["status"], "done");
    const download = async () => {
      const zip = Buffer.from(await (await fetch(`${url}/jobs/${id}/download`)).arrayBuffer());
      return createHash("sha256").update(zip).digest("hex");
    };
    const expected = await download();
    const before = leftovers(inside("data"));

    const FULL = { status: 507, code: "DISK_FULL", says: /not enough free space/ };
    const fills: Record<string, () => void> = {
      "too few bytes": () => writeFileSync(inside("filler"), Buffer.alloc(30 * 2 ** 20)),
      "no room for a file": () => {
        mkdirSync(inside("filler"));
        for (let i = 0; i < 400; i++) writeFileSync(inside("filler", String(i)), "");
      },
    };
    for (const [what, fill] of Object.entries(fills)) {
      try {
        fill();
      } catch (error) {
        if (errorCodeOf(error) !== "ENOSPC") throw error;
      }
      assertRefused(await create(), FULL);
      assert.deepEqual(leftovers(inside("data")), before, what);
      assert.equal((await ask(`${url}/jobs/${id}`)).body["status"], "done", what);
      assert.equal(await download(), expected, what);
      rmSync(inside("filler"), { recursive: true });
    }
    assert.equal((await jobEnd(url, idOf(await create())))["status"], "done");
  });
});
