import { type Command, Option } from "commander";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";

/**
 * Adds a flag for every field of a schema: `silenceDb` becomes `--silence-db <number>`, a boolean
 * `--x` and `--no-x`, an enumeration lists its choices. Help text and defaults come from the schema.
 */
export function addSchemaFlags(command: Command, schema: z.ZodObject): void {
  for (const [key, field] of Object.entries(schema.shape)) {
    const { description, inner, fallback } = unwrap(field as z.ZodType); // a shape holds types
    const flag = kebab(key);
    if (inner instanceof z.ZodBoolean) {
      command.addOption(new Option(`--${flag}`, description));
      command.addOption(
        new Option(`--no-${flag}`, fallback === true ? `not: ${description}` : "").hideHelp(
          fallback !== true,
        ),
      );
      continue;
    }
    const kind =
      inner instanceof z.ZodNumber ? "number" : inner instanceof z.ZodEnum ? "choice" : "text";
    const choices = inner instanceof z.ZodEnum ? `: ${inner.options.join(", ")}` : "";
    const preset = fallback === undefined ? "" : ` (default ${JSON.stringify(fallback)})`;
    command.addOption(new Option(`--${flag} <${kind}>`, `${description}${choices}${preset}`));
  }
}

/**
 * The values of a schema's flags, with its defaults for those that were not given.
 * @throws AppError INVALID_OPTION that names the flag, its value and what it allows.
 */
export function parseSchemaFlags<Schema extends z.ZodObject>(
  schema: Schema,
  given: Record<string, unknown>,
): z.infer<Schema> {
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    const value = given[key];
    if (value === undefined) continue;
    const { inner } = unwrap(field as z.ZodType);
    values[key] = inner instanceof z.ZodNumber ? parseNumber(key, value) : value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0] ?? "");
  throw new AppError(
    "INVALID_OPTION",
    `--${kebab(key)} ${JSON.stringify(given[key])}: ${lowerFirst(issue?.message ?? "not allowed")}`,
  );
}

function unwrap(field: z.ZodType): { description: string; inner: z.ZodType; fallback: unknown } {
  let inner = field;
  let fallback: unknown;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) {
    if (inner instanceof z.ZodDefault) fallback = inner.def.defaultValue;
    inner = inner.unwrap() as z.ZodType; // the wrapped type
  }
  return { description: field.description ?? "", inner, fallback };
}

function parseNumber(key: string, value: unknown): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new AppError("INVALID_OPTION", `--${kebab(key)} ${JSON.stringify(value)} is not a number`);
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
