/** Languages Whisper knows, by its own codes (openai/whisper, tokenizer.py). */
const CODES = new Set(
  (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg " +
    "lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so " +
    "af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
  ).split(" "),
);
/** What BCP 47 calls otherwise. */
const OTHERWISE = new Map([
  ["nb", "no"],
  ["iw", "he"],
  ["jv", "jw"],
  ["cmn", "zh"],
  ["fil", "tl"],
]);

/** Whisper's code for a language (BCP 47); undefined when it has none. */
export function whisperLanguage(language: string): string | undefined {
  const code = language
    .trim()
    .replace(/[-_].*$/, "")
    .toLowerCase();
  const known = OTHERWISE.get(code) ?? code;
  return CODES.has(known) ? known : undefined;
}
