/**
 * A process to be killed: publishes and records outputs without end, several at a time, over and over
 * under the same names. Arguments: output folder, "files" or "renditions", number of file names, bytes of the template.
 * Tells its parent of each finished output.
 */
import { createOutputFolder } from "../output-folder.ts";
import { doneRecord, madeUpTemplate } from "./made-up-outputs.ts";

const [folder = "", keep, names, size] = process.argv.slice(2);
const output = await createOutputFolder({
  folder,
  keep: keep === "renditions" ? "renditions" : "files",
});
const made = await madeUpTemplate({
  folder: output.templateFolder("0a1b2c"),
  sizeBytes: Number(size),
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

let seed = process.pid * 1000;
async function publishWithoutEnd(): Promise<void> {
  for (;;) {
    const number = seed++;
    const file = `${number % Number(names)}.mp4`;
    const rendition = number % 3 === 0 ? made.moved(number) : made.patched(number);
    await output.publish(file, rendition, made.template);
    await output.record(doneRecord(file, rendition, { key: `${number}` }));
    process.send?.(number);
  }
}
await Promise.all(Array.from({ length: 4 }, publishWithoutEnd));
