import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { z } from "zod";
import { errorResponses } from "./error-body.ts";
import { fileSchema } from "./field-schemas.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The fields of the multipart form that a route takes; it reads them itself. */
    form?: z.ZodObject;
    /** Media types of the files that a route answers with, by status. */
    answers?: Readonly<Record<number, readonly string[]>>;
  }
}

const FILE_ANSWERS: Readonly<Record<string, string>> = {
  200: "The file",
  206: "The range of the file that was asked for",
};

/** Describes the routes that are added from now on: `app.swagger()` is the document. */
export function describeRoutes(app: FastifyInstance, { version }: { version: string }): void {
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Vocative",
        description:
          "Makes a person on video speak: to each recipient by name, and to each visitor in a conversation.",
        version,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          key: { type: "apiKey", in: "header", name: "X-API-Key" },
        },
      },
      security: [{ bearer: [] }, { key: [] }],
    },
    transform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

/** Adds what holds for every route, and forms and files, which routes handle themselves. */
const transform: NonNullable<FastifyDynamicSwaggerOptions["transform"]> = (document) => {
  const { form, answers, scope } = document.route.config ?? {};
  const files = Object.entries(answers ?? {}).map(([status, types]) => [
    status,
    {
      description: FILE_ANSWERS[status] ?? "The file",
      content: Object.fromEntries(types.map((type) => [type, { schema: fileSchema }])),
    },
  ]);
  const { response } = document.schema ?? {};
  return jsonSchemaTransform({
    ...document,
    schema: {
      ...document.schema,
      ...(form && { body: form, consumes: ["multipart/form-data"] }),
      ...(scope === "public" && { security: [] }),
      response: {
        ...Object.fromEntries(files),
        ...errorResponses,
        ...(response as object | undefined),
      },
    },
  } as Parameters<typeof jsonSchemaTransform>[0]) as ReturnType<typeof transform>; // each names the same document after its own fashion
};

/** Named schemas come in a form for requests and one for answers; only few are needed in both. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { components } = document as { components?: { schemas?: object } }; // as in any OpenAPI
  const schemas = new Map(Object.entries(components?.schemas ?? {}));
  for (;;) {
    const text = JSON.stringify({
      ...document,
      components: { ...components, schemas: Object.fromEntries(schemas) },
    });
    const unused = [...schemas.keys()].filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    if (unused.length === 0) return JSON.parse(text) as Document; // the same with fewer schemas
    for (const name of unused) schemas.delete(name);
  }
}
