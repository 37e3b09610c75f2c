/** Files that a client sends, stored while they arrive; whatever is not used is removed again. */
export type Upload = {
  /** The id of what will be made of it. */
  readonly id: string;
  readonly files: ReadonlyMap<string, UploadedFile>;
  /**
   * Stores one file of the form.
   * @param fileName As the client calls it: only its extension is used.
   * @throws AppError UPLOAD_TOO_LARGE, DISK_FULL, CANCELLED, INVALID_OPTION for a field that takes no file.
   */
  add(
    field: string,
    file: { fileName: string; body: AsyncIterable<Uint8Array>; signal: AbortSignal },
  ): Promise<void>;
  /** Says that what was made of the files needs them from now on. */
  keep(): void;
  /** Removes everything, unless it was kept. */
  discard(): Promise<void>;
};

export type UploadedFile = {
  key: string;
  fileName: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
};
