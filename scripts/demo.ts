// The main job on a sample that this script makes itself: a presenter greets "Dear customer,"; each of
// twelve recipients gets a video in which the greeting is their name. Everything lands in demo-output/.
import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "../src/cli/run-cli.ts";
import { makeSampleBase } from "../src/sample/make-sample.ts";
import { sampleRecipientsCsv } from "../src/sample/sample-recipients.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), ".."));
const folder = "demo-output";
const base = path.join(folder, "base.mp4");
const recipients = path.join(folder, "recipients.csv");
const outdir = path.join(folder, "videos");

await mkdir(folder, { recursive: true });
await writeFile(recipients, sampleRecipientsCsv());
if (!(await stat(base).catch(() => null))) {
  process.stderr.write(`Making a sample video, ${base} ...\n`);
  const speech = createEspeak();
  await makeSampleBase({ file: base, speech });
  await speech.close();
}

const args = [
  ...["campaign", "--video", base, "--recipients", recipients, "--outdir", outdir],
  ...["--insert-mode", "gold", "--lang", "en", "--text", "Dear {name}"],
  ...["--name-cache-dir", path.join(folder, "names")],
];
process.stderr.write(`vocative ${args.join(" ")}\n`);
const started = performance.now();
const exitCode = await runCli(args, {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (stop) => {
    process.once("SIGINT", stop);
  },
});
if (exitCode === 0) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(
    `That took ${seconds} s. Play the videos in ${outdir}/ and open ${outdir}/report.csv;\n` +
      "run it again and nothing is made twice, delete one video and only that one is made.\n",
  );
}
process.exit(exitCode);
