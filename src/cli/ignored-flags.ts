import { type Command, Option } from "commander";

/**
 * Flags of the original command line that change nothing in what is built: they are accepted, so that
 * existing scripts go on working, and said to have no effect.
 */
const PHONE = "phone numbers are not needed, and not put into the outputs";
const MARKERS = "markers are found by what the base says, not by its pauses";
const CONVERSION = "a MOV is read as it is";

const IGNORED: { flag: string; reason: string }[] = [
  { flag: "--phone-col <text>", reason: PHONE },
  { flag: "--platinum-mode [text]", reason: MARKERS },
  { flag: "--platinum-min-silence-dur <number>", reason: MARKERS },
  { flag: "--platinum-max-placeholder-seconds <number>", reason: MARKERS },
  { flag: "--convert-mov", reason: CONVERSION },
  { flag: "--no-convert-mov", reason: CONVERSION },
];

export function addIgnoredFlags(command: Command): void {
  for (const { flag } of IGNORED) command.addOption(new Option(flag).hideHelp());
}

/** One warning per ignored flag that was given a value that asks for something. */
export function ignoredFlagWarnings(given: Record<string, unknown>): string[] {
  return IGNORED.flatMap(({ flag, reason }) => {
    const name = new Option(flag);
    const value = given[name.attributeName()];
    const asked = value !== undefined && value !== "" && value !== "none" && value !== name.negate;
    if (!asked || (name.negate && value !== false)) return [];
    return [`${name.long} has no effect: ${reason}`];
  });
}
