import { toneWav } from "./spoken-tone.ts";
import { type Received, type Reply, type StandIn, startStandIn } from "./stand-in.ts";

const LANGUAGES = new Set("ar cs de en es fr hi hu it ja ko nl pl pt ru tr zh-cn".split(" "));
/** The only recording both servers have. */
export const REFERENCE = { coqui: "/srv/voices/anna.wav", "xtts-api-server": "anna" } as const;

/** What an XTTS server is asked to speak. */
export type XttsCall = { text: string; speaker: string; language: string };

/** Stands in for tts-server of coqui-tts (TTS/server/server.py) with XTTS v2 loaded. */
export function startCoqui(): Promise<StandIn> {
  return startStandIn((request) => {
    if (!request.path.startsWith("/api/tts")) return flaskPage(404, "404 Not Found");
    const { text, speaker, language } = xttsCall(request);
    if (text.trim() === "") return json(400, { error: "Text parameter is required" });
    if (!LANGUAGES.has(language)) {
      return json(500, { error: `TTS synthesis failed: Language '${language}' is not supported.` });
    }
    if (speaker !== REFERENCE.coqui) {
      const error = `TTS synthesis failed: [Errno 2] No such file or directory: '${speaker}'`;
      return json(500, { error });
    }
    return wav(text);
  });
}

/** Stands in for xtts-api-server (xtts_api_server/server.py). */
export function startXttsApiServer(): Promise<StandIn> {
  return startStandIn((request) => {
    if (request.path !== "/tts_to_audio/" || request.method !== "POST") {
      return json(404, { detail: "Not Found" });
    }
    if (!request.headers["content-type"]?.startsWith("application/json")) {
      const detail = [
        { type: "model_attributes_type", loc: ["body"], msg: "Input should be a valid dictionary" },
      ];
      return json(422, { detail });
    }
    const { text, speaker, language } = xttsCall(request);
    // Its own refusals run through a handler that makes every one of them a 500.
    if (!LANGUAGES.has(language.toLowerCase())) {
      return json(500, {
        detail: "Error: 400: Language code sent is either unsupported or misspelled.",
      });
    }
    if (speaker !== REFERENCE["xtts-api-server"]) {
      return json(500, { detail: `Error: Speaker ${speaker} not found.` });
    }
    return wav(text);
  });
}

/** The call in a request to either. */
export function xttsCall({ headers, body, path }: Received): XttsCall {
  if (headers["content-type"]?.startsWith("application/json")) {
    const { text = "", speaker_wav = "", language = "" } = JSON.parse(body.toString());
    return { text, speaker: speaker_wav, language };
  }
  const query = path.includes("?") ? path.slice(path.indexOf("?")) : "";
  const values = new URLSearchParams(body.length > 0 ? body.toString() : query);
  const value = (name: string) => headers[name.replace("_", "-")] ?? values.get(name) ?? "";
  return { text: value("text"), speaker: value("speaker_wav"), language: value("language_id") };
}

function wav(text: string): Reply {
  const body = toneWav(text);
  return { headers: { "content-type": "audio/wav", "content-length": String(body.length) }, body };
}

function json(status: number, value: unknown): Reply {
  const headers = { "content-type": "application/json" };
  return { status, headers, body: JSON.stringify(value) };
}

function flaskPage(status: number, title: string): Reply {
  const body = `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>Not Found</h1>`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
