import type { SlotTools } from "../campaign/search-slots.ts";
import type { Environment } from "../config/environment.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import { createEspeak } from "../speech/espeak/espeak.ts";
import { createRecognizer } from "./recognizers.ts";

/** What it takes to find slots alone. `close` ends the voice's child process. */
export function createSlotTools(
  environment: Environment,
  media: MediaEngine,
): SlotTools & { close(): Promise<void> } {
  const reference = createEspeak();
  const recognizer = createRecognizer(environment, media);
  return {
    media,
    reference,
    ...(recognizer && { recognizer }),
    close: async () => {
      await Promise.all([reference.close(), recognizer?.close()]);
    },
  };
}
