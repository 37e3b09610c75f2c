import { AppError } from "../../domain/app-error.ts";
import { splitCommand } from "./split-command.ts";

export type CommandValues = { text: string; out: string; voice: string; lang: string };

const PLACEHOLDER = /\{(text|out|voice|lang)\}/g;
const SHELL = /(^|[\\/])(sh|bash|dash|zsh|ksh|fish|cmd|powershell|pwsh)(\.exe)?$/i;
const CODE_FLAG = /^(-[a-z]*c|\/c|-command)$/i;

/**
 * A command line with placeholders as a function to its arguments. A value stays inside the one
 * argument its placeholder stands in, whatever characters it has; a value that looks like a
 * placeholder is not replaced again.
 * @throws AppError INVALID_OPTION for a command line that cannot be split, lacks `{out}` or `{text}`,
 * or would have a text run as a program.
 */
export function parseCommandTemplate(command: string): (values: CommandValues) => string[] {
  const words = splitCommand(command);
  for (const name of ["{out}", "{text}"]) {
    if (words.some((word) => word.includes(name))) continue;
    const meaning = name === "{out}" ? "the path of the WAV file to write" : "what to speak";
    throw invalid(`lacks ${name}, ${meaning}: add it, as in \`say {text} {out}\``);
  }
  if (words[0]?.search(PLACEHOLDER) !== -1) {
    throw invalid("has a placeholder in the program's name: name the program itself");
  }
  const shell = words.findIndex((word) => SHELL.test(word));
  const code = shell < 0 ? -1 : words.findIndex((word, i) => i > shell && CODE_FLAG.test(word));
  if (code > 0 && words[code + 1]?.match(/\{(text|voice|lang)\}/)) {
    throw invalid(
      "would run the text as shell code: pass it apart, as in sh -c 'say \"$1\"' sh {text}",
    );
  }
  return (values) =>
    words.map((word) =>
      // The pattern allows no other name.
      word.replace(PLACEHOLDER, (_, name: string) => values[name as keyof CommandValues]),
    );
}

function invalid(problem: string): AppError {
  return new AppError("INVALID_OPTION", `the speech command ${problem}`);
}
