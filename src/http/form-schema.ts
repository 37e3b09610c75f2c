import { z } from "zod";
import { parseTexts, type Texts } from "./text-fields.ts";

/** A schema of the program by the names its fields have in forms: `silenceDb` is `silence_db`. */
export function formSchemaOf(schema: z.ZodObject): z.ZodObject {
  return z.object(
    Object.fromEntries(Object.entries(schema.shape).map(([key, field]) => [fieldName(key), field])),
  );
}

/**
 * The fields of a form by a schema of the program.
 * @throws RequestInvalid with every fault, by the names of the form.
 */
export function parseForm<Schema extends z.ZodObject>(
  schema: Schema,
  fields: Texts,
): z.infer<Schema> {
  const given = parseTexts(formSchemaOf(schema), fields, "body");
  const values = Object.keys(schema.shape).map((key) => [key, given[fieldName(key)]] as const);
  return schema.parse(Object.fromEntries(values.filter(([, value]) => value !== undefined)));
}

/** `elevenlabsApiKey` as `elevenlabs_api_key` */
export function fieldName(key: string): string {
  return key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
