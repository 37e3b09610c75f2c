import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tone } from "../testing/fake-speech.ts";
import { type NamedClip, writeNamesMaster } from "./names-master.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "names-master-test-"));
});
after(() => rm(root, { recursive: true }));

const clip = (text: string, seconds: number): NamedClip => ({ text, audio: tone({ seconds }) });

async function* arriving(...clips: NamedClip[]) {
  yield* clips;
}

async function written(clips: AsyncIterable<NamedClip> | Iterable<NamedClip>, gapSeconds = 0.4) {
  const file = join(root, `folder-${Math.random()}`, "names.wav");
  await writeNamesMaster({ file, clips, gapSeconds });
  const wav = await readFile(file);
  const rows = (await readFile(`${file}.csv`, "utf8")).split("\r\n");
  return { wav, rows, left: await readdir(join(file, "..")) };
}

test("all names follow each other with silence between them, and the table tells where", async () => {
  const { wav, rows, left } = await written(arriving(clip("Priya", 0.5), clip("राहुल", 1)));
  assert.deepEqual(rows, ["\ufefftext,start,end", "Priya,0.000,0.500", "राहुल,0.900,1.900", ""]);
  assert.deepEqual(left.sort(), ["names.wav", "names.wav.csv"]);
  assert.equal(wav.toString("latin1", 0, 4) + wav.toString("latin1", 8, 16), "RIFFWAVEfmt ");
  assert.equal(wav.readUInt32LE(4), wav.length - 8);
  assert.deepEqual(
    [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)],
    [1, 1, 16_000],
  );
  assert.equal(wav.readUInt32LE(40), 2 * 1.9 * 16_000);
  assert.equal(wav.length, 44 + 2 * 1.9 * 16_000);
  const peak = (from: number, to: number) => {
    let most = 0;
    for (let at = from * 16_000; at < to * 16_000; at++) {
      most = Math.max(most, Math.abs(wav.readInt16LE(44 + 2 * Math.floor(at))));
    }
    return most;
  };
  assert.ok(peak(0.1, 0.4) > 10_000 && peak(1.2, 1.6) > 10_000);
  assert.equal(peak(0.51, 0.89), 0);
});

test("a clip of another rate lasts as long as before", async () => {
  const { samples } = tone({ seconds: 1 });
  const high = { text: "high", audio: { samples, sampleRate: 32_000 } };
  const { rows } = await written([clip("first", 0.5), high], 0);
  assert.equal(rows[2], "high,0.500,1.000");
});

test("a text that a spreadsheet program would run or split stays a text", async () => {
  const { rows } = await written([clip('=1+1, "x"', 0.1)]);
  assert.equal(rows[1], `"'=1+1, ""x""",0.000,0.100`);
});

test("without names the files are whole and empty", async () => {
  const { wav, rows } = await written([]);
  assert.equal(wav.length, 44);
  assert.equal(rows.length, 2);
});

test("a failure while names arrive leaves nothing", async () => {
  async function* failing() {
    yield clip("Priya", 0.5);
    throw new Error("gone");
  }
  const file = join(root, "failed", "names.wav");
  await assert.rejects(writeNamesMaster({ file, clips: failing(), gapSeconds: 0 }), /gone/);
  assert.deepEqual(await readdir(join(root, "failed")), []);
});

test("a place that cannot be written is named", async () => {
  const blocked = join(root, "a-file");
  await writeFile(blocked, "");
  const file = join(blocked, "names.wav");
  const writing = writeNamesMaster({ file, clips: [], gapSeconds: 0 });
  await assert.rejects(writing, { code: "OUTPUT_UNWRITABLE", message: /names\.wav/ });
});
