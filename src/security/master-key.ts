import { randomBytes } from "node:crypto";
import { constants, copyFile, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";

const KEY_BYTES = 32;

/**
 * The key that all other keys of a data folder derive from.
 * @param request.fromEnv 32 bytes as hex (64 digits) or base64; wins over the file.
 * @param request.file Holds the key; made with a random one, for its owner's eyes only, when it is
 * not there. Processes that start together agree on one key.
 * @throws AppError INVALID_OPTION, DISK_FULL, OUTPUT_UNWRITABLE.
 */
export async function loadMasterKey({
  file,
  fromEnv,
}: {
  file: string;
  fromEnv?: string | undefined;
}): Promise<Buffer> {
  if (fromEnv !== undefined) return parseKey(fromEnv);
  const key = (await readKey(file)) ?? (await makeKey(file));
  if (key.length === KEY_BYTES) return key;
  throw new AppError(
    "INVALID_OPTION",
    `the master key in ${file} has ${key.length} bytes: it must have ${KEY_BYTES}; restore the file, or delete it to begin with a new key, which makes stored secrets and links unusable`,
  );
}

function parseKey(text: string): Buffer {
  const trimmed = text.trim();
  const isHex = /^[0-9a-f]{64}$/iu.test(trimmed);
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/u.test(trimmed);
  if (isHex || isBase64) return Buffer.from(trimmed, isHex ? "hex" : "base64");
  throw new AppError(
    "INVALID_OPTION",
    "VOCATIVE_SECRET_KEY is no key: give 32 random bytes as 64 hex digits or in base64, such as `openssl rand -base64 32` prints",
  );
}

async function readKey(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return null;
    throw new AppError(
      "INVALID_OPTION",
      `the master key in ${file} cannot be read: let this user read it, or set VOCATIVE_SECRET_KEY`,
      { cause },
    );
  }
}

/** Writes a whole key beside the file, then gives it the file's name unless another was faster. */
async function makeKey(file: string): Promise<Buffer> {
  const part = `${file}.${randomBytes(8).toString("hex")}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(part, "wx", 0o600);
    try {
      await handle.writeFile(randomBytes(KEY_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await nameUnlessThere(part, file);
    return await readFile(file);
  } catch (cause) {
    throw diskError(cause, file);
  } finally {
    await rm(part, { force: true });
  }
}

async function nameUnlessThere(part: string, file: string): Promise<void> {
  try {
    await link(part, file).catch((cause: unknown) => {
      if (errorCodeOf(cause) === "EEXIST") throw cause;
      // The disk has no links.
      return copyFile(part, file, constants.COPYFILE_EXCL);
    });
  } catch (cause) {
    if (errorCodeOf(cause) !== "EEXIST") throw cause;
  }
}
