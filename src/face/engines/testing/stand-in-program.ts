import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stands in for an engine's Python: notes how it was called and behaves as it is told. Where its result
 * goes it reads from its own arguments, as the engine would.
 */
const [, , ...words] = process.argv;
const { STAND_IN_BEHAVIOUR: behaviour, STAND_IN_RECORD = "", STAND_IN_MOVIE = "" } = process.env;

const argumentOf = (flag: string) => {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
};
const config = argumentOf("--inference_config");
const soundFile =
  argumentOf("--audio") ?? argumentOf("--driven_audio") ?? argumentOf("--audio_path");

const note = (more: object = {}) =>
  writeFileSync(
    STAND_IN_RECORD,
    JSON.stringify({
      words,
      folder: process.cwd(),
      entries: readdirSync("."),
      devices: process.env["CUDA_VISIBLE_DEVICES"] ?? null,
      config: config === undefined ? null : readFileSync(config, "utf8"),
      soundBytes: soundFile === undefined ? null : [...readFileSync(soundFile)],
      ...more,
    }),
  );

function give(): void {
  const results = argumentOf("--result_dir");
  if (results !== undefined) {
    const folder = join(results, "v15");
    mkdirSync(folder, { recursive: true });
    copyFileSync(STAND_IN_MOVIE, join(folder, "2026_01_01_10.00.00.mp4"));
    return;
  }
  const out = argumentOf("--outfile") ?? argumentOf("--video_out_path") ?? argumentOf("--to") ?? "";
  copyFileSync(STAND_IN_MOVIE, out);
}

note();
if (behaviour === "give") give();
if (behaviour === "no face") {
  console.error("Traceback (most recent call last):");
  console.error(
    "ValueError: Face not detected! Ensure the video contains a face in all the frames.",
  );
  process.exitCode = 1;
}
if (behaviour === "no coefficients") console.log("Can't get the coeffs of the input");
if (behaviour === "fail") {
  console.error("loading\nKeyError: 'state_dict'\n");
  process.exitCode = 3;
}
if (behaviour === "no memory") {
  console.error("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB");
  process.exitCode = 1;
}
if (behaviour === "loud") {
  for (let i = 0; i < 200; i++) process.stderr.write(`${i}%|${"#".repeat(20_000)}\r`);
  process.stderr.write(`RuntimeError: ${"very ".repeat(1000)}long`);
  process.exitCode = 1;
}
if (behaviour === "empty") writeFileSync(argumentOf("--outfile") ?? argumentOf("--to") ?? "", "");
if (behaviour === "no movie")
  writeFileSync(argumentOf("--outfile") ?? "", "this is no movie at all");
if (behaviour === "hang") {
  const below = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" });
  note({ pids: [process.pid, below.pid] });
  setInterval(() => {}, 1e6);
}
