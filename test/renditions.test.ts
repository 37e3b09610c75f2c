import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { lengthOf, ownBytes, type Rendition } from "../src/domain/rendition.ts";
import { codecName, openInput } from "../src/media/libav/input.ts";
import { addTracks } from "./support/add-tracks.ts";
import { onset } from "./support/compare-sound.ts";
import { GREETING } from "./support/greeting.ts";
import { madeSound, type Segment } from "./support/made-sound.ts";
import { type MediaRecipe, makeMedia } from "./support/make-media.ts";
import { createStudio, type Studio } from "./support/personalise.ts";
import { decodeSound, videoPacketHashes } from "./support/read-media.ts";
import { vocativeInside } from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { writeSparseMovie } from "./support/sparse-movie.ts";
import { unzip } from "./support/unzip.ts";

const AAC = { codec: "aac", sampleRate: 48_000, channels: 2 } as const;
const SINE = { codec: "aac-sine", sampleRate: 44_100, channels: 1 } as const;
const NAMES = { Amit: { seconds: 0.55, seed: 3 }, Priyanka: { seconds: 0.9, seed: 9 } };

let studio: Studio;
before(() => {
  studio = createStudio();
});
after(() => studio.close());

function makeBase(name: string, recipe: Partial<MediaRecipe> = {}) {
  return makeMedia({
    container: "mp4",
    video: { codec: "h264", bFrames: 2, gop: 12 },
    audio: AAC,
    sound: GREETING,
    ...recipe,
    file: path.join(studio.folder, `${name}.${recipe.container ?? "mp4"}`),
  });
}

/** The bytes that the pieces say. */
function assembled({ pieces }: Rendition, template: Buffer): Buffer {
  return Buffer.concat(
    pieces.map((piece) =>
      "bytes" in piece ? piece.bytes : template.subarray(piece.offset, piece.offset + piece.length),
    ),
  );
}

describe("a rendition", () => {
  for (const [tier, position] of [
    ["gold", "start"],
    ["gold", "end"],
    ["silver", "start"],
    ["silver", "end"],
  ] as const) {
    test(`of ${tier} at the ${position} is byte for byte the file, by its size and CRC-32, too`, async () => {
      const { outputs, template } = await studio.personalise({
        base: makeBase(`pieces-${tier}-${position}`).file,
        names: NAMES,
        options: { insertMode: tier, namePosition: position },
      });
      assert.equal(outputs.length, 2);
      const shared = readFileSync(template.file);
      assert.equal(shared.length, template.sizeBytes);
      const files = outputs.map(({ file, rendition }) => {
        const bytes = readFileSync(file);
        assert.ok(assembled(rendition, shared).equals(bytes));
        assert.equal(rendition.size, bytes.length);
        assert.equal(rendition.crc32, crc32(bytes));
        assert.equal(rendition.mediaType, tier === "gold" ? "video/mp4" : "audio/mpeg");
        const own = ownBytes(rendition);
        assert.ok(own > 2000 && own < 40_000, `${own} bytes of its own`);
        assert.ok(rendition.pieces.every((piece) => lengthOf(piece) > 0));
        return bytes;
      });
      assert.ok(!files[0]?.equals(files[1] ?? Buffer.alloc(0)));
    });
  }

  test("has as many bytes of its own for a base of 30 s as for one of 3 s", async () => {
    const longer: Segment[] = [
      ...GREETING.slice(0, 4),
      ...Array.from({ length: 9 }, (): Segment[] => [
        { kind: "speech", seconds: 2.6, seed: 4 },
        { kind: "silence", seconds: 0.4 },
      ]).flat(),
      { kind: "silence", seconds: 0.3 },
    ];
    for (const audio of [AAC, { codec: "mp3", sampleRate: 44_100, channels: 1 } as const]) {
      for (const insertMode of ["gold", "silver"] as const) {
        const own: number[] = [];
        for (const [name, sound] of Object.entries({ short: GREETING, long: longer })) {
          const base = makeBase(`${name}-${audio.codec}`, { audio, sound });
          const { outputs } = await studio.personalise({
            base: base.file,
            names: NAMES,
            options: { insertMode, slot: "0.4-1" },
          });
          assert.equal(outputs.length, 2);
          own.push(Math.max(...outputs.map(({ rendition }) => ownBytes(rendition))));
        }
        const [short = 0, long = 0] = own;
        // The speaker's voice is known better from 30 s, so the name is coloured a little differently.
        assert.ok(Math.abs(long - short) < 0.05 * short, `${short} and ${long} bytes`);
      }
    }
  });
});

