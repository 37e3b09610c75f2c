import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";

/** One line of report.csv by the names of its columns. */
export type ReportLine = Record<string, string>;

export function readReport(outdir: string): ReportLine[] {
  return parse(readFileSync(path.join(outdir, "report.csv")), { bom: true, columns: true });
}
