/** Calls back once after so many milliseconds; the answer stops that. */
export type Timers = { after(milliseconds: number, callback: () => void): () => void };

export const systemTimers: Timers = {
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