describe("a base with further tracks", () => {
  const [spoken, TEXT] = [
    { kind: "speech", seconds: 3, seed: 77 } as const,
    ["one", "two", "three"],
  ];

  for (const [title, audio, position] of [
    ["whose sound packets are kept", AAC, "start"],
    ["whose sound packets are kept and that is lengthened", AAC, "end"],
    ["whose voice is encoded anew", SINE, "start"],
    ["whose voice is encoded anew and that is lengthened", SINE, "end"],
  ] as const) {
    test(`${title} keeps a second sound and a text as they are, in their places`, async () => {
      const { sampleRate, channels } = audio;
      const plain = makeBase(`one-${audio.codec}`, { audio });
      const file = addTracks({
        file: plain.file,
        to: path.join(studio.folder, `more-${audio.codec}-${position}.mp4`),
        container: "mp4",
        extra: [
          {
            kind: "sound",
            samples: madeSound([spoken], { sampleRate, noiseDb: -60 }),
            track: { codec: "aac", sampleRate, channels },
          },
          { kind: "text", lines: TEXT },
        ],
      });
      const { outputs, warnings, template } = await studio.personalise({
        base: file,
        names: { Amit: NAMES.Priyanka },
        options: { insertMode: "gold", namePosition: position },
      });
      const [output] = outputs;
      assert.ok(output);
      const encodes = audio.codec === "aac-sine";
      assert.equal(template.audio, encodes ? "encoded" : "base");
      assert.deepEqual(warnings, encodes ? ["AUDIO_ENCODED"] : []);
      const [wanted, found] = [tracksOf(file), tracksOf(output.file)];
      assert.deepEqual(
        found.map(({ codec }) => codec),
        ["h264", "aac", "aac", "mov_text"],
      );
      assert.deepEqual(found[0], wanted[0]);
      assert.deepEqual(found[2], wanted[2]);
      assert.deepEqual(linesOf(found[3]), TEXT);
      assert.deepEqual(linesOf(wanted[3]), TEXT);
      assert.ok(output.record.slot);
      const begins = onset(decodeSound(output.file), output.record.slot.start - 0.05, -42);
      assert.ok(Math.abs(begins - output.record.slot.start) < 0.01);
    });
  }

  test("that MP4 cannot hold is told what its outputs lack", async () => {
    const plain = makeBase("one-mkv", { container: "mkv" });
    const file = addTracks({
      file: plain.file,
      to: path.join(studio.folder, "more.mkv"),
      container: "matroska",
      extra: [
        {
          kind: "sound",
          samples: madeSound([spoken], { sampleRate: 48_000, noiseDb: -60 }),
          track: { codec: "vorbis", sampleRate: 48_000, channels: 1 },
        },
      ],
    });
    const { outputs, warnings } = await studio.personalise({
      base: file,
      names: { Amit: NAMES.Amit },
      options: { insertMode: "gold" },
    });
    assert.deepEqual(warnings, ["TRACKS_DROPPED", "AUDIO_ENCODED"].toSorted());
    assert.deepEqual(
      tracksOf(outputs[0]?.file ?? "").map(({ codec }) => codec),
      ["h264", "aac"],
    );
  });
});

type FoundTrack = { codec: string; packets: { pts: number; data: string }[] };

