import { access } from "node:fs/promises";
import type { ChatEnvironment } from "../config/chat-variables.ts";
import { AppError } from "../domain/app-error.ts";
import { createFaq, SHIPPED_DOCUMENTS } from "../language/faq/faq.ts";
import { createGemini } from "../language/gemini.ts";
import { createOpenAiChat } from "../language/openai-chat.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { Logger } from "../ports/logger.ts";

/**
 * Who answers, as the operator has set it up.
 * @throws AppError OPTION_UNAVAILABLE with what is missing.
 */
export async function loadLanguageModel(
  chat: ChatEnvironment,
  { logger, offline }: { logger: Pick<Logger, "warn">; offline: boolean },
): Promise<LanguageModel> {
  switch (chat.model) {
    case "gemini": {
      const { apiKey, model } = chat.gemini;
      if (apiKey === null) throw unavailable("gemini needs a key: set GEMINI_API_KEY");
      if (offline) throw unavailable("gemini is on the internet and VOCATIVE_OFFLINE is set");
      return createGemini({ apiKey, model });
    }
    case "openai":
      return createOpenAiChat(chat.openai);
    case "faq": {
      const folder = chat.faqDir ?? SHIPPED_DOCUMENTS;
      await access(folder).catch((cause: unknown) => {
        throw new AppError(
          "FILE_NOT_FOUND",
          `there is no folder ${folder}: check VOCATIVE_FAQ_DIR`,
          { cause },
        );
      });
      return createFaq({ folder, logger });
    }
  }
}

function unavailable(why: string): AppError {
  return new AppError("OPTION_UNAVAILABLE", `${why}, or choose another VOCATIVE_CHAT_MODEL`);
}
