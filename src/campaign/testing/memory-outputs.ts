import type { Rendition } from "../../domain/rendition.ts";
import type { OutputRecord, OutputStore } from "../../ports/output-store.ts";

export type MemoryOutputs = OutputStore & {
  /** What was published, by file. */
  readonly files: Map<string, Rendition>;
  /** The last report; null before the first one. */
  report(): OutputRecord[] | null;
};

/**
 * An output store that lasts as long as the process: what it knows as finished is what was published
 * and recorded, as with any other.
 */
export function createMemoryOutputs(): MemoryOutputs {
  const files = new Map<string, Rendition>();
  const records = new Map<string, OutputRecord>();
  let report: OutputRecord[] | null = null;
  return {
    keeps: "renditions",
    files,
    report: () => report,
    async finished() {
      return new Map(
        [...records].filter(([, { file, sizeBytes }]) => files.get(file)?.size === sizeBytes),
      );
    },
    async publish(file, rendition) {
      files.set(file, rendition);
    },
    async record(record) {
      if (record.state === "done") records.set(record.key, record);
    },
    async writeReport(all) {
      report = structuredClone(all);
    },
  };
}
