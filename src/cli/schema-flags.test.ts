import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { z } from "zod";
import { campaignOptionsSchema } from "../campaign/campaign-options.ts";
import { addSchemaFlags, parseSchemaFlags } from "./schema-flags.ts";

const schema = z.object({
  recipients: z.string().describe("the sheet"),
  silenceDb: z.number().min(-90).max(0).default(-30).describe("quiet below this"),
  jobs: z.number().int().min(1).max(8).default(2).describe("at once"),
  tier: z.enum(["silver", "gold"]).default("silver").describe("what is changed"),
  matchLoudness: z.boolean().default(true).describe("match names"),
  dryRun: z.boolean().default(false).describe("make nothing"),
  voice: z.string().optional().describe("who speaks"),
  lang: z.string().min(2).max(35).default("hi").describe("language"),
  slot: z
    .string()
    .regex(/^\d+-\d+$/u, "Give START-END")
    .optional()
    .describe("what is replaced"),
});

function command(): Command {
  const made = new Command("test").exitOverride().configureOutput({ writeErr: () => {} });
  addSchemaFlags(made, schema);
  return made;
}

function parse(...args: string[]): z.infer<typeof schema> {
  const parsed = command().parse(["--recipients", "a.csv", ...args], { from: "user" });
  return parseSchemaFlags(schema, parsed.opts());
}

test("what is not given has the schema's default, or is left out", () => {
  assert.deepEqual(parse(), {
    recipients: "a.csv",
    silenceDb: -30,
    jobs: 2,
    tier: "silver",
    matchLoudness: true,
    dryRun: false,
    lang: "hi",
  });
});

test("numbers, negative ones too, choices and texts are read", () => {
  const { silenceDb, tier, voice } = parse("--silence-db", "-42.5", "--tier", "gold", "--voice=x");
  assert.deepEqual([silenceDb, tier, voice], [-42.5, "gold", "x"]);
});

test("a boolean can be turned on and off whatever its default, and the last word counts", () => {
  assert.equal(parse("--no-match-loudness").matchLoudness, false);
  assert.equal(parse("--match-loudness").matchLoudness, true);
  assert.equal(parse("--dry-run").dryRun, true);
  assert.equal(parse("--no-dry-run").dryRun, false);
  assert.equal(parse("--dry-run", "--no-dry-run").dryRun, false);
  assert.equal(parse("--no-match-loudness", "--match-loudness").matchLoudness, true);
});

test("help names every flag with its choices and its default, and a --no- only where that changes something", () => {
  const help = command().helpInformation().replaceAll(/\s+/g, " ");
  for (const line of [
    "--recipients <text> the sheet",
    "--silence-db <number> quiet below this (default -30)",
    '--tier <choice> what is changed: silver, gold (default "silver")',
    "--no-match-loudness not: match names",
    "--dry-run make nothing",
    "--voice <text> who speaks",
  ]) {
    assert.ok(help.includes(line), `${line} in ${help}`);
  }
  assert.ok(!help.includes("--no-dry-run"));
});

test("a value that is not allowed is named with its flag and what is allowed", () => {
  for (const [args, message] of [
    [["--silence-db", "loud"], '--silence-db "loud" is not allowed: give a number from -90 to 0'],
    [["--silence-db", "1"], '--silence-db "1" is not allowed: give a number from -90 to 0'],
    [["--silence-db", " "], '--silence-db " " is not allowed: give a number from -90 to 0'],
    [["--silence-db", "Infinity"], /^--silence-db "Infinity"/],
    [["--jobs", "1.5"], '--jobs "1.5" is not allowed: give a whole number from 1 to 8'],
    [["--tier", "bronze"], '--tier "bronze" is not allowed: give silver or gold'],
    [["--lang", "x"], '--lang "x" is not allowed: give 2 to 35 characters'],
    [["--slot", "soon"], '--slot "soon" is not allowed: give START-END'],
    [["--voice", ""], /^--voice is empty/],
  ] as const) {
    assert.throws(() => parse(...args), { code: "INVALID_OPTION", message });
  }
});

test("a flag that is needed and not given is missing, with what it is for", () => {
  assert.throws(() => parseSchemaFlags(schema, {}), {
    code: "INVALID_OPTION",
    message: "--recipients is missing: give the sheet",
  });
});

test("values of other flags of the command are left alone", () => {
  assert.ok(!("other" in parseSchemaFlags(schema, { recipients: "a.csv", other: "1" })));
});

test("every option of a campaign has a flag that takes its default as it is shown", () => {
  const made = new Command("campaign").exitOverride();
  addSchemaFlags(made, campaignOptionsSchema);
  const defaults = campaignOptionsSchema.parse({});
  const args = Object.entries(defaults).flatMap(([key, value]) => {
    const flag = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value === "boolean") return [value ? `--${flag}` : `--no-${flag}`];
    return [`--${flag}`, String(value)];
  });
  const parsed = made.parse(args, { from: "user" }).opts();
  assert.deepEqual(parseSchemaFlags(campaignOptionsSchema, parsed), defaults);
});
