import assert from "node:assert/strict";
import { test } from "node:test";
import { createPictureEncoder } from "../libav/picture-encoder.ts";
import { NAL, nalType, sampleOf, unitsOfSample, unitsOfStream } from "./nal-units.ts";
import {
  addParameterSets,
  pictureParameterId,
  readConfiguration,
  readSequenceParameters,
} from "./parameter-sets.ts";

function setsOf(params: string, options: Record<string, string> = {}) {
  using encoder = createPictureEncoder({
    encoder: "libx264",
    width: 320,
    height: 180,
    frameRate: { num: 30_000, den: 1001 },
    bFrames: 0,
    gop: 50,
    options: { "x264-params": params, ...options },
  });
  const units = unitsOfStream(Buffer.from(encoder.context.extraData ?? []));
  const [sps, pps] = [NAL.sps, NAL.pps].map((type) => units.find((unit) => nalType(unit) === type));
  assert.ok(sps && pps);
  return { sps: Buffer.from(sps), pps: Buffer.from(pps) };
}

/** The configuration of one pair of sets, with the lengths that MP4 nearly always has. */
function configurationOf({ sps, pps }: { sps: Buffer; pps: Buffer }): Buffer {
  return Buffer.concat([
    Buffer.from([1, ...sps.subarray(1, 4), 0xff, 0xe1, sps.length >> 8, sps.length & 255]),
    sps,
    Buffer.from([1, pps.length >> 8, pps.length & 255]),
    pps,
  ]);
}

test("ids and kinds of pictures are read out of real parameter sets", () => {
  const plain = { id: 0, plain: true, interlaced: false };
  assert.deepEqual(readSequenceParameters(setsOf("sps-id=0").sps), plain);
  const other = setsOf("sps-id=7");
  assert.deepEqual(readSequenceParameters(other.sps), { ...plain, id: 7 });
  assert.equal(pictureParameterId(other.pps), 7);
  const fields = setsOf("interlaced=1").sps;
  assert.deepEqual(readSequenceParameters(fields), { ...plain, interlaced: true });
  const baseline = setsOf("", { profile: "baseline" }).sps;
  assert.deepEqual(readSequenceParameters(baseline), plain);
  const lists = setsOf("cqm=jvt").sps;
  assert.deepEqual(readSequenceParameters(lists), plain);
});

test("what is cut short is nothing", () => {
  const sets = setsOf("");
  assert.equal(readSequenceParameters(sets.sps.subarray(0, 5)), null);
  assert.equal(readSequenceParameters(sets.pps), null);
  const whole = configurationOf(sets);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(readConfiguration(whole.subarray(0, length)), null, `${length} bytes`);
  }
});

test("added sets stand behind the known ones, under the higher profile and level", () => {
  const [own, added] = [setsOf("level=30", { profile: "main" }), setsOf("sps-id=1:level=41")];
  const record = addParameterSets(configurationOf(own), added);
  const read = readConfiguration(record);
  assert.deepEqual(read, {
    lengthBytes: 4,
    sps: [own.sps, added.sps],
    pps: [own.pps, added.pps],
  });
  assert.deepEqual([record[1], record[3]], [100, 41]);
  assert.deepEqual([...record.subarray(-4)], [0xfd, 0xf8, 0xf8, 0]);
});

test("units go into a sample and come out again", () => {
  const units = [Buffer.from([0x65, 1, 2]), Buffer.from([0x41])];
  assert.deepEqual(unitsOfSample(sampleOf(units)), units);
  assert.deepEqual(unitsOfSample(sampleOf(units).subarray(0, 9)), units.slice(0, 1));
});

test("start codes of three and of four bytes part units", () => {
  const stream = Buffer.from([0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 0x65, 7]);
  assert.deepEqual(unitsOfStream(stream), [
    Buffer.from([0x67, 9]),
    Buffer.from([0x68, 8]),
    Buffer.from([0x65, 7]),
  ]);
});
