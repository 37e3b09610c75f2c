import { z } from "zod";
import { MODEL_KINDS, type ModelKindName } from "./model-kinds.ts";

/** The operator's word on a model, beside its files. */
export const NOTE_FILE = "vocative.json";
export const MAX_NOTE_BYTES = 65_536;

// The keys of a constant table are its names.
const KINDS = Object.keys(MODEL_KINDS) as [ModelKindName, ...ModelKindName[]];
const OPTION = z.string().regex(/^[a-zA-Z]{1,40}$/, "is no option's name");
const WORD = z.string().regex(/^[\w.-]{1,40}$/, "holds other than letters, digits, . _ -");

const noteSchema = z.strictObject({
  /** What is not told by the files' and the folder's names. */
  kind: z.enum(KINDS).optional(),
  /** Which languages it speaks or writes, BCP 47. */
  languages: z
    .array(z.string().regex(/^[a-zA-Z]{2,3}([-_][\w-]{1,20})?$/))
    .max(200)
    .optional(),
  /** For people. */
  name: z.string().trim().min(1).max(80).optional(),
  /** Names of its speakers, from speaker 0 on. */
  speakers: z
    .array(z.string().regex(/^[^\s/]{1,60}$/u))
    .max(10_000)
    .optional(),
  numThreads: z.int().min(1).max(64).optional(),
  /** Where the engine computes; `cpu` when left out. */
  provider: z.enum(["cpu", "cuda", "coreml", "directml"]).optional(),
  /** Files by the package's option, relative to the folder, where their names do not tell. */
  files: z.record(OPTION, z.string().min(1).max(500)).optional(),
  /** Further options of the kind, such as `lengthScale`. */
  settings: z.record(OPTION, z.union([z.number(), WORD])).optional(),
  /** Steps of a flow-matching model: more is slower and finer. */
  numSteps: z.int().min(1).max(100).optional(),
  /** Length of the pauses as a factor of the model's own. */
  silenceScale: z.number().min(0).max(5).optional(),
});

export type ModelNote = z.infer<typeof noteSchema>;

/** A note's content, or why it is none, for a sentence that begins with its name. */
export function parseNote(text: string): { note: ModelNote } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "is no JSON" };
  }
  const parsed = noteSchema.safeParse(value);
  if (parsed.success) return { note: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "it";
  return { problem: `is not as expected: ${where}: ${issue?.message.replace(/\s+/g, " ")}` };
}
