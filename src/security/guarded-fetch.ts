import { lookup } from "node:dns";
import { Agent, FormData as UndiciFormData, fetch as undiciFetch } from "undici";
import { guardedConnector } from "./outgoing.ts";

const CONNECT_TIMEOUT_MS = 30_000;

/**
 * `fetch` that connects to the public internet only, wherever an answer, such as a provider's address of
 * a result, sends it.
 * @param options.allow `host:port` that may be called all the same.
 */
export function createGuardedFetch({ allow }: { allow: readonly string[] }): typeof fetch {
  const allowed = new Set(allow.map((one) => one.trim().toLowerCase()));
  const connect = guardedConnector({ allowed, timeoutMs: CONNECT_TIMEOUT_MS, lookup });
  const dispatcher = new Agent({ connect });
  // The same function as the global one, by types of its own.
  const guarded = undiciFetch as unknown as (
    input: Parameters<typeof fetch>[0],
    init: unknown,
  ) => Promise<Response>;
  return (input, init) => {
    const body = init?.body instanceof FormData ? formOf(init.body) : init?.body;
    return guarded(input, { ...init, ...(body && { body }), dispatcher });
  };
}

/** undici takes any other class's form for an object to be written as a string. */
function formOf(given: FormData): UndiciFormData {
  const form = new UndiciFormData();
  for (const [name, value] of given) form.append(name, value);
  return form;
}
