import { CsvError, parse } from "csv-parse/sync";

/** In order of preference when the text speaks for several equally. */
const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE_BYTES = 64 * 1024;
const SAMPLE_RECORDS = 50;

/** How quotes and line ends are understood, here and when the whole file is read. */
export const CSV_DIALECT = {
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_quotes: true,
  relax_column_count: true,
  // Lets `a, "b, c"` be two cells; only a quotation mark at a cell's very start would open it otherwise.
  ltrim: true,
};

/**
 * The delimiter with which the first records of `utf8` agree best with their header; a comma when no
 * delimiter divides the header. Delimiters inside quotes do not count.
 */
export function sniffDelimiter(utf8: Buffer): string {
  let best = { delimiter: ",", agreement: Number.NEGATIVE_INFINITY, columns: 1 };
  for (const delimiter of DELIMITERS) {
    const [columns = 0, ...counts] = cellCounts(utf8, delimiter);
    if (columns < 2) continue;
    const alike = counts.filter((cells) => cells === columns).length;
    const agreement = alike / Math.max(1, counts.length);
    if (agreement > best.agreement || (agreement === best.agreement && columns > best.columns))
      best = { delimiter, agreement, columns };
  }
  return best.delimiter;
}

/** Cells of each of the first records that are not blank. */
function cellCounts(utf8: Buffer, delimiter: string): number[] {
  const counts: number[] = [];
  try {
    parse(utf8.subarray(0, SAMPLE_BYTES), {
      ...CSV_DIALECT,
      delimiter,
      to: SAMPLE_RECORDS,
      on_record: (cells: string[]) => {
        if (cells.some((cell) => cell.trim() !== "")) counts.push(cells.length);
        return null;
      },
    });
    if (utf8.length > SAMPLE_BYTES && counts.length > 1 && counts.length < SAMPLE_RECORDS)
      counts.pop();
  } catch (error) {
    // The sample's end may fall into a quoted cell; the records before it tell enough.
    if (!(error instanceof CsvError)) throw error;
  }
  return counts;
}