function tracksOf(file: string): FoundTrack[] {
  using input = openInput(file);
  const tracks = input.format.streams.map((stream) => ({
    codec: codecName(stream),
    tick: stream.timeBase.num / stream.timeBase.den,
    packets: [] as FoundTrack["packets"],
  }));
  for (const packet of input.packets()) {
    const track = tracks[packet.streamIndex];
    const data = packet.data?.toString("base64") ?? "";
    track?.packets.push({ pts: Number(packet.pts) * track.tick, data });
  }
  return tracks.map(({ codec, packets }) => ({ codec, packets }));
}

/** The texts of a text track; where nothing is shown it has empty ones. */
function linesOf(track: FoundTrack | undefined): string[] {
  return (track?.packets ?? []).flatMap(({ data }) => {
    const bytes = Buffer.from(data, "base64");
    const length = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
    return length === 0 ? [] : [bytes.toString("utf8", 2, 2 + length)];
  });
}

test("a base of more than 4 GB is compiled and rendered without reading what is not media", async () => {
  const plain = makeBase("small");
  const huge = path.join(studio.folder, "huge.mp4");
  await writeSparseMovie({ file: plain.file, to: huge, holeBytes: 4_500_000_000 });
  assert.ok(statSync(huge).size > 2 ** 32);
  const { outputs } = await studio.personalise({
    base: huge,
    baseHash: "huge",
    names: NAMES,
    options: { insertMode: "gold" },
  });
  const same = await studio.personalise({
    base: plain.file,
    names: NAMES,
    options: { insertMode: "gold" },
  });
  assert.equal(outputs.length, 2);
  for (const [i, { file }] of outputs.entries()) {
    assert.deepEqual(videoPacketHashes(file), videoPacketHashes(plain.file));
    assert.deepEqual(decodeSound(file), decodeSound(same.outputs[i]?.file ?? ""));
  }
});

test("exported files and the ZIP hold what the campaign writes as files", async () => {
  const campaign = createSmallCampaign();
  try {
    const recordings = campaign.path("recordings");
    mkdirSync(recordings);
    for (const [i, name] of ["Amit", "Zoë", "प्रिया"].entries()) {
      campaign.media(path.join("recordings", `${name}.wav`), {
        container: "wav",
        video: null,
        audio: { codec: "pcm", sampleRate: 22_050, channels: 1 },
        sound: [{ kind: "speech", seconds: 0.5 + i / 5, seed: i + 2 }],
        noiseDb: null,
      });
    }
    const sheet = campaign.sheet("names.csv", ["Amit", "Zoë", "प्रिया", "Amit"]);
    const run = (...args: string[]) => vocativeInside(args, campaign.surroundings);
    for (const tier of ["gold", "silver"]) {
      const [files, compact] = [campaign.path(`${tier}-files`), campaign.path(`${tier}-compact`)];
      for (const [outdir, keep] of [
        [files, "files"],
        [compact, "renditions"],
      ] as const) {
        const { code, stderr } = await run(
          ...["campaign", "--video", campaign.base, "--recipients", sheet, "--insert-mode", tier],
          ...["--tts-provider", "none", "--name-cache-dir", recordings],
          ...["--outdir", outdir, "--keep", keep],
        );
        assert.equal(code, 0, stderr);
      }
      const [outdir, zip] = [campaign.path(`${tier}-exported`), campaign.path(`${tier}.zip`)];
      assert.equal((await run("export", compact, "--outdir", outdir)).code, 0);
      assert.equal((await run("export", compact, "--zip", zip)).code, 0);

      const names = readdirSync(files).filter((name) => /\.mp[34]$/u.test(name));
      assert.equal(names.length, 4);
      const zipped = await unzip(zip);
      assert.deepEqual([...zipped.keys()].toSorted(), [...names, "report.csv"].toSorted());
      assert.deepEqual(readdirSync(outdir).toSorted(), names.toSorted());
      for (const name of names) {
        const bytes = readFileSync(path.join(files, name));
        assert.ok(readFileSync(path.join(outdir, name)).equals(bytes), name);
        assert.ok(zipped.get(name)?.equals(bytes), name);
      }
    }
  } finally {
    campaign.remove();
  }
});
