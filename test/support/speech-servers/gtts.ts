import { toneMp3 } from "./spoken-tone.ts";
import { type Received, type Reply, type StandIn, startStandIn } from "./stand-in.ts";

const LANGUAGES = /^(en|hi|ru|ar|ta|zh-CN|zh-TW|pt|pt-PT|iw|ja|ko)$/u;
const LONGEST = 100;

/** What a call asks for; `slow` is what stands at its place, normally true or null. */
export type GoogleCall = { text: string; language: string; slow: unknown };

/** Stands in for translate.google.com, as gTTS knows it. */
export function startGoogle(): Promise<StandIn> {
  return startStandIn((request) => {
    if (request.method !== "POST" || !request.path.endsWith("/data/batchexecute")) {
      return page(404, "Error 404 (Not Found)!!1");
    }
    const call = googleCall(request);
    if (!call) return page(400, "Error 400 (Bad Request)!!1");
    const { text, language } = call;
    const speaks = LANGUAGES.test(language) && text.length <= LONGEST && /[\p{L}\p{N}]/u.test(text);
    return batchAnswer(
      speaks ? [toneMp3(text, { speed: call.slow ? 0.6 : 1 }).toString("base64")] : null,
    );
  });
}

/** The call in a request; null when it is none. */
export function googleCall({ headers, body }: Received): GoogleCall | null {
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return null;
  try {
    const form = new URLSearchParams(body.toString());
    const [[[procedure, parameters, nothing, kind]]] = JSON.parse(form.get("f.req") ?? "");
    if (procedure !== "jQ1olc" || nothing !== null || kind !== "generic") return null;
    const [text, language, slow, last] = JSON.parse(parameters);
    return last === "null" ? { text, language, slow } : null;
  } catch {
    return null;
  }
}

/** The answer's frame, in which Google sends what the procedure gave. */
export function batchAnswer(result: unknown): Reply {
  const given = result === null ? null : JSON.stringify(result);
  const lines = [
    [["wrb.fr", "jQ1olc", given, null, null, given === null ? [13] : null, "generic"]],
    [
      ["di", 112],
      ["af.httprm", 112, "-6181024", 41],
    ],
    [["e", 4, null, null, 9001]],
  ].map((line) => `${JSON.stringify(line)}\n`);
  return {
    headers: { "content-type": "application/json; charset=utf-8" },
    body: `)]}'\n\n${lines.map((line) => `${line.length}\n${line}`).join("")}`,
    chunkBytes: 16_384,
  };
}

function page(status: number, title: string): Reply {
  const body = `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>${title}</title><p>…`;
  return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body };
}
