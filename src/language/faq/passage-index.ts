import MiniSearch from "minisearch";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Passage } from "./parse-document.ts";
import { type QuestionTerms, stemsOf } from "./question-terms.ts";
import { relatedStems } from "./thesaurus.ts";

/** A passage that answers. */
export type Found = {
  passage: Passage;
  /** How sure it is, for comparing answers. */
  score: number;
  /** How much each stem of the question, or one that stands for it, weighs. */
  weights: ReadonlyMap<string, number>;
};

export type PassageIndex = {
  readonly passages: readonly Passage[];
  /**
   * The passage that answers best, or null where none has enough of what is asked for.
   * @param context What was asked before, where the question goes on from it: it helps to choose.
   */
  find(question: QuestionTerms, context: QuestionTerms | null): Found | null;
};

/** Share of the question's weight that a passage must have. */
const SURE_ENOUGH = 0.54;
/** How much more a word weighs that no document has. */
const UNKNOWN_WEIGHT = 1.25;
/** How much a match counts: of the word itself, of one that was probably meant, of a related one. */
const QUALITY = { exact: 1, misspelt: 0.9, related: 0.85 };
const HEADING_BONUS = 0.25;
/** How much a title counts above a passage with a heading of its own. */
const TITLE_SHARE = 0.8;
const CONTEXT_BONUS = 0.4;
const HINT_BONUS = 0.15;
const TEXT_BONUS = 0.1;
const FLATNESS = 0.4;
/** A name tells whom a question is about, not what it asks; but what is told about another is no answer. */
const NAME_WEIGHT = { found: 0.7, missing: 1.5 };
/** Letters from which one may be wrong, and from which two. */
const FUZZY_FROM = { one: 5, two: 8 };
/** So long other work waits while an index is made. */
const TURN_MS = 15;

const FIELDS = ["heading", "text"];
type Entry = { id: number; heading: string; text: string };
/** What may stand for a term of the question, with the quality of each. */
type Ways = {
  weight: number;
  /** The weight where a passage has none of them. */
  missing: number;
  stems: ReadonlyMap<string, number>;
};

