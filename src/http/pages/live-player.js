/** Seconds between two answers on the player's timeline, so that they never touch. */
const GAP = 1;
/** An answer is over when so little of it is left, seconds. */
const END = 0.04;
const LOOK_MS = 50;
/** A player that stood still for so long ran dry: it goes on by itself only late, or never. */
const STALL_MS = 200;
/** With so much to play it is pushed on, seconds. */
const ENOUGH = 0.3;
/** Nothing more comes of an answer that is made and has not come for so long. */
const GIVE_UP_MS = 2000;

/**
 * Plays answers as they come, each at an offset of its own in one `MediaSource`; between them the page
 * shows the portrait at rest.
 * @param {{ video: HTMLVideoElement, idle: HTMLVideoElement, onTime: (epoch: number, at: number) => void,
 *   onEnd: (epoch: number) => void, onTrouble: (message: string) => void }} options
 */
export function createLivePlayer({ video, idle, onTime, onEnd, onTrouble }) {
  const Source = globalThis.ManagedMediaSource ?? globalThis.MediaSource;
  /** Waiting for the buffer: it does one thing at a time. */
  let tasks = [];
  let buffer = null;
  let sourceUrl = null;
  /** The answer that plays. */
  let epoch = 0;
  let offset = 0;
  let duration = null;
  let isBegun = false;
  let isOver = true;
  /** Where it ended, once all of it was played: the last picture stands a little before. */
  let endedAt = null;
  let lastTime = 0;
  let movedAt = 0;

  function next() {
    if (!buffer || buffer.updating) return;
    const task = tasks.shift();
    if (!task) return;
    try {
      task();
    } catch (error) {
      onTrouble(`the player failed: ${error.message}`);
    }
    if (!buffer.updating) next();
  }

  function add(task) {
    tasks.push(task);
    next();
  }

  function bufferedEnd() {
    const { buffered } = video;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }

  function begin() {
    isBegun = true;
    video.currentTime = offset;
    // It is shown once its own first picture is there.
    video.requestVideoFrameCallback?.(() => reveal(epoch));
    if (!video.requestVideoFrameCallback) {
      video.addEventListener("timeupdate", () => reveal(epoch), { once: true });
    }
    video.play().catch((error) => {
      if (error.name !== "AbortError") onTrouble("the browser does not play: press Start again");
    });
  }

  function reveal(of) {
    if (of !== epoch || isOver) return;
    video.classList.add("shown");
    performance.mark("vocative:shown", { detail: { epoch } });
  }

  function hide() {
    // Without a portrait at rest the last picture stays.
    if (idle.readyState >= 2) video.classList.remove("shown");
  }

  function at() {
    if (endedAt !== null) return endedAt;
    return isBegun ? Math.max(0, video.currentTime - offset) : 0;
  }

  const left = () => bufferedEnd() - video.currentTime;
  const stoodStillMs = () => performance.now() - movedAt;

  /** Whether all of the answer was played, or the little that is left will not be. */
  function isPlayed() {
    if (duration === null) return false;
    if (duration === 0 || at() >= duration - END) return true;
    if (!isBegun || left() >= ENOUGH) return false;
    const isAll = bufferedEnd() - offset >= duration - END;
    return stoodStillMs() > (isAll ? STALL_MS : GIVE_UP_MS);
  }

  function pushOn() {
    if (video.currentTime !== lastTime) {
      lastTime = video.currentTime;
      movedAt = performance.now();
    }
    const isWaiting = isBegun && !video.paused && !video.seeking && left() >= ENOUGH;
    if (isWaiting && stoodStillMs() > STALL_MS) video.currentTime += 0.001;
  }

  function look() {
    if (isOver) return;
    onTime(epoch, at());
    pushOn();
    if (!isPlayed()) return;
    isOver = true;
    endedAt = duration;
    video.pause();
    hide();
    onEnd(epoch);
  }
  setInterval(look, LOOK_MS);

  return {
    isSupported: (mimeType) => Boolean(Source?.isTypeSupported(mimeType)),
    /** Readies the player for a portrait. */
    open(mimeType) {
      if (sourceUrl) URL.revokeObjectURL(sourceUrl);
      const source = new Source();
      tasks = [];
      buffer = null;
      source.addEventListener(
        "sourceopen",
        () => {
          buffer = source.addSourceBuffer(mimeType);
          buffer.addEventListener("updateend", () => {
            if (!isBegun && !isOver && bufferedEnd() > offset) begin();
            next();
          });
          next();
        },
        { once: true },
      );
      // ManagedMediaSource asks for it.
      video.disableRemotePlayback = true;
      sourceUrl = URL.createObjectURL(source);
      video.src = sourceUrl;
    },
    init: (bytes) => add(() => buffer.appendBuffer(bytes)),
    rest(bytes) {
      idle.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
      idle.addEventListener(
        "loadeddata",
        () => {
          if (isOver) hide();
        },
        { once: true },
      );
      idle.play().catch(() => {});
    },
    /** An answer begins; what came of an earlier one is dropped. */
    answer(of) {
      epoch = of;
      duration = null;
      isBegun = false;
      isOver = false;
      endedAt = null;
      movedAt = performance.now();
      add(() => {
        offset = Math.ceil(Math.max(bufferedEnd(), video.currentTime)) + GAP;
        buffer.timestampOffset = offset;
      });
      add(() => {
        if (bufferedEnd() > 0) buffer.remove(0, Math.max(0.1, offset - GAP / 2));
      });
    },
    fragment(of, bytes) {
      if (of === epoch && !isOver) add(() => of === epoch && buffer.appendBuffer(bytes));
    },
    ended(of, seconds) {
      if (of === epoch) duration = seconds;
    },
    /** Silence at once. @returns where it was, seconds of the answer. */
    interrupt() {
      const where = at();
      video.pause();
      hide();
      isOver = true;
      tasks = [];
      if (buffer && isBegun) {
        try {
          buffer.abort();
        } catch {
          // Something is being removed: there is nothing to abort.
        }
        add(() => buffer.remove(0, Number.POSITIVE_INFINITY));
      }
      return where;
    },
    position: () => ({ epoch, at: at(), playing: isBegun && !isOver && !video.paused }),
    isPlaying: () => !isOver,
  };
}
