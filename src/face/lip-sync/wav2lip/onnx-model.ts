import { access } from "node:fs/promises";
import { basename } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { AppError } from "../../../domain/app-error.ts";
import { FACE_LENGTH, MADE_LENGTH } from "./face-crop.ts";
import { CHUNK_LENGTH } from "./mel-chunks.ts";
import {
  describePorts,
  FACE_SHAPE,
  findPorts,
  MADE_SHAPE,
  MEL_SHAPE,
  type ModelPorts,
} from "./model-shapes.ts";
import { loadOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.ts";

/** A network that makes mouths. */
export type Wav2LipModel = {
  /** The most pictures that go through it at once. */
  readonly batchSize: number;
  /**
   * @param batch.count Pictures in it.
   * @param batch.mels `[picture][1][band][column]`, −4..4.
   * @param batch.faces `[picture][6][row][column]`, as `writeFace` writes them.
   * @returns `[picture][3][row][column]`, blue, green and red, 0..1.
   * @throws AppError FACE_FAILED.
   */
  run(batch: { count: number; mels: Float32Array; faces: Float32Array }): Promise<Float32Array>;
  /** Frees its memory; it makes nothing from then on. */
  close(): Promise<void>;
};

const BATCH_SIZE = 16;
/** A model that wants more pictures at once than these was exported for something else. */
const MOST_AT_ONCE = 128;
const REMEDY = `export Wav2Lip to ONNX with a mel input of [N,${MEL_SHAPE.join()}], a face input of [N,${FACE_SHAPE.join()}] and an output of [N,${MADE_SHAPE.join()}], all float32`;

/**
 * Loads a Wav2Lip model that the operator supplies (its weights are for research only), with the
 * package onnxruntime-node, which is not part of this program.
 * @param options.path An ONNX file; inputs and outputs may have any names.
 * @param options.threads Of one picture's work; as many as the machine has cores when left out.
 * @throws AppError FACE_FAILED when the package or the file is missing, or it is no such model.
 */
export async function loadWav2LipModel({
  path,
  threads,
  loadRuntime = loadOnnxRuntime,
}: {
  path: string;
  threads?: number;
  loadRuntime?: () => Promise<OnnxRuntime>;
}): Promise<Wav2LipModel> {
  const name = `the lip-sync model "${basename(path)}"`;
  await access(path).catch((cause: unknown) => {
    const message = `${name} cannot be read: name an ONNX file that this program may read`;
    throw new AppError("FACE_FAILED", message, { cause });
  });
  const runtime = await loadRuntime();
  const session = await open(runtime, { name, path, threads });
  try {
    const { inputMetadata, outputMetadata } = session;
    const ports = findPorts(inputMetadata, outputMetadata);
    if (!ports || (ports.batch ?? 1) < 1 || (ports.batch ?? 1) > MOST_AT_ONCE) {
      const found = `its inputs are ${describePorts(inputMetadata)} and its outputs ${describePorts(outputMetadata)}`;
      throw new AppError("FACE_FAILED", `${name} is no Wav2Lip model: ${found}; ${REMEDY}`);
    }
    const model = createModel({ runtime, session, ports, name });
    // What a file says of its shapes need not be so.
    await model.run({
      count: 1,
      mels: new Float32Array(CHUNK_LENGTH),
      faces: new Float32Array(FACE_LENGTH),
    });
    return model;
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

async function open(
  { InferenceSession }: OnnxRuntime,
  { name, path, threads }: { name: string; path: string; threads: number | undefined },
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(
      path,
      threads === undefined ? {} : { intraOpNumThreads: threads },
    );
  } catch (cause) {
    const message = `${name} cannot be opened (${oneLine(cause)}): give a whole ONNX file; ${REMEDY}`;
    throw new AppError("FACE_FAILED", message, { cause });
  }
}

function createModel({
  runtime: { Tensor },
  session,
  ports,
  name,
}: {
  runtime: OnnxRuntime;
  session: InferenceSession;
  ports: ModelPorts;
  name: string;
}): Wav2LipModel {
  return {
    batchSize: ports.batch ?? BATCH_SIZE,
    async run({ count, mels, faces }) {
      const size = ports.batch ?? count;
      const mel = filled(mels, { count, size, length: CHUNK_LENGTH });
      const face = filled(faces, { count, size, length: FACE_LENGTH });
      const feeds = {
        [ports.mel]: new Tensor("float32", mel, [size, ...MEL_SHAPE]),
        [ports.face]: new Tensor("float32", face, [size, ...FACE_SHAPE]),
      };
      const results = await session.run(feeds, [ports.made]).catch((cause: unknown) => {
        throw new AppError("FACE_FAILED", `${name} failed (${oneLine(cause)}); ${REMEDY}`, {
          cause,
        });
      });
      const made = results[ports.made];
      if (!(made?.data instanceof Float32Array) || made.data.length !== size * MADE_LENGTH) {
        const found = made ? `[${made.dims.join()}]` : "nothing";
        const message = `${name} made ${found} of ${size} pictures, not [${size},${MADE_SHAPE.join()}]: ${REMEDY}`;
        throw new AppError("FACE_FAILED", message);
      }
      const pictures = made.data.subarray(0, count * MADE_LENGTH);
      if (!pictures.every(Number.isFinite)) {
        const message = `${name} made pictures with values that are no numbers: its weights are damaged or overflow, export it in float32`;
        throw new AppError("FACE_FAILED", message);
      }
      return pictures;
    },
    close: () => session.release(),
  };
}

/** As many pictures as the model takes; those that are wanting are zeros. */
function filled(
  values: Float32Array,
  { count, size, length }: { count: number; size: number; length: number },
): Float32Array {
  if (count === size) return values.subarray(0, count * length);
  const whole = new Float32Array(size * length);
  whole.set(values.subarray(0, count * length));
  return whole;
}

function oneLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replaceAll(/\s+/gu, " ").trim().slice(0, 300);
}
