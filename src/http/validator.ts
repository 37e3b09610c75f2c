import type { FastifySchemaCompiler } from "fastify";
import { z } from "zod";
import { RequestInvalid } from "./request-invalid.ts";
import { parseTexts, type Texts } from "./text-fields.ts";
import { detailsOf, type Location } from "./validation-details.ts";

const LOCATIONS: Readonly<Record<string, Location>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "header",
};

/** Checks the parts of a request by the zod schemas of its route. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = "" }) => {
  const location = LOCATIONS[httpPart] ?? "body";
  if ((location === "query" || location === "path") && schema instanceof z.ZodObject) {
    // What the router and the query parser make of a URL is text.
    return (data: Texts) => caught(() => ({ value: parseTexts(schema, data, location) }));
  }
  return (data: unknown) => {
    const parsed = schema.safeParse(data, { reportInput: true });
    if (parsed.success) return { value: parsed.data };
    return { error: new RequestInvalid(detailsOf(parsed.error.issues, location)) };
  };
};

/** The framework wants a fault returned. */
function caught<T>(parse: () => T): T | { error: RequestInvalid } {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RequestInvalid) return { error };
    throw error;
  }
}
