import { AppError } from "./app-error.ts";
import { createOutputNames } from "./output-name.ts";
import { annotate, phoneticSpelling, withoutMarks } from "./pronunciation.ts";
import { headerKey, type Sheet } from "./sheet.ts";
import { joinSlotTexts } from "./slot-texts.ts";
import { parseTextTemplate } from "./text-template.ts";

/** One row of the sheet as work to do, or the reason why there is none. */
export type Recipient = {
  /** As a spreadsheet program shows it; the header is row 1. */
  row: number;
  name: string;
} & (
  | {
      kind: "output";
      file: string;
      /** The texts of all slots (see slot-texts.ts). */
      spokenText: string;
    }
  | { kind: "skipped"; reason: string }
);

export type RecipientOptions = {
  nameColumn: string;
  /** Column with the name as it is to be spoken, where that differs: respelt, or in IPA between slashes. */
  pronunciationColumn: string;
  /** One for each slot of the base, with `{column}` placeholders. */
  texts: readonly string[];
  /** Such as `.mp4`. */
  extension: string;
  /** Replaces words of the finished text by their spoken form. */
  respell: (text: string) => string;
};

/**
 * Every row of a sheet as a recipient, in order; none is lost.
 * @throws AppError COLUMN_MISSING, INVALID_OPTION.
 */
export function recipientsOf(sheet: Sheet, options: RecipientOptions): Recipient[] {
  const columnOf = new Map(sheet.columns.map((column, i) => [headerKey(column), i]));
  const nameIndex = columnOf.get(headerKey(options.nameColumn));
  if (nameIndex === undefined) {
    const present = sheet.columns.filter((column) => column !== "").join(", ");
    throw new AppError(
      "COLUMN_MISSING",
      `the sheet has no column "${options.nameColumn}"; its columns are: ${present}. Rename one or use --name-col`,
    );
  }
  const templates = options.texts.map((text) => parseTextTemplate(text, sheet.columns));
  const pronunciation = columnOf.get(headerKey(options.pronunciationColumn));
  const nextName = createOutputNames();
  return sheet.rows.map(({ row, cells }) => {
    const name = cells[nameIndex] ?? "";
    if (name.trim() === "") return { row, name, kind: "skipped", reason: "the name is empty" };
    const spoken = pronunciation === undefined ? "" : (cells[pronunciation] ?? "");
    const texts = templates.map((template) =>
      options.respell(
        template.fill((column) => {
          const index = columnOf.get(headerKey(column));
          const value = index === undefined ? "" : (cells[index] ?? "");
          return index === nameIndex && spoken !== ""
            ? pronounced(value, spoken)
            : withoutMarks(value);
        }),
      ),
    );
    const empty = texts.findIndex((text) => text.trim() === "");
    if (empty >= 0) {
      const which = texts.length === 1 ? "the text to speak" : `the text of place ${empty + 1}`;
      return { row, name, kind: "skipped", reason: `${which} is empty` };
    }
    const file = nextName(name) + options.extension;
    return { row, name, kind: "output", file, spokenText: joinSlotTexts(texts) };
  });
}

function pronounced(name: string, spelling: string): string {
  const ipa = phoneticSpelling(spelling);
  return ipa === null ? withoutMarks(spelling) : annotate(name, ipa);
}
