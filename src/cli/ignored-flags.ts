import { type Command, Option } from "commander";

/**
 * Flags of the original command line that change nothing in what is built: they are accepted, so that
 * existing scripts go on working, and said to have no effect.
 */
const LIP_SYNC = "lip-sync does not apply to silver and gold";
const PHONE = "phone numbers are not needed, and not put into the outputs";
const DIAMOND = "it is for the diamond tier";
const PLATINUM = "it is for the platinum tier";
const CONVERSION = "a MOV is read as it is";

const IGNORED: { flag: string; reason: string }[] = [
  { flag: "--phone-col <text>", reason: PHONE },
  { flag: "--lip-sync-provider <text>", reason: LIP_SYNC },
  { flag: "--wav2lip-repo <text>", reason: LIP_SYNC },
  { flag: "--wav2lip-checkpoint <text>", reason: LIP_SYNC },
  { flag: "--wav2lip-python <text>", reason: LIP_SYNC },
  { flag: "--wav2lip-pads <text>", reason: LIP_SYNC },
  { flag: "--diamond-natural-name", reason: DIAMOND },
  { flag: "--no-diamond-natural-name", reason: DIAMOND },
  { flag: "--diamond-gap-seconds <number>", reason: DIAMOND },
  { flag: "--platinum-mode [text]", reason: PLATINUM },
  { flag: "--platinum-placeholders <text>", reason: PLATINUM },
  { flag: "--platinum-min-silence-dur <number>", reason: PLATINUM },
  { flag: "--platinum-max-placeholder-seconds <number>", reason: PLATINUM },
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
