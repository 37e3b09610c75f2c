import { z } from "zod";
import { jsonOf } from "../../remote/provider-message.ts";

/**
 * The remote procedure behind the loudspeaker button of translate.google.com. It is not documented:
 * the format is as gTTS (github.com/pndurette/gTTS, gtts/tts.py) uses it.
 */
const PROCEDURE = "jQ1olc";

export const PATH = "/_/TranslateWebserverUi/data/batchexecute";

/** A call of the procedure, as a form. */
export function speakForm(call: { text: string; language: string; slow: boolean }): string {
  const parameters = JSON.stringify([call.text, call.language, call.slow || null, "null"]);
  const calls = [[[PROCEDURE, parameters, null, "generic"]]];
  return new URLSearchParams({ "f.req": JSON.stringify(calls) }).toString();
}

const answers = z.array(z.array(z.unknown()));
const payload = z.tuple([z.base64().min(1)], z.unknown());

/** The MP3 in an answer; `none` where the procedure gave no sound, null where it gave no answer. */
export function soundIn(answer: string): Uint8Array | "none" | null {
  // Lines of JSON between a guard against scripts and the lengths of the lines.
  const calls = answer.split("\n").flatMap((line) => answers.safeParse(jsonOf(line)).data ?? []);
  const own = calls.find(([kind, procedure]) => kind === "wrb.fr" && procedure === PROCEDURE);
  if (!own) return null;
  const sound = payload.safeParse(jsonOf(String(own[2]))).data;
  return sound ? Buffer.from(sound[0], "base64") : "none";
}
