import { rm, writeFile } from "node:fs/promises";
import { AppError, toAppError } from "../domain/app-error.ts";
import type { Caller } from "../domain/caller.ts";
import { wavFile } from "../domain/wav-file.ts";
import type { LanguageRequest } from "../ports/language-model.ts";
import { answerTurn } from "./answer-turn.ts";
import { webVtt } from "./captions.ts";
import type {
  FullAnswer,
  FullFiles,
  FullRequest,
  StartedAnswer,
  TextRequest,
} from "./chat-service.ts";
import { type AnswerVideoRequest, makeLiveVideo, makeWholeVideo } from "./make-answer-video.ts";
import type { ChatDependencies } from "./service-dependencies.ts";
import { joinSounds } from "./spoken-sound.ts";
import type { ChosenVoice, VoiceChooser } from "./voice-chooser.ts";

type Call = { signal: AbortSignal };

/** What an answer needs, all found before it begins. */
type Prepared = {
  id: string;
  image: string | null;
  voice: ChosenVoice;
  files: FullFiles;
  /** When it was asked for, ms. */
  since: number;
};

export type FullAnswers = {
  make(caller: Caller, request: FullRequest, call: Call): Promise<FullAnswer>;
  start(caller: Caller, request: FullRequest): Promise<StartedAnswer>;
  close(): Promise<void>;
};

/** Answers from the prompt to the video: each clause is spoken and shown while later ones are written. */
export function createFullAnswers(
  dependencies: ChatDependencies &
    VoiceChooser & { askOf: (request: TextRequest) => LanguageRequest },
): FullAnswers {
  const { language, faces, animator, media, persona, outputs, settings } = dependencies;
  const { streams, clock, newId, logger, chooseVoice, speakWith, askOf } = dependencies;
  const closing = new AbortController();
  const running = new Set<Promise<void>>();

  async function prepare(caller: Caller, request: FullRequest, call: Call): Promise<Prepared> {
    const since = clock();
    const { referenceImage, referenceAudio } = request;
    const picture =
      referenceImage === null ? null : await media.find(caller, referenceImage, "Reference image");
    const spoken = { language: request.language ?? persona.language, referenceAudio };
    const voice = await chooseVoice(caller, spoken, call);
    const id = newId();
    const files = {
      audio: `audio/${id}.wav`,
      video: `video/${id}.mp4`,
      captions: `captions/${id}.vtt`,
    };
    return { id, image: picture?.path ?? persona.portrait, voice, files, since };
  }

  function videoOf(request: AnswerVideoRequest) {
    if (faces) return faces.use((live) => makeLiveVideo(live, request));
    return makeWholeVideo(animator, request);
  }

  async function answer(
    { id, image, voice, files, since }: Prepared,
    request: FullRequest,
    { signal, onBytes }: Call & Pick<AnswerVideoRequest, "onBytes">,
  ): Promise<FullAnswer> {
    const out = await outputs.place(files.video);
    const audioFile = await outputs.place(files.audio);
    const captionsFile = await outputs.place(files.captions);
    return language.use(async (model) => {
      const turn = answerTurn({
        answer: (ends) => model.answer(askOf(request), { signal: ends }),
        speak: (text, ends) => speakWith(voice, text, ends),
        maxSpoken: settings.maxTextLength,
        // Sentences sound better than parts of them; who waits for the first picture wants it soon.
        clauses: onBytes ? {} : { firstLength: Number.POSITIVE_INFINITY },
        signal,
      });
      const { fps, size } = settings;
      try {
        const { parts, duration } = await videoOf({
          ...{ image, fps, size, out, clauses: turn.clauses, signal },
          ...(onBytes && { onBytes }),
        });
        const sounds = parts.map(({ speech, start }) => ({ audio: speech.audio, start }));
        // As long as the video, in which the portrait comes to rest after its words.
        const { sampleRate } = settings;
        await writeFile(audioFile, wavFile(joinSounds(sounds, sampleRate, duration)));
        const captions = parts.map(({ text, start, end, speech: { words } }) => ({
          ...{ text, start, end, ...(words && { words }) },
        }));
        await writeFile(captionsFile, webVtt(captions));
        const { text, tokensUsed, sources, warnings } = await turn.end;
        const at = clock();
        return {
          ...{ id, text, tokensUsed, sources, at, files, duration },
          warnings: [...voice.warnings, ...warnings],
          processingTime: (at - since) / 1000,
        };
      } catch (thrown) {
        await turn.clauses.return(undefined);
        for (const file of [out, audioFile, captionsFile]) await rm(file, { force: true });
        throw thrown;
      }
    });
  }

  return {
    async make(caller, request, call) {
      return answer(await prepare(caller, request, call), request, call);
    },
    async start(caller, request) {
      if (!faces) {
        throw new AppError(
          "BAD_REQUEST",
          "stream is not possible with the face that is set up: leave it out",
        );
      }
      const prepared = await prepare(caller, request, { signal: closing.signal });
      const stream = streams.open(prepared.id);
      const signal = AbortSignal.any([stream.signal, closing.signal]);
      const work = answer(prepared, request, { signal, onBytes: stream.push })
        .then(
          () => stream.end(),
          (thrown: unknown) => {
            stream.fail(thrown);
            const { code } = toAppError(thrown);
            // Its message may quote what was said.
            if (code !== "CANCELLED") logger.error({ code, id: prepared.id }, "an answer failed");
          },
        )
        .finally(() => running.delete(work));
      running.add(work);
      return { id: prepared.id, files: prepared.files, at: clock() };
    },
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}
