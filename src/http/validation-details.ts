import type { z } from "zod";
import { type Detail, missing } from "./request-invalid.ts";

/** Where a field stands in a request. */
export type Location = "body" | "query" | "path" | "header";

/**
 * What a schema found wrong, in the words of the original API (pydantic's error types, see
 * https://docs.pydantic.dev/latest/errors/validation_errors/), which clients may show or compare.
 */
export function detailsOf(issues: readonly z.core.$ZodIssue[], location: Location): Detail[] {
  return issues.map((issue) => {
    const loc = [location, ...issue.path.map((key) => (typeof key === "symbol" ? "" : key))];
    if (isMissing(issue)) return { ...missing(), loc };
    return { loc, ...faultOf(issue) };
  });
}

/** Zod reports the input with each issue: none where the field was not given at all. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value"
    ? issue.input === undefined
    : false;
}

function faultOf(issue: z.core.$ZodIssue): { type: string; msg: string } {
  switch (issue.code) {
    case "invalid_value":
      return { type: "enum", msg: `Input should be ${listed(issue.values)}` };
    case "invalid_type":
      return wrongType(issue.expected, typeof issue.input === "string");
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
    case "invalid_format":
      return issue.format === "regex"
        ? { type: "string_pattern_mismatch", msg: issue.message }
        : { type: "value_error", msg: issue.message };
    default:
      return { type: "value_error", msg: issue.message };
  }
}

/** `'silver', 'gold' or 'diamond'` */
function listed(values: readonly unknown[]): string {
  const quoted = values.map((value) => (typeof value === "string" ? `'${value}'` : String(value)));
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** `text`: whether the value came as text that should have been of another type. */
function wrongType(expected: string, text: boolean): { type: string; msg: string } {
  switch (expected) {
    case "number":
    case "nan":
      return text
        ? {
            type: "float_parsing",
            msg: "Input should be a valid number, unable to parse string as a number",
          }
        : { type: "float_type", msg: "Input should be a valid number" };
    case "int":
      return text
        ? {
            type: "int_parsing",
            msg: "Input should be a valid integer, unable to parse string as an integer",
          }
        : { type: "int_from_float", msg: "Input should be a valid integer" };
    case "boolean":
      return text
        ? {
            type: "bool_parsing",
            msg: "Input should be a valid boolean, unable to interpret input",
          }
        : { type: "bool_type", msg: "Input should be a valid boolean" };
    case "string":
      return { type: "string_type", msg: "Input should be a valid string" };
    case "array":
      return { type: "list_type", msg: "Input should be a valid list" };
    case "object":
      return { type: "model_attributes_type", msg: "Input should be a valid object" };
    default:
      return { type: "value_error", msg: `Input should be ${expected}` };
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): { type: string; msg: string } {
  const least = Number(issue.minimum);
  if (issue.origin === "string") {
    return {
      type: "string_too_short",
      msg: `String should have at least ${counted(least, "character")}`,
    };
  }
  if (issue.origin === "array") {
    return { type: "too_short", msg: `List should have at least ${counted(least, "item")}` };
  }
  return issue.inclusive === false
    ? { type: "greater_than", msg: `Input should be greater than ${least}` }
    : { type: "greater_than_equal", msg: `Input should be greater than or equal to ${least}` };
}

function tooBig(issue: z.core.$ZodIssueTooBig): { type: string; msg: string } {
  const most = Number(issue.maximum);
  if (issue.origin === "string") {
    return {
      type: "string_too_long",
      msg: `String should have at most ${counted(most, "character")}`,
    };
  }
  if (issue.origin === "array") {
    return { type: "too_long", msg: `List should have at most ${counted(most, "item")}` };
  }
  return issue.inclusive === false
    ? { type: "less_than", msg: `Input should be less than ${most}` }
    : { type: "less_than_equal", msg: `Input should be less than or equal to ${most}` };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
