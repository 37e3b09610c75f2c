import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { diskError } from "../../domain/disk-error.ts";
import { LANDMARKS } from "../../domain/face.ts";
import type { StretchStudy } from "./study-stretch.ts";

/** Raised whenever faces are found or followed in another way. */
const VERSION = 2;
/** Hundredths of a pixel are more than is seen. */
const PRECISION = 100;

const fileSchema = z.object({
  version: z.literal(VERSION),
  study: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("usable"),
      faces: z.array(
        z.object({
          landmarks: z
            .array(z.number())
            .length(2 * LANDMARKS)
            .transform((values) => Float32Array.from(values)),
          score: z.number(),
          yaw: z.number(),
        }),
      ),
    }),
    z.object({ kind: z.literal("refused"), message: z.string() }),
  ]),
});

/** A study that was kept; null when there is none, or one of another version. */
export async function readStudy(file: string): Promise<StretchStudy | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, "utf8"))).study;
  } catch {
    return null; // not there or not whole: the face is looked for anew
  }
}

/** @throws AppError DISK_FULL, OUTPUT_UNWRITABLE. */
export async function writeStudy(file: string, study: StretchStudy): Promise<void> {
  const kept =
    study.kind === "refused"
      ? study
      : {
          ...study,
          faces: study.faces.map(({ landmarks, score, yaw }) => ({
            landmarks: Array.from(landmarks, (value) => Math.round(value * PRECISION) / PRECISION),
            score,
            yaw,
          })),
        };
  const part = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(part, JSON.stringify({ version: VERSION, study: kept }));
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw diskError(cause, file);
  }
}
