const HIDDEN = "[redacted]";
const SECRET_FIELD =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie$|api[-_]?key$|secret|password|passphrase|^signature$|master[-_]?key/iu;
/** Secrets that stand in the midst of text, each with what may stay of it. */
const SECRETS_IN_TEXT: [RegExp, string][] = [
  [/\bvoc_[\w-]{16,}/gu, `voc_${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/giu, `$1 ${HIDDEN}`],
  [
    /((?:authorization|x-api-key|\w*api_?key|\w*secret|signature|password)(?:["']\s*:\s*["']|\s*[=:]\s*))[^\s&"',;}]+/giu,
    `$1${HIDDEN}`,
  ],
];
const DEEPEST = 8;

/** A copy of what is to be logged, without secrets: fields by their names, texts by their form. */
export function redactSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST) return "[too deep]";
  if (Array.isArray(value)) return value.map((each) => redactSecrets(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      redactText(name),
      SECRET_FIELD.test(name) ? HIDDEN : redactSecrets(each, depth + 1),
    ]),
  );
}

export function redactText(text: string): string {
  return SECRETS_IN_TEXT.reduce(
    (redacted, [secret, replacement]) => redacted.replaceAll(secret, replacement),
    text,
  );
}
