import { z } from "zod";

const MESSAGE_LENGTH = 200;

/** The ways in which providers put a reason into a JSON body. */
const said = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ detail: z.object({ message: z.string() }) }).transform(({ detail }) => detail.message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
  z
    .object({ detail: z.array(z.object({ msg: z.string() })).min(1) })
    .transform(({ detail }) => detail.map(({ msg }) => msg).join("; ")),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);

/** The reason in a refusal's body: JSON of the usual forms, an HTML page's title, or the text itself. */
export function messageIn(body: string): string {
  const text = body.trim();
  if (text.startsWith("<")) return /<title[^>]*>([^<]*)/iu.exec(text)?.[1] ?? "";
  return said.safeParse(jsonOf(text)).data ?? text;
}

/** A body as JSON; undefined when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // the caller's schema refuses it
  }
}

/** `text` on one line of bounded length. */
export function oneLine(text: string): string {
  const line = [...text.replace(/[\s\p{Cc}]+/gu, " ").trim()];
  return line.length > MESSAGE_LENGTH
    ? `${line.slice(0, MESSAGE_LENGTH).join("")}…`
    : line.join("");
}

/** Headers whose values are no secret. */
const PUBLIC_HEADERS = new Set(["accept", "content-type", "referer", "user-agent"]);
/** Anything shorter is no key, and would be found in ordinary words. */
const SHORTEST_SECRET = 4;

/** A function that takes the values of `headers` out of a text, as some providers repeat a key. */
export function withoutSecrets(headers: Record<string, string>): (text: string) => string {
  const secrets = Object.entries(headers)
    .filter(([name]) => !PUBLIC_HEADERS.has(name.toLowerCase()))
    // The last word of "Bearer sk-…" is a secret of its own.
    .flatMap(([, value]) => [value.trim(), value.trim().split(/\s+/u).at(-1) ?? ""])
    .filter((secret) => secret.length >= SHORTEST_SECRET);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}
