import path from "node:path";
import type { CampaignEvent, CampaignSummary } from "../campaign/campaign-event.ts";
import type { Slot, SlotSource } from "../domain/slot.ts";
import type { CliIo } from "./cli-io.ts";
import { createProgressBar, type ProgressBar } from "./progress-bar.ts";

export type CampaignPrinter = {
  event: (event: CampaignEvent) => void;
  spoken: (text: string, reason: string | null) => void;
  warn(message: string, code?: string): void;
  /** For the person who watches; nothing in JSON. */
  info(message: string): void;
  finish(summary: CampaignSummary): void;
  done(): void;
  /** Takes the progress bar away, however the run ended. */
  end(): void;
};

export type PrinterOptions = { outdir: string; dryRun: boolean; json: boolean };

const HOW_FOUND: Record<SlotSource, string> = {
  given: "as given",
  transcript: "by the transcript",
  recognised: "by what was recognised",
  keyword: "by the name that is spoken there",
  silence: "by the silence rule",
  "short-pause": "by a short pause",
  "fixed-length": "by a fixed length",
  "end-of-speech": "after the last word",
};

/**
 * Prints a campaign: outputs on standard output (lines of text, or one JSON object a line), everything
 * else on standard error, with a progress bar when that is a terminal.
 */
export function createCampaignPrinter(io: CliIo, options: PrinterOptions): CampaignPrinter {
  const { outdir, dryRun, json } = options;
  let bar: ProgressBar | null = null;
  const around = (print: () => void): void => (bar ? bar.around(print) : print());
  const out = (line: string): void => around(() => io.stdout.write(`${printable(line)}\n`));
  const info = (line: string): void => around(() => io.stderr.write(`${printable(line)}\n`));
  const object = (value: object): void => out(JSON.stringify(value));

  const line = (event: Extract<CampaignEvent, { type: "recipient" }>): string | null => {
    const { record, kept } = event;
    if (record.state === "skipped") return `Skipped row ${record.row}: ${record.reason}`;
    if (record.state === "failed") return `Failed for ${record.name}: ${record.reason}`;
    const file = path.join(outdir, record.file);
    if (dryRun) return `[dry-run] Would create: ${file}`;
    return kept ? null : `Created: ${file}`;
  };
  return {
    event(event) {
      if (json) {
        object(event);
        return;
      }
      if (event.type === "warning") {
        info(`Warning: ${event.warning.message}`);
      } else if (event.type === "planned") {
        for (const slot of event.slots) info(`Slot: ${describeSlot(slot)}`);
        if (event.finishedBefore > 0) {
          info(
            `${event.finishedBefore} of ${event.rows} were made by an earlier run and are kept.`,
          );
        }
        if (!dryRun && io.stderr.isTTY && event.toDo > 1) {
          bar = createProgressBar(io.stderr, event.toDo);
        }
      } else if (event.type === "compiling") {
        info("Compiling the base, once ...");
      } else if (event.type === "recipient") {
        if (!event.kept && event.record.state !== "skipped") bar?.advance();
        const text = line(event);
        if (text !== null) out(text);
      }
    },
    spoken(text, reason) {
      if (json) object({ type: "spoken", text, reason });
      else out(reason === null ? `Spoken: ${text}` : `Failed for ${text}: ${reason}`);
    },
    warn(message, code = "OPTION_IGNORED") {
      if (json) object({ type: "warning", warning: { code, message } });
      else info(`Warning: ${message}`);
    },
    info(message) {
      if (!json) info(message);
    },
    finish(summary) {
      bar?.end();
      bar = null;
      if (json) object({ type: "done", ...summary });
      else {
        const { done, kept, skipped, failed } = summary;
        const made = dryRun ? `${done} to create` : `${done - kept} created, ${kept} kept`;
        info(`${made}, ${skipped} skipped, ${failed} failed.`);
        out("Done.");
      }
    },
    done() {
      if (json) object({ type: "done" });
      else out("Done.");
    },
    end() {
      bar?.end();
      bar = null;
    },
  };
}

/** One line: when the slot is, how it was found and how sure that is. */
export function describeSlot({ start, end, room, foundBy, confidence }: Slot): string {
  const times = `${start.toFixed(3)}-${end.toFixed(3)} s`;
  const sure = foundBy === "given" ? "" : `, ${Math.floor(100 * confidence)} % sure`;
  const how = `${HOW_FOUND[foundBy]}${sure}`;
  if (foundBy === "end-of-speech") return `from ${start.toFixed(3)} s (${how})`;
  return `${times} (${how}), quiet until ${room.end.toFixed(3)} s`;
}

/** Without the control characters by which a name from a sheet could disturb the terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, "0")}`;
  });
}
