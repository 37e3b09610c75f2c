/**
 * A process to be killed: publishes and records outputs, several at a time, over and over under the
 * same names, then waits. Tells its parent of each finished output. Arguments: output folder, "files"
 * or "renditions", number of file names (a multiple of 4), bytes of the template, number of outputs.
 */
import { createOutputFolder } from "../output-folder.ts";
import { doneRecord, madeUpTemplate } from "./made-up-outputs.ts";

const LANES = 4;
const [folder = "", keep, names, size, limit] = process.argv.slice(2);
const output = await createOutputFolder({
  folder,
  keep: keep === "renditions" ? "renditions" : "files",
});
const id = `of-${process.pid}`;
const made = await madeUpTemplate({
  folder: output.templateFolder(id),
  id,
  sizeBytes: Number(size),
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

let seed = process.pid * 1000;
const end = seed + Number(limit);
/** Each lane has names of its own, as each recipient has; only another process uses the same. */
async function publishUntilEnd(lane: number): Promise<void> {
  for (let name = lane; seed < end; name += LANES) {
    const number = seed++;
    const file = `${name % Number(names)}.mp4`;
    const rendition = number % 3 === 0 ? made.moved(number) : made.patched(number);
    await output.publish(file, rendition, made.template);
    await output.record(doneRecord(file, rendition, { key: `${number}` }));
    process.send?.(number);
  }
}
await Promise.all(Array.from({ length: LANES }, (_, lane) => publishUntilEnd(lane)));