/** Makes an index of passages in one language, without holding up other work. */
export async function indexPassages(
  passages: readonly Passage[],
  { signal }: { signal: AbortSignal },
): Promise<PassageIndex> {
  const search = new MiniSearch<Entry>({
    fields: FIELDS,
    tokenize: (text) => text.split(" "),
    processTerm: (term) => term || null,
  });
  /** In how many passages a stem is. */
  const frequency = new Map<string, number>();
  let turnEnds = performance.now() + TURN_MS;
  for (const [id, { title, section, keywords, text }] of passages.entries()) {
    const [heading, body] = [stemsOf(`${title} ${section} ${keywords}`), stemsOf(text)];
    search.add({ id, heading: heading.join(" "), text: body.join(" ") });
    for (const one of new Set([...heading, ...body])) {
      frequency.set(one, (frequency.get(one) ?? 0) + 1);
    }
    if (performance.now() < turnEnds) continue;
    await new Promise((resolve) => setImmediate(resolve));
    checkSignal(signal);
    turnEnds = performance.now() + TURN_MS;
  }

  /** As BM25 weighs, but flatter: the words of a question matter more alike than those of a text. */
  const rarity = (count: number) =>
    Math.log(1 + (passages.length - count + 0.5) / (count + 0.5)) ** FLATNESS;

  /** Words of the documents that a misspelt one may have meant. */
  function corrections(term: string): string[] {
    const length = [...term].length;
    if (length < FUZZY_FROM.one || /\d/u.test(term)) return [];
    const fuzzy = length < FUZZY_FROM.two ? 1 : 2;
    const near = search.search(term, { fuzzy, fields: FIELDS }).flatMap(({ terms }) => terms);
    return [...new Set(near)].filter((one) => one[0] === term[0]);
  }

  function waysOf(term: string): Ways {
    const stems = new Map<string, number>();
    for (const one of relatedStems(term)) if (frequency.has(one)) stems.set(one, QUALITY.related);
    if (frequency.has(term)) stems.set(term, QUALITY.exact);
    if (stems.size === 0) {
      for (const one of corrections(term)) stems.set(one, QUALITY.misspelt);
    }
    const counts = [...stems.keys()].map((one) => frequency.get(one) ?? 0);
    const weight = rarity(frequency.get(term) ?? Math.max(0, ...counts));
    return { weight, missing: stems.size === 0 ? UNKNOWN_WEIGHT * weight : weight, stems };
  }

  /** Names of several words and the like: what the documents only have together counts once. */
  function alwaysTogether(one: string, other: string): boolean {
    const count = frequency.get(one) ?? 0;
    if (count === 0 || count > 3 || frequency.get(other) !== count) return false;
    return search.search({ combineWith: "AND", queries: [one, other] }).length === count;
  }

  function waysOfAll(terms: readonly string[], names: ReadonlySet<string>): Ways[] {
    return terms
      .filter((term, at) => at === 0 || !alwaysTogether(terms[at - 1] ?? "", term))
      .map((term) => {
        const ways = waysOf(term);
        if (!names.has(term)) return ways;
        const { found, missing } = NAME_WEIGHT;
        return { ...ways, weight: found * ways.weight, missing: missing * ways.missing };
      });
  }

  return {
    passages,
    find({ terms, names, hints }, context) {
      // Where nothing is named, what was spoken of before is meant, or else the kind of answer.
      const named = terms.length > 0 ? terms : (context?.terms ?? []);
      const asked = waysOfAll(named.length > 0 ? named : hints, names);
      const before = (context?.terms ?? []).filter((term) => !terms.includes(term)).map(waysOf);
      const wanted = (hints.length > 0 ? hints : (context?.hints ?? [])).map(waysOf);
      const all = [...asked, ...before, ...wanted];
      const query = [...new Set(all.flatMap(({ stems }) => [...stems.keys()]))];
      if (query.length === 0) return null;
      const results = search.search({ combineWith: "OR", queries: query });
      const best = results[0]?.score ?? 1;
      let found: Found | null = null;
      for (const { id, match, score: textScore } of results) {
        const passage = passages[id as number]; // ids are the passages' own numbers
        const share = coverage(asked, (one) => one in match);
        if (!passage || share < SURE_ENOUGH) continue;
        const score =
          share +
          HEADING_BONUS * headingFit(passage, asked) +
          CONTEXT_BONUS * coverage(before, (one) => one in match) +
          HINT_BONUS *
            (wanted.some(({ stems }) => [...stems.keys()].some((one) => one in match)) ? 1 : 0) +
          (TEXT_BONUS * textScore) / best;
        if (!found || score > found.score) found = { passage, score, weights: weightsOf(all) };
      }
      return found;
    },
  };
}

/** How well the heading, or less so the title, fits the question, 0..1: neither has what the other has not. */
function headingFit({ title, section, keywords }: Passage, asked: readonly Ways[]): number {
  const fitOf = (heading: string) => {
    const stems = stemsOf(heading);
    if (stems.length === 0) return 0;
    const isAsked = (one: string) => asked.some((ways) => ways.stems.has(one));
    const precision = stems.filter(isAsked).length / stems.length;
    const recall = coverage(asked, (one) => stems.includes(one));
    return precision === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  };
  const ofDocument = Math.max(...[title, ...keywords.split(",")].map(fitOf));
  return section === "" ? ofDocument : Math.max(fitOf(section), TITLE_SHARE * ofDocument);
}

/** The share of the weight of `ways` that is matched, 0..1. */
function coverage(ways: readonly Ways[], isMatched: (stem: string) => boolean): number {
  let [matched, whole] = [0, 0];
  for (const { weight, missing, stems } of ways) {
    const qualities = [...stems].map(([one, quality]) => (isMatched(one) ? quality : 0));
    const quality = Math.max(0, ...qualities);
    matched += weight * quality;
    whole += quality > 0 ? weight : missing;
  }
  return whole === 0 ? 0 : matched / whole;
}

function weightsOf(ways: readonly Ways[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { weight, stems } of ways) {
    for (const [one, quality] of stems) {
      weights.set(one, Math.max(weights.get(one) ?? 0, weight * quality));
    }
  }
  return weights;
}
