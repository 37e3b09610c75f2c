import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { HEADER_BYTES, SAMPLE_BYTES, wavHeader } from "../../domain/wav-file.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import { fileKey, requireEngineFile } from "./engine-files.ts";
import {
  fileIfThere,
  type ProgramOptions,
  programPath,
  runEngineProgram,
} from "./engine-program.ts";
import type { FileEngine } from "./file-engine.ts";
import { createRunFolder, MADE_FILE } from "./run-folder.ts";

export type Wav2LipOptions = ProgramOptions & {
  /** The operator's checkout of Wav2Lip, and the weights to use. */
  repo: string | null;
  checkpoint: string | null;
  /** Its Python; `python3` when left out. */
  python?: string;
  /** Pixels around the face: top, bottom, left, right; `0 10 0 0` when left out. */
  pads?: string;
  /** Where the face is in every picture, in the same order; it is looked for when left out. */
  box?: string;
  probe: Probe;
};

const WHEN = "Diamond + Wav2Lip";
const SAMPLE_RATE = 16_000;
/** Its mel spectrogram divides by nothing where a sound is digital silence. */
const NOISE = 1e-4 * 32_767;
/**
 * Its last chunk of 16 columns at 80 a second ends with the sound, so that the last pictures would be
 * missing (inference.py, `mel_chunks`).
 */
const TAIL_SECONDS = 0.2;
const SEED = 7;

/**
 * Wav2Lip by its own `inference.py` (Rudrabha/Wav2Lip), which writes to `temp/` below its working
 * folder and passes paths to a shell as they are.
 * @throws AppError INVALID_OPTION.
 */
export function createWav2LipCommand(options: Wav2LipOptions): FileEngine {
  const { python = "python3", pads = "0 10 0 0", box, probe, needs = "gpu" } = options;
  const repo = requireEngineFile(options.repo, { option: "wav2lip_repo", when: WHEN });
  const weights = { option: "wav2lip_checkpoint", when: WHEN };
  const checkpoint = requireEngineFile(options.checkpoint, weights);
  const padding = fourNumbers("wav2lip_pads", pads);
  const where = box === undefined ? [] : ["--box", ...fourNumbers("wav2lip_box", box)];

  const engine: FileEngine = {
    name: "wav2lip",
    needs,
    takes: ["video", "picture"],
    cacheKey: JSON.stringify(["wav2lip", "command", repo, fileKey(checkpoint), padding, where]),
    async run(job, { signal }) {
      const input = requireInput(engine, job);
      const folder = await createRunFolder(job, { repo, folders: ["temp"] });
      await addNoise(join(folder.path, folder.audio));
      await runEngineProgram({
        ...options,
        engine: "Wav2Lip",
        words: [
          ...[programPath(python), "inference.py", "--checkpoint_path", checkpoint],
          ...["--face", folder.face, "--audio", folder.audio, "--outfile", MADE_FILE],
          ...["--pads", ...padding, ...where],
          ...(input === "picture" ? ["--fps", String(job.fps)] : []),
        ],
        folder: folder.path,
        log: folder.log,
        noFace: /face not detected/iu,
        result: () => fileIfThere(join(folder.path, MADE_FILE)),
        ...{ job, signal },
      });
      await checkMade({ engine: "Wav2Lip", job, probe, signal });
    },
  };
  return engine;
}

/** Each from 0 to 9999. */
function fourNumbers(option: string, text: string): string[] {
  const numbers = text.trim().split(/\s+/u);
  if (numbers.length === 4 && numbers.every((one) => /^\d{1,4}$/u.test(one))) return numbers;
  throw new AppError(
    "INVALID_OPTION",
    `${option} is "${text}": give four numbers of pixels, top bottom left right, such as "0 10 0 0"`,
  );
}

/** Puts a noise that nobody hears where a WAV of 16 bits is silent, and some of it behind the end. */
async function addNoise(file: string): Promise<void> {
  const random = seededRandom(SEED);
  const noise = () => Math.round((2 * random() - 1) * NOISE);
  const sound = (await readFile(file)).subarray(HEADER_BYTES);
  const length = Math.floor(sound.length / SAMPLE_BYTES);
  const data = Buffer.alloc((length + TAIL_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES);
  for (let at = 0; at < data.length; at += SAMPLE_BYTES) {
    const sample = at < length * SAMPLE_BYTES ? sound.readInt16LE(at) : 0;
    data.writeInt16LE(sample === 0 ? noise() : sample, at);
  }
  await writeFile(file, Buffer.concat([wavHeader(SAMPLE_RATE, data.length), data]));
}
