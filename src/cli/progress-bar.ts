import type { Output } from "./cli-io.ts";

/** Redrawn at most this often. */
const REDRAW_MS = 100;
/** The rate is that of about this long a while. */
const RATE_WINDOW_MS = 5000;
const BAR_WIDTH = 24;

export type ProgressBar = {
  /** One more recipient is through. */
  advance(): void;
  /** Runs `print` with the bar out of the way. */
  around(print: () => void): void;
  end(): void;
};

/** A line on a terminal that shows how far a run is, its rate and the time left. */
export function createProgressBar(
  output: Output,
  total: number,
  now: () => number = Date.now,
): ProgressBar {
  const started = now();
  const history: { time: number; done: number }[] = [{ time: started, done: 0 }];
  let done = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let visible = false;

  const clear = (): void => {
    if (visible) output.write("\r\u001b[2K");
    visible = false;
  };
  const draw = (): void => {
    // A terminal that does not know its width says 0.
    const width = (output.columns || 80) - 1;
    output.write(`\r\u001b[2K${progressLine({ done, total, rate: rate() }).slice(0, width)}`);
    visible = true;
    drawnAt = now();
  };
  const rate = (): number => {
    const oldest = history[0] ?? { time: started, done: 0 };
    const seconds = (now() - oldest.time) / 1000;
    return seconds > 0 ? (done - oldest.done) / seconds : 0;
  };
  return {
    advance() {
      done += 1;
      const time = now();
      if (time - drawnAt < REDRAW_MS && done < total) return;
      history.push({ time, done });
      while (history.length > 2 && time - (history[0]?.time ?? time) > RATE_WINDOW_MS) {
        history.shift();
      }
      draw();
    },
    around(print) {
      clear();
      print();
      if (done < total) draw();
    },
    end: clear,
  };
}

/** Such as `[=====>      ] 120/300  58.2/s  3 s left`. */
export function progressLine(state: { done: number; total: number; rate: number }): string {
  const { done, total, rate } = state;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  const head = filled > 0 && filled < BAR_WIDTH ? `${"=".repeat(filled - 1)}>` : "=".repeat(filled);
  const bar = `[${head.padEnd(BAR_WIDTH)}]`;
  if (rate <= 0) return `${bar} ${done}/${total}`;
  return `${bar} ${done}/${total}  ${rate.toFixed(1)}/s  ${duration((total - done) / rate)} left`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
