import { z } from "zod";
import type { Voice } from "../../ports/speech-model.ts";
import type { ProviderClient } from "../../remote/provider-client.ts";
import { jsonOf } from "../../remote/provider-message.ts";

/** platform.openai.com/docs/guides/text-to-speech (as of 2026); each speaks every language. */
const PUBLISHED =
  "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split(" ");
/** Of a server that has no list. */
const NO_LIST = [404, 405, 501];

const entry = z.union([
  z.string().transform((id) => ({ id, name: id })),
  z.object({ id: z.string(), name: z.string().optional() }),
  z
    .object({ voice_id: z.string(), name: z.string().optional() })
    .transform(({ voice_id, name }) => ({
      id: voice_id,
      name,
    })),
  z.object({ name: z.string() }).transform(({ name }) => ({ id: name, name })),
]);
const list = z.array(entry).min(1);
const lists = z.union([
  z.object({ voices: list }).transform(({ voices }) => voices),
  z.object({ data: list }).transform(({ data }) => data),
  list,
]);

/**
 * The voices of `GET /audio/voices`, as Kokoro-FastAPI and others have it; OpenAI's published ones
 * where a server has no such list.
 */
export async function openAiVoices(
  client: ProviderClient,
  options: { signal: AbortSignal },
): Promise<Voice[]> {
  const call = { method: "GET", path: "/audio/voices", answers: NO_LIST } as const;
  const { body } = await client.send(call, options);
  const listed = lists.safeParse(jsonOf(new TextDecoder().decode(body))).data;
  const voices = listed ?? PUBLISHED.map((id) => ({ id, name: id }));
  return voices.map(({ id, name }) => ({ id, name: name ?? id, languages: [] }));
}
