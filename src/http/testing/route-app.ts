import Fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { type Caller, SCOPES } from "../../domain/caller.ts";
import { handleErrors } from "../error-handling.ts";
import { validatorCompiler } from "../validator.ts";

export const CALLER: Caller = { tenant: "acme", scopes: SCOPES, keyId: "k1" };

/** A server for single routes, as `createHttpServer` sets it up; everyone is `CALLER`. */
export function createRouteApp(): FastifyInstance {
  const app: FastifyInstance = Fastify();
  app.decorateRequest("caller", null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app);
  app.addHook("onRequest", async (request) => {
    request.caller = CALLER;
  });
  return app;
}
