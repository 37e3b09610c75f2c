import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import type { Clock } from "../ports/clock.ts";

/** How often it is looked whether the file is still the one under its name, ms. */
const LOOK_EVERY_MS = 1_000;

export type RotatedFile = {
  /** Appends one line. What cannot be written is lost; nothing is ever thrown. */
  write(line: string): void;
  close(): void;
};

/**
 * A file that is put aside as `<file>.1` (then `.2` and so on, `keep` of them) before it grows
 * beyond `maxBytes`. Several processes may write to it.
 * Lines are written at once: few are, and the last ones before a crash matter most.
 */
export function createRotatedFile({
  file,
  maxBytes,
  keep,
  clock,
}: {
  file: string;
  maxBytes: number;
  keep: number;
  clock: Clock;
}): RotatedFile {
  let open: { fd: number; inode: number } | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Lines that could not be written since the last that could. */
  let lost = 0;

  function close(): void {
    if (open) closeSync(open.fd);
    open = null;
  }

  function reopen(): { fd: number; inode: number } {
    close();
    mkdirSync(path.dirname(file), { recursive: true });
    const fd = openSync(file, "a", 0o640);
    open = { fd, inode: fstatSync(fd).ino };
    lookedAt = clock();
    return open;
  }

  /** The open file, unless another process has put it aside meanwhile. */
  function current(): { fd: number; inode: number } {
    if (open === null) return reopen();
    if (clock() - lookedAt < LOOK_EVERY_MS) return open;
    lookedAt = clock();
    return isUnderItsName(open.inode) ? open : reopen();
  }

  function isUnderItsName(inode: number): boolean {
    return statSync(file, { throwIfNoEntry: false })?.ino === inode;
  }

  function putAside(inode: number): void {
    if (!isUnderItsName(inode)) return;
    close();
    for (let number = keep; number > 0; number--) {
      const from = number === 1 ? file : `${file}.${number - 1}`;
      try {
        renameSync(from, `${file}.${number}`);
      } catch {
        // There are not that many yet, or the folder is read-only: then the file grows on.
      }
    }
  }

  return {
    write(line) {
      try {
        let target = current();
        const note = lost === 0 ? "" : `(${lost} lines could not be written)\n`;
        const bytes = Buffer.from(`${note}${line}\n`);
        const { size } = fstatSync(target.fd);
        if (size > 0 && size + bytes.length > maxBytes) {
          putAside(target.inode);
          target = reopen();
        }
        writeSync(target.fd, bytes);
        lost = 0;
      } catch {
        lost += 1;
      }
    },

    close() {
      try {
        close();
      } catch {
        // There is nobody left to tell.
      }
    },
  };
}
