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
      const preset = fallback === true ? " (default true)" : "";
      command.addOption(new Option(`--${flag}`, `${description}${preset}`));
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
    const { description, inner } = unwrap(field as z.ZodType); // a shape holds types
    if (value === undefined) {
      if (schema.shape[key]?.safeParse(undefined).success) continue;
      throw new AppError("INVALID_OPTION", `--${kebab(key)} is missing: give ${description}`);
    }
    // Mostly a variable of a script that is not set; taking the default then would hide it.
    if (value === "") {
      throw new AppError(
        "INVALID_OPTION",
        `--${kebab(key)} is empty: give a value, or leave the option out`,
      );
    }
    const parsed = field.safeParse(inner instanceof z.ZodNumber ? toNumber(value) : value);
    if (!parsed.success) {
      const allowed = allowedBy(inner) ?? lowerFirst(parsed.error.issues[0]?.message ?? "");
      throw new AppError(
        "INVALID_OPTION",
        `--${kebab(key)} ${JSON.stringify(value)} is not allowed: ${allowed}`,
      );
    }
    values[key] = parsed.data;
  }
  return schema.parse(values);
}

/** What a value may be, for messages; null where the schema says it in its own words. */
function allowedBy(inner: z.ZodType): string | null {
  if (inner instanceof z.ZodEnum) return `give ${inner.options.join(" or ")}`;
  if (inner instanceof z.ZodNumber) {
    const kind = inner.isInt ? "a whole number" : "a number";
    return `give ${kind} from ${inner.minValue} to ${inner.maxValue}`;
  }
  if (inner instanceof z.ZodString && inner.minLength !== null) {
    return `give ${inner.minLength} to ${inner.maxLength} characters`;
  }
  return null;
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

/** What is no number stays as it is, for the schema to refuse. */
function toNumber(value: unknown): unknown {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : value;
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
