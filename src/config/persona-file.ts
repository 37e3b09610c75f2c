import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import type { Persona } from "../domain/conversation.ts";

/** Longer files are no persona; characters. */
const MAX_LENGTH = 100_000;

export const DEFAULT_PERSONA: Persona = {
  name: "Assistant",
  system:
    "You are a friendly assistant who answers aloud on video. Answer in the language of the question, in at most three short sentences of plain words: no lists, headings, emoji, links or code.",
  language: "en",
  portrait: null,
  greeting: "Hello! What can I do for you?",
};

const voiceSchema = z.union([
  z
    .string()
    .trim()
    .regex(/^[a-z0-9_-]+(?::.{1,200})?$/u, "give PROVIDER or PROVIDER:VOICE, such as espeak:en-gb")
    .transform((text) => {
      const [provider = "", ...name] = text.split(":");
      return name.length === 0 ? { provider } : { provider, name: name.join(":") };
    }),
  z.object({
    provider: z.string().trim().min(1).max(50),
    name: z.string().trim().min(1).max(200).optional(),
  }),
]);

const personaSchema = z.strictObject({
  name: z.string().trim().min(1).max(100).default(DEFAULT_PERSONA.name),
  system: z.string().trim().max(50_000).default(DEFAULT_PERSONA.system),
  language: z
    .string()
    .trim()
    .regex(/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/iu, "give a language such as en or hi")
    .default(DEFAULT_PERSONA.language),
  voice: voiceSchema.optional(),
  portrait: z.string().trim().min(1).nullable().default(null),
  greeting: z.string().trim().max(500).default(""),
});

/**
 * Who answers, from an operator's file: JSON with the fields of `Persona`, or Markdown whose head
 * between two lines `---` has them as `name: value` and whose text is what the language model is told.
 * A voice may be written `espeak:en-gb`. A portrait's path is taken from the file's folder.
 * @param file Null for the default persona.
 * @throws AppError FILE_NOT_FOUND; INVALID_OPTION that names the file and every faulty field.
 */
export async function readPersona(file: string | null): Promise<Persona> {
  if (file === null) return DEFAULT_PERSONA;
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError(
      "FILE_NOT_FOUND",
      `the persona ${file} cannot be read: check VOCATIVE_PERSONA`,
      { cause },
    );
  });
  if (text.length > MAX_LENGTH) {
    throw invalid(file, `it has ${text.length} characters, the limit is ${MAX_LENGTH}`);
  }
  const parsed = personaSchema.safeParse(fieldsOf(text.replace(/^\ufeff/u, ""), file));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: field, message }) =>
      field.length === 0 ? message : `${field.join(".")}: ${message}`,
    );
    throw invalid(file, faults.join("; "));
  }
  const { voice, portrait, ...persona } = parsed.data;
  return {
    ...persona,
    portrait: portrait === null ? null : path.resolve(path.dirname(file), portrait),
    ...(voice && {
      voice: { provider: voice.provider, ...(voice.name !== undefined && { name: voice.name }) },
    }),
  };
}

function fieldsOf(text: string, file: string): unknown {
  if (/^\s*\{/u.test(text)) {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const { message } = cause as Error; // what JSON.parse throws
      throw invalid(file, `it is no JSON: ${message.replaceAll(/\s+/gu, " ")}`);
    }
  }
  const [, head, body = ""] =
    /^---[ \t]*\r?\n([\s\S]*?)\r?\n?---[ \t]*(?:\r?\n([\s\S]*))?$/u.exec(text) ?? [];
  if (head === undefined) {
    throw invalid(file, "it begins neither with { (JSON) nor with --- (Markdown with a head)");
  }
  const fields = head
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, value = ""] = /^([\w-]+):\s*(.*)$/u.exec(line) ?? [];
      if (name === undefined) throw invalid(file, `${JSON.stringify(line)} is no "name: value"`);
      return [name, unquoted(value.trim())] as const;
    })
    // A name without a value is as good as none.
    .filter(([, value]) => value !== "");
  return { ...Object.fromEntries(fields), ...(body.trim() !== "" && { system: body }) };
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/u.exec(value)?.[2] ?? value;
}

function invalid(file: string, faults: string): AppError {
  return new AppError("INVALID_OPTION", `the persona ${file} cannot be used: ${faults}`);
}
