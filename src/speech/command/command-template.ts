import { createCommandTemplate } from "../../programs/command-template.ts";

export type CommandValues = { text: string; out: string; voice: string; lang: string };

/**
 * The operator's command line for speech as a function to its arguments.
 * @throws AppError INVALID_OPTION for a command line that cannot be split, lacks `{out}` or `{text}`,
 * or would have a text run as a program.
 */
export function parseCommandTemplate(command: string): (values: CommandValues) => string[] {
  return createCommandTemplate({
    command,
    what: "the speech command",
    placeholders: ["text", "out", "voice", "lang"],
    required: [
      ["out", "the path of the WAV file to write"],
      ["text", "what to speak"],
    ],
    apart: ["text", "voice", "lang"],
    advice: {
      example: "say {text} {out}",
      value: "the text",
      passed: "sh -c 'say \"$1\"' sh {text}",
    },
  });
}
