import { AppError } from "../domain/app-error.ts";
import { splitCommand } from "./split-command.ts";

const SHELL = /(^|[\\/])(sh|bash|dash|zsh|ksh|fish|cmd|powershell|pwsh)(\.exe)?$/i;
const CODE_FLAG = /^(-[a-z]*c|\/c|-command)$/i;

export type CommandTemplate<Name extends string> = {
  /** The operator's command line. */
  command: string;
  /** What it is, for messages, such as `the speech command`. */
  what: string;
  /** All that may stand in braces. */
  placeholders: readonly Name[];
  /** Those it must have, with what they stand for. */
  required: readonly (readonly [Name, string])[];
  /** Those whose value must never be read as code by a shell. */
  apart: readonly Name[];
  /** For messages: an example, what is meant by a value that must stay apart, and how it does. */
  advice: { example: string; value: string; passed: string };
};

/**
 * A command line with placeholders as a function to its arguments. A value stays inside the one
 * argument its placeholder stands in, whatever characters it has; a value that looks like a
 * placeholder is not replaced again.
 * @throws AppError INVALID_OPTION for a command line that cannot be split, lacks a placeholder, or
 * would have a value run as a program.
 */
export function createCommandTemplate<Name extends string>({
  command,
  what,
  placeholders,
  required,
  apart,
  advice,
}: CommandTemplate<Name>): (values: Record<Name, string>) => string[] {
  const invalid = (problem: string) => new AppError("INVALID_OPTION", `${what} ${problem}`);
  const words = splitCommand(command, what);
  for (const [name, meaning] of required) {
    if (words.some((word) => word.includes(`{${name}}`))) continue;
    throw invalid(`lacks {${name}}, ${meaning}: add it, as in \`${advice.example}\``);
  }
  const pattern = patternOf(placeholders);
  if (words[0]?.search(pattern) !== -1) {
    throw invalid("has a placeholder in the program's name: name the program itself");
  }
  const shell = words.findIndex((word) => SHELL.test(word));
  const code = shell < 0 ? -1 : words.findIndex((word, i) => i > shell && CODE_FLAG.test(word));
  if (code > 0 && words[code + 1]?.match(patternOf(apart))) {
    throw invalid(`would run ${advice.value} as shell code: pass it apart, as in ${advice.passed}`);
  }
  return (values) =>
    words.map((word) =>
      // The pattern allows no other name.
      word.replace(pattern, (_, name: string) => values[name as Name]),
    );
}

function patternOf(names: readonly string[]): RegExp {
  return new RegExp(`\\{(${names.join("|")})\\}`, "g");
}
