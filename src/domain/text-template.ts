import { AppError } from "./app-error.ts";
import { headerKey } from "./sheet.ts";

/** A text with `{column}` placeholders, such as `{name} from {company}`. */
export type TextTemplate = {
  /** The columns it needs, as written. */
  columns: string[];
  /** The text for one row; `cellOf` gives a column's value. */
  fill(cellOf: (column: string) => string): string;
};

const PLACEHOLDER = /\{([^{}]*)\}/gu;

/**
 * @throws AppError INVALID_OPTION when the text is blank or a brace has no partner, COLUMN_MISSING when
 * a placeholder names no column of the sheet.
 */
export function parseTextTemplate(text: string, columns: string[]): TextTemplate {
  if (text.trim() === "") {
    throw new AppError(
      "INVALID_OPTION",
      "the text to speak is empty: give --text, such as '{name}'",
    );
  }
  if (/[{}]/u.test(text.replaceAll(PLACEHOLDER, ""))) {
    throw new AppError(
      "INVALID_OPTION",
      `the text ${JSON.stringify(text)} has a brace without its partner: write columns as {name}`,
    );
  }
  const known = new Set(columns.map(headerKey).filter((column) => column !== ""));
  const used = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
  const missing = used.find((column) => !known.has(headerKey(column)));
  if (missing !== undefined) {
    const present = columns.filter((column) => column !== "").join(", ");
    throw new AppError(
      "COLUMN_MISSING",
      `the text uses {${missing}}, but the sheet has no column "${missing}"; its columns are: ${present}`,
    );
  }
  return {
    columns: used,
    fill: (cellOf) =>
      text
        .replaceAll(PLACEHOLDER, (_, column: string) => cellOf(column))
        .replaceAll(/\s+/gu, " ")
        .trim(),
  };
}
