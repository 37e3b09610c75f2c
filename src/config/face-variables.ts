import { z } from "zod";

const text = z.string().trim().min(1).optional();
const address = z.url({
  protocol: /^https?$/u,
  error: "give an address such as http://localhost:9000/lipsync",
});
const devices = z
  .string()
  .regex(/^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$/u, {
    error: "give device numbers such as 0,1, separated by commas",
  })
  .transform((list) => [...new Set(list.split(",").map((one) => one.trim()))]);

/** The variables that say which engines there are for faces. */
export const faceVariables = {
  /** Python of Wav2Lip; its checkout and weights are among the originals' variables. */
  VOCATIVE_WAV2LIP_PYTHON: text,
  /** Wav2Lip as an ONNX model, which needs no Python. */
  VOCATIVE_WAV2LIP_ONNX: text,
  VOCATIVE_SADTALKER_REPO: text,
  VOCATIVE_SADTALKER_PYTHON: text,
  VOCATIVE_SADTALKER_CHECKPOINTS: text,
  VOCATIVE_MUSETALK_REPO: text,
  VOCATIVE_MUSETALK_PYTHON: text,
  VOCATIVE_LATENTSYNC_REPO: text,
  VOCATIVE_LATENTSYNC_PYTHON: text,
  VOCATIVE_LATENTSYNC_CHECKPOINT: text,
  /** A command line with `{face}`, `{audio}` and `{out}`. */
  VOCATIVE_LIPSYNC_COMMAND: text,
  /** A server that makes videos. */
  VOCATIVE_LIPSYNC_URL: address.optional(),
  SYNC_API_KEY: text,
  VOCATIVE_SYNC_URL: address.optional(),
  VOCATIVE_SYNC_MODEL: z.string().trim().min(1).default("lipsync-2"),
  /** Seconds of video that one run of a campaign may have made there. */
  VOCATIVE_SYNC_MAX_SECONDS: z.coerce.number().positive().max(1_000_000).optional(),
  /** Devices of CUDA on which programs run, one on each at a time. */
  VOCATIVE_GPUS: devices.default(["0"]),
};

/** An engine's checkout, and its Python. */
export type EngineCheckout = { repo: string; python: string };

/** What the operator has set up for faces; null where something is not. */
export type FaceEnvironment = {
  wav2lip: {
    repo: string | null;
    checkpoint: string | null;
    python: string;
    /** Path of a model for the native mode. */
    onnx: string | null;
  };
  sadtalker: (EngineCheckout & { checkpoints: string | null }) | null;
  musetalk: EngineCheckout | null;
  latentsync: (EngineCheckout & { checkpoint: string | null }) | null;
  command: string | null;
  url: string | null;
  sync: {
    apiKey: string;
    baseUrl: string | null;
    model: string;
    maxSeconds: number | null;
  } | null;
  /** Numbers of CUDA devices, at least one. */
  gpus: string[];
};

const PYTHON = "python3";

export function faceEnvironmentOf(
  data: z.infer<z.ZodObject<typeof faceVariables>> & {
    WAV2LIP_REPO?: string | undefined;
    WAV2LIP_CHECKPOINT?: string | undefined;
  },
): FaceEnvironment {
  const { VOCATIVE_SADTALKER_REPO: sadtalker, VOCATIVE_MUSETALK_REPO: musetalk } = data;
  const { VOCATIVE_LATENTSYNC_REPO: latentsync, SYNC_API_KEY: apiKey } = data;
  return {
    wav2lip: {
      repo: data.WAV2LIP_REPO ?? null,
      checkpoint: data.WAV2LIP_CHECKPOINT ?? null,
      python: data.VOCATIVE_WAV2LIP_PYTHON ?? PYTHON,
      onnx: data.VOCATIVE_WAV2LIP_ONNX ?? null,
    },
    sadtalker:
      sadtalker === undefined
        ? null
        : {
            repo: sadtalker,
            python: data.VOCATIVE_SADTALKER_PYTHON ?? PYTHON,
            checkpoints: data.VOCATIVE_SADTALKER_CHECKPOINTS ?? null,
          },
    musetalk:
      musetalk === undefined
        ? null
        : { repo: musetalk, python: data.VOCATIVE_MUSETALK_PYTHON ?? PYTHON },
    latentsync:
      latentsync === undefined
        ? null
        : {
            repo: latentsync,
            python: data.VOCATIVE_LATENTSYNC_PYTHON ?? PYTHON,
            checkpoint: data.VOCATIVE_LATENTSYNC_CHECKPOINT ?? null,
          },
    command: data.VOCATIVE_LIPSYNC_COMMAND ?? null,
    url: data.VOCATIVE_LIPSYNC_URL ?? null,
    sync:
      apiKey === undefined
        ? null
        : {
            apiKey,
            baseUrl: data.VOCATIVE_SYNC_URL ?? null,
            model: data.VOCATIVE_SYNC_MODEL,
            maxSeconds: data.VOCATIVE_SYNC_MAX_SECONDS ?? null,
          },
    gpus: data.VOCATIVE_GPUS,
  };
}
