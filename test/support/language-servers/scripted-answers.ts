/** What a stand-in for a language model says. */
export type Said = {
  pieces: string[];
  /** Cut at the tokens that were allowed. */
  cut?: boolean;
};

const ANSWERS: [RegExp, string][] = [
  [/sunday/iu, "On Sunday we are closed."],
  [/open/iu, "We are open from 9 to 5."],
  [/खुल/u, "हम 9 से 5 बजे तक खुले हैं 🙂।"],
  [/story/iu, "word ".repeat(60).trim()],
];

/** Answers the last of several texts, a word at a time, or says what it was asked. */
export function scriptedAnswer(texts: readonly string[], maxTokens: number): Said {
  const question = texts.at(-1) ?? "";
  const answer = ANSWERS.find(([sign]) => sign.test(question))?.[1] ?? "I do not know.";
  const words = answer.match(/\S+\s*/gu) ?? [];
  return { pieces: words.slice(0, maxTokens), cut: words.length > maxTokens };
}

/** What the scripted answers can be asked. */
export const SCRIPTED = {
  questions: [
    { text: "When are you open?", answer: /^We are open from 9 to 5\.$/u },
    { text: "आप कब खुले हैं?", answer: /^हम 9 से 5 बजे तक खुले हैं 🙂।$/u },
  ],
  followUp: { text: "And on Sunday?", answer: /closed/u },
  long: { text: "Tell me a story", maxTokens: 20 },
};
