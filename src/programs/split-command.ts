import { AppError } from "../domain/app-error.ts";

const SPACE = /\s/;

/**
 * Splits a command line into a program and its arguments, much as a shell would, but nothing is
 * expanded: no variables, globs, pipes or substitutions. Spaces separate; single quotes keep all
 * between them; in double quotes a backslash keeps a `"` or `\` after it and is itself otherwise, so
 * `"C:\voices\say.exe"` works; outside quotes it keeps any character.
 * @param what What it is, for messages, such as `the speech command`.
 * @throws AppError INVALID_OPTION for a quote that is not closed, a backslash at the end, or no program.
 */
export function splitCommand(command: string, what: string): string[] {
  const unusable = (problem: string) => {
    const shown = command.replace(/\s+/g, " ").trim().slice(0, 80);
    return new AppError("INVALID_OPTION", `${what} \`${shown}\` ${problem}`);
  };
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < command.length; index++) {
    const character = command.charAt(index);
    const next = command.charAt(index + 1);
    if (quote && character === quote) quote = null;
    else if (quote === "'") word += character;
    else if (character === "\\" && (quote === null || next === '"' || next === "\\")) {
      if (next === "") throw unusable("ends in a backslash: write \\\\ for a plain one");
      word = (word ?? "") + next;
      index++;
    } else if (quote) word += character;
    else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (!SPACE.test(character)) word = (word ?? "") + character;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (quote) throw unusable(`has a ${quote} that is not closed: add one, or write \\${quote}`);
  if (word !== null) words.push(word);
  if (!words[0]) throw unusable("names no program: begin with one");
  return words;
}
