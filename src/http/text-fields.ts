import { z } from "zod";
import { RequestInvalid } from "./request-invalid.ts";
import { detailsOf, type Location } from "./validation-details.ts";

/** Fields as a form, a query or a path holds them: text, several where one was repeated. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>;

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  "1": true,
  "0": false,
  yes: true,
  no: false,
  on: true,
  off: false,
};

/**
 * Fields that arrive as text, by their schema. An empty field is as good as none, the last of a
 * repeated one counts, and unknown fields are left out: clients of the original API send all three.
 * @throws RequestInvalid with every fault.
 */
export function parseTexts<Schema extends z.ZodObject>(
  schema: Schema,
  texts: Texts,
  location: Location,
): z.infer<Schema> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const text = lastOf(texts[name]);
    if (text === undefined || text === "") continue;
    values[name] = fromText(text, field as z.ZodType); // a shape holds types
  }
  const parsed = schema.safeParse(values, { reportInput: true });
  if (!parsed.success) throw new RequestInvalid(detailsOf(parsed.error.issues, location));
  return parsed.data;
}

function lastOf(given: string | readonly string[] | undefined): string | undefined {
  return typeof given === "object" ? given.at(-1) : given;
}

/** What is no number and no boolean stays text, for the schema to refuse. */
function fromText(text: string, field: z.ZodType): unknown {
  const inner = innermost(field);
  if (inner instanceof z.ZodNumber) {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    return Number.isFinite(number) ? number : text;
  }
  if (inner instanceof z.ZodBoolean) return BOOLEANS[text.trim().toLowerCase()] ?? text;
  return text;
}

/** The type without its default and without being optional. */
function innermost(field: z.ZodType): z.ZodType {
  let inner = field;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) {
    inner = inner.unwrap() as z.ZodType; // the wrapped type
  }
  return inner;
}
