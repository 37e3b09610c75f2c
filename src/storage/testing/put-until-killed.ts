/**
 * A process to be killed: stores objects, several at a time, over and over under a few keys, and removes
 * folders of them. Tells its parent of each. Arguments: root, bytes of an object.
 */
import { createLocalObjects } from "../local-objects.ts";
import { randomBytesOf } from "./made-up-outputs.ts";

const LANES = 3;
const KEYS = 4;
const CHUNK_BYTES = 50_000;
const [root = "", size] = process.argv.slice(2);
const objects = createLocalObjects({ root });
process.on("disconnect", () => process.exit());

/** So many bytes that the first four, the seed, tell. */
async function* body(seed: number): AsyncGenerator<Uint8Array> {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(seed);
  yield head;
  const rest = randomBytesOf(seed, Number(size));
  for (let at = 0; at < rest.length; at += CHUNK_BYTES) yield rest.subarray(at, at + CHUNK_BYTES);
}

async function storeForever(lane: number): Promise<void> {
  for (let seed = lane; ; seed += LANES) {
    await objects.put(`job-${lane}/deep/${seed % KEYS}.mp4`, body(seed), {
      ifAbsent: seed % 2 === 0,
    });
    if (seed % 30 > 26) await objects.removeAll(`job-${lane}/`);
    process.send?.(seed);
  }
}
await Promise.all(Array.from({ length: LANES }, (_, lane) => storeForever(lane)));
