import { fileURLToPath } from "node:url";
import { AppError } from "../../domain/app-error.ts";
import type { Source } from "../../domain/conversation.ts";
import type { LanguageModel, LanguageRequest } from "../../ports/language-model.ts";
import type { Logger } from "../../ports/logger.ts";
import { waitFor } from "../../remote/pace.ts";
import { countWords, wordsOfRequest } from "../count-words.ts";
import { type AnswerPieces, createAnswer } from "../create-answer.ts";
import { chooseSentences } from "./choose-sentences.ts";
import { createLibrary, type LibraryOptions, type Shelves } from "./library.ts";
import type { Found } from "./passage-index.ts";
import { goesOn, questionTerms } from "./question-terms.ts";
import { fixedText, smallTalkIn } from "./small-talk.ts";
import { type FaqLanguage, languageOf } from "./words.ts";

export type FaqOptions = {
  /** Holds documents, `.md` and `.txt`; it may change at any time. */
  folder: string;
  /** All documents together; 33,554,432 when left out. */
  maxBytes?: number;
  /** Told which documents cannot be read. */
  logger?: Pick<Logger, "warn">;
  /** Waits; rejects when the signal aborts. */
  wait?: LibraryOptions["wait"];
};

/** The documents that come with the product: what it is and how it is used. */
export const SHIPPED_DOCUMENTS = fileURLToPath(new URL("./documents/", import.meta.url));

const FEW_TITLES = 3;
const MAX_BYTES = 32 * 2 ** 20;

/**
 * The embedded responder: answers with sentences of the operator's documents, in English and Hindi,
 * names where they stand, and says so when it does not know. It needs no network and invents nothing.
 * `maxTokens` counts words; `temperature` and `system` change nothing, as there is nothing to choose.
 */
export function createFaq({
  folder,
  maxBytes = MAX_BYTES,
  logger,
  wait,
}: FaqOptions): LanguageModel {
  const library = createLibrary({
    folder,
    maxBytes,
    logger: logger ?? { warn: () => {} },
    wait: wait ?? waitFor,
  });
  const closing = new AbortController();

  async function* answer(request: LanguageRequest, signal: AbortSignal): AnswerPieces {
    const shelves = await library.open({ signal });
    const { text, sources } = replyTo(request, { shelves, folder });
    const words = text.match(/\S+\s*/gu) ?? [];
    const said = words.slice(0, request.maxTokens);
    yield* said;
    return {
      tokensUsed: wordsOfRequest(request) + countWords(said.join("")),
      finish: said.length < words.length ? "length" : "stop",
      sources,
    };
  }

  return {
    provider: "faq",
    answer: (request, { signal }) =>
      createAnswer((reading) => answer(request, reading), {
        signal: AbortSignal.any([signal, closing.signal]),
      }),
    async close() {
      closing.abort();
      library.close();
    },
  };
}

type Reply = { text: string; sources: Source[] };

function replyTo(
  { messages }: LanguageRequest,
  { shelves, folder }: { shelves: Shelves; folder: string },
): Reply {
  const asked = messages.filter(({ role }) => role === "user").map(({ text }) => text);
  const question = asked.at(-1) ?? "";
  const language = languageOf(question);
  const topics = topicsIn(shelves, language);
  const talk = smallTalkIn(question);
  if (talk) return { text: fixedText(talk, { language, topics }), sources: [] };
  if (shelves.size === 0) {
    const message = `there are no documents to answer from in ${folder}: put .md or .txt files there`;
    throw new AppError("LANGUAGE_FAILED", message);
  }
  const found = search(shelves, { question, before: asked.at(-2), language });
  if (!found) return { text: fixedText("unknown", { language, topics }), sources: [] };
  const { title, file, section } = found.passage;
  return { text: chooseSentences(found), sources: [{ title, file, section }] };
}

/** In the question's language first, then in any other the documents have. */
function search(
  shelves: Shelves,
  {
    question,
    before,
    language,
  }: { question: string; before: string | undefined; language: FaqLanguage },
): Found | null {
  const terms = questionTerms(question);
  const context = before !== undefined && goesOn(question, terms) ? questionTerms(before) : null;
  const own = shelves.get(language)?.find(terms, context);
  if (own) return own;
  for (const [other, index] of shelves) {
    const found = other === language ? null : index.find(terms, context);
    if (found) return found;
  }
  return null;
}

/** What the documents in one language are about, or all where it has none: their titles, or their headings where they are few. */
function topicsIn(shelves: Shelves, language: FaqLanguage): string[] {
  const own = shelves.get(language);
  const passages = own ? own.passages : [...shelves.values()].flatMap((index) => index.passages);
  const titles = new Set(passages.map(({ title }) => title));
  if (titles.size >= FEW_TITLES) return [...titles];
  const headings = passages.map(({ title, section }) => section || title);
  return [...new Set(headings)];
}
