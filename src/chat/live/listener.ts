import { toAppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import type { SpeechRecognizer } from "../../ports/speech-recognizer.ts";
import { samplesOfPcm16 } from "./binary-frame.ts";
import type { LiveSession } from "./live-session.ts";
import { createUtterances } from "./utterance.ts";

/** Utterances that may wait to be written down; more are left out. */
const MOST_WAITING = 2;

/** Listens to a microphone: who speaks interrupts the answer, and what they said is the next question. */
export type Listener = {
  /** 16-bit little-endian PCM, mono. */
  hear(pcm: Uint8Array): void;
  stop(): void;
};

/**
 * @param options.ask Asks what was understood.
 */
export function createListener(options: {
  recognizer: SpeechRecognizer;
  sampleRate: number;
  language: string;
  session: Pick<LiveSession, "isSpeaking" | "interrupt" | "transcript" | "failed">;
  ask: (text: string) => void;
}): Listener {
  const { recognizer, sampleRate, language, session, ask } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  let waiting = 0;
  let last = Promise.resolve();

  async function understand(audio: Audio): Promise<void> {
    try {
      if (signal.aborted) return;
      const { text } = await recognizer.transcribe(audio, { language, signal });
      if (signal.aborted || text.trim() === "") return;
      session.transcript(text.trim());
      ask(text.trim());
    } catch (thrown) {
      if (signal.aborted) return;
      const { message, retryable } = toAppError(thrown);
      session.failed({ code: "RECOGNITION_FAILED", message, retryable });
    } finally {
      waiting -= 1;
    }
  }

  const utterances = createUtterances({
    sampleRate,
    onBegin() {
      if (session.isSpeaking()) session.interrupt();
    },
    onEnd(audio) {
      if (waiting >= MOST_WAITING) return;
      waiting += 1;
      last = last.then(() => understand(audio));
    },
  });
  return {
    hear: (pcm) => utterances.push(samplesOfPcm16(pcm)),
    stop: () => stopped.abort(),
  };
}
