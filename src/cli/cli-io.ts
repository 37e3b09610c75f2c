/** What a command may touch of the process it runs in. */
export type CliIo = {
  /** Nothing is typed when it is left out. */
  stdin?: NodeJS.ReadableStream;
  stdout: Output;
  stderr: Output;
  env: NodeJS.ProcessEnv;
  /** Calls `stop` when the user presses Ctrl-C or the system asks the process to end. */
  onInterrupt(stop: () => void): void;
};

export type Output = {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
};

/** What a command needs to run and to say how it ended. */
export type CommandContext = {
  io: CliIo;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
  setExitCode: (code: number) => void;
};
