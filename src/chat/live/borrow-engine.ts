import type { LanguageModel } from "../../ports/language-model.ts";
import type { LiveFaces } from "../../ports/live-face.ts";
import type { SharedEngine } from "../shared-engine.ts";

/** An engine that stays loaded until it is given back. */
type Borrowed<Engine> = { engine: Engine; giveBack: () => void };

function borrow<Engine>(shared: SharedEngine<Engine>): Promise<Borrowed<Engine>> {
  return new Promise((resolve, reject) => {
    const work = (engine: Engine) =>
      new Promise<void>((giveBack) => {
        resolve({ engine, giveBack });
      });
    shared.use(work).catch(reject);
  });
}

/** A shared language model as one; each answer keeps it loaded until its text is over. */
export function sharedLanguage(
  shared: SharedEngine<LanguageModel>,
  provider: string,
): LanguageModel {
  return {
    provider,
    answer(request, options) {
      const end = Promise.withResolvers<Awaited<ReturnType<LanguageModel["answer"]>["end"]>>();
      end.promise.catch(() => {});
      async function* text(): AsyncGenerator<string> {
        try {
          const { engine, giveBack } = await borrow(shared);
          try {
            const answer = engine.answer(request, options);
            answer.end.then(end.resolve, end.reject);
            yield* answer.text;
          } finally {
            giveBack();
          }
        } catch (thrown) {
          end.reject(thrown);
          throw thrown;
        }
      }
      return { text: text(), end: end.promise };
    },
    // It is the sharer's to end.
    close: async () => {},
  };
}

/**
 * Shared live faces as one. Once a portrait was opened they stay loaded until `close`: conversations keep
 * their portraits. Their processes end by themselves when nobody talks.
 */
export function sharedFaces(shared: SharedEngine<LiveFaces>): LiveFaces {
  let borrowed: Promise<Borrowed<LiveFaces>> | null = null;
  let memory = () => 0;
  return {
    async open(request, options) {
      const begun = borrowed ?? borrow(shared);
      borrowed = begun;
      try {
        const { engine } = await begun;
        memory = () => engine.memory();
        return await engine.open(request, options);
      } catch (thrown) {
        // What could not be loaded is tried anew next time.
        begun.catch(() => {
          if (borrowed === begun) borrowed = null;
        });
        throw thrown;
      }
    },
    memory: () => memory(),
    async close() {
      await borrowed?.then(
        ({ giveBack }) => giveBack(),
        () => {},
      );
      borrowed = null;
    },
  };
}
