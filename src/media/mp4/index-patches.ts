import { AppError } from "../../domain/app-error.ts";
import { FRAME } from "../aac/splice.ts";
import type { Patch } from "../template-file.ts";
import { fieldBytes } from "./movie-times.ts";
import { evenTimes, runsOf } from "./picture-times.ts";
import { editTables, numberEntries, type TableEdit, type TableEdits } from "./tables.ts";
import type { PlacedField, StretchIndex, TemplateIndex, TrackClock } from "./template-index.ts";

/** What a recipient has in one slot, as far as the index tells of it. */
export type SlotChange = {
  /** New packets of the sound: `sizes` stand instead of `count` packets from `first` on. */
  packets: { first: number; count: number; sizes: number[] };
  /** Samples by which the sound becomes longer here. */
  longer: number;
  /** It does so at its end, where nothing follows. */
  atEnd: boolean;
  /** New pictures instead of the first of the slot's stretch; null where its own stay. */
  pictures: { sizes: number[] /** Which of them are key frames, from 0. */; keys: number[] } | null;
};

export type IndexChange = {
  slots: readonly SlotChange[];
  sampleRate: number;
  /** Of the template's sound: the sample of the timeline at which its first packet begins, and its end. */
  origin: number;
  end: number;
  /** Bytes the media data grows by; may be negative. */
  mediaDataBytes: number;
  /** Numbers in the table of key samples, from entry `first` on to its end. */
  readKeys(first: number): number[];
};

/** Everything in a template's index that a recipient's file has otherwise. */
export function indexPatches(index: TemplateIndex, change: IndexChange): Patch[] {
  const { slots, sampleRate, end } = change;
  const { movieTimescale } = index;
  const fields = createFieldChanges();
  const inside = slots.map(({ longer, atEnd }) => (atEnd ? 0 : longer));
  /** Where pictures follow, they come later even when all of the sound behind is said anew. */
  const insidePictures = slots.map(({ longer }, slot) =>
    index.picture?.stretches.some((one) => one.slot === slot && !endsPictures(one))
      ? longer
      : (inside[slot] ?? 0),
  );
  const total = inside.reduce((sum, samples) => sum + samples, 0);
  const longerAtEnd = slots.reduce((sum, { longer, atEnd }) => sum + (atEnd ? longer : 0), 0);
  const soundEnd = end + total + longerAtEnd;
  const middle = Math.round((total / sampleRate) * movieTimescale);
  /** Where the sound is over when it grew at its end, in movie ticks. */
  const movieEnd = longerAtEnd > 0 ? Math.ceil((soundEnd / sampleRate) * movieTimescale) : null;
  /** Movie ticks for which a picture that ends before the sound is held. */
  const heldFor = (clock: TrackClock, grown: number) =>
    movieEnd === null ? 0 : Math.max(0, movieEnd - clock.trackDuration.value - grown);
  const lengthen = (clock: TrackClock, media: number, movie: number): void => {
    fields.add(clock.mediaDuration, media);
    fields.add(clock.trackDuration, movie);
    if (clock.editDuration) fields.add(clock.editDuration, movie);
  };

  const patches = [...soundPatches()];
  if (index.picture) patches.push(...picturePatches(index.picture));
  for (const other of index.others) {
    const { steps } = growthIn(inside, other.timescale / sampleRate);
    const own = inside.map((samples, slot) => (other.holds[slot] ? samples : 0));
    const grown = own.reduce((sum, samples) => sum + samples, 0);
    const movie = Math.round((grown / sampleRate) * movieTimescale);
    let media = 0;
    other.holds.forEach((hold, slot) => {
      if (!hold) return;
      fields.add(hold, steps[slot] ?? 0);
      media += steps[slot] ?? 0;
    });
    const held = other.picture && other.last ? heldFor(other, movie) : 0;
    const ticks = Math.round((held / movieTimescale) * other.timescale);
    if (other.last) fields.add(other.last, ticks);
    lengthen(other, media + ticks, movie + held);
  }
  const lastsNow = index.movieDuration.value + middle;
  fields.add(index.movieDuration, Math.max(lastsNow, movieEnd ?? 0) - index.movieDuration.value);
  fields.add(index.mediaData, change.mediaDataBytes);
  return [...patches, ...fields.patches()];

  /** Whether no picture follows a stretch. */
  function endsPictures(stretch: StretchIndex): boolean {
    return index.picture?.last === null && index.picture.stretches.at(-1) === stretch;
  }

  function soundPatches(): Patch[] {
    const { sound } = index;
    const added = slots.map(({ packets }) => packets.sizes.length - packets.count);
    const count = added.reduce((sum, one) => sum + one, sound.packetCount);
    added.forEach((packets, slot) => {
      const chunk = sound.chunks[slot];
      if (chunk) fields.add(chunk, packets);
    });
    fields.add(sound.evenPackets, count - sound.packetCount);
    if (movieEnd === null) lengthen(sound, total, middle);
    else {
      const mediaSamples = soundEnd - change.origin;
      const last = Math.min(FRAME, Math.max(1, mediaSamples - (count - 1) * FRAME));
      fields.add(sound.lastPacketLength, last - sound.lastPacketLength.value);
      lengthen(
        sound,
        mediaSamples - sound.mediaDuration.value,
        movieEnd - sound.trackDuration.value,
      );
    }
    const stsz = slots.map(
      ({ packets: { first, count: replaced, sizes } }): TableEdit => ({
        first,
        count: replaced,
        entries: numberEntries(sizes),
      }),
    );
    return editTables(sound.tables, { stsz });
  }

  function picturePatches(picture: NonNullable<TemplateIndex["picture"]>): Patch[] {
    const { steps, before } = growthIn(insidePictures, picture.timescale / sampleRate);
    const media = steps.reduce((sum, ticks) => sum + ticks, 0);
    const grown = insidePictures.reduce((sum, samples) => sum + samples, 0);
    const longerBy = Math.round((grown / sampleRate) * movieTimescale);
    const held = heldFor(picture, longerBy);
    const heldTicks = Math.round((held / movieTimescale) * picture.timescale);
    lengthen(picture, media + heldTicks, longerBy + held);
    const edits: Required<TableEdits> = { stts: [], ctts: [], stss: [], stsz: [] };
    const counts = picture.stretches.map(({ slot, count }) =>
      Math.max(count, slots[slot]?.pictures?.sizes.length ?? 0),
    );
    picture.stretches.forEach((stretch, i) => {
      const { slot, first, count } = stretch;
      const made = slots[slot]?.pictures ?? null;
      const now = counts[i] ?? count;
      const longer = (steps[slot] ?? 0) + (endsPictures(stretch) ? heldTicks : 0);
      const start = stretch.start + (before[slot] ?? 0);
      const end = stretch.end + (before[slot] ?? 0) + longer;
      if (longer !== 0 || now !== count) {
        edits.stts.push({
          ...stretch.durations,
          entries: durationEntries(stretch, start, end, now),
        });
      }
      if (now !== count && stretch.delays) {
        const [entry = Buffer.alloc(0)] = runsOf([stretch.lead]);
        entry.writeUInt32BE(now, 0);
        edits.ctts.push({ ...stretch.delays, entries: entry });
      }
      if (made) {
        const entries = numberEntries(made.sizes);
        edits.stsz.push({ first, count: Math.min(count, made.sizes.length), entries });
      }
      fields.add(stretch.chunk, now - count);
    });
    edits.stss = keyEdits(picture.stretches, counts);
    if (picture.last && heldTicks > 0) {
      const { entry, count, delta } = picture.last;
      const runs = [...Array<number>(count - 1).fill(delta), delta + heldTicks];
      edits.stts.push({ first: entry, count: 1, entries: Buffer.concat(runsOf(runs)) });
    }
    return editTables(picture.tables, edits);
  }

  function keyEdits(stretches: readonly StretchIndex[], counts: readonly number[]): TableEdit[] {
    const changed = stretches.findIndex(({ slot }) => slots[slot]?.pictures);
    const [from] = stretches.slice(changed < 0 ? stretches.length : changed);
    if (!from) return [];
    const old = change.readKeys(from.keys.first);
    const keys: number[] = [];
    let shift = 0;
    let at = 0;
    stretches.forEach(({ slot, first, count, keys: own }, i) => {
      if (i < changed) return;
      const ownAt = own.first - from.keys.first;
      keys.push(...old.slice(at, ownAt).map((key) => key + shift));
      const made = slots[slot]?.pictures;
      const kept = old.slice(ownAt, ownAt + own.count);
      if (made) {
        keys.push(...made.keys.map((key) => first + 1 + key + shift));
        const behind = kept.filter((key) => key >= first + 1 + made.sizes.length);
        keys.push(...behind.map((key) => key + shift));
      } else keys.push(...kept.map((key) => key + shift));
      shift += (counts[i] ?? count) - count;
      at = ownAt + own.count;
    });
    // What nothing moves can stay where it is.
    const rest = shift === 0 ? [] : old.slice(at).map((key) => key + shift);
    const count = shift === 0 ? at : old.length;
    return [{ first: from.keys.first, count, entries: numberEntries([...keys, ...rest]) }];
  }
}

/** Ticks added at each slot, and by all slots before it: rounded as a whole, so that nothing adds up. */
function growthIn(samples: readonly number[], ticksPerSample: number) {
  const steps: number[] = [];
  const before: number[] = [];
  let sum = 0;
  let ticks = 0;
  for (const one of samples) {
    sum += one;
    const next = Math.round(sum * ticksPerSample);
    before.push(ticks);
    steps.push(next - ticks);
    ticks = next;
  }
  return { steps, before };
}

/** The durations of `count` pictures that share an interval, from decoding to decoding. */
function durationEntries(
  { overlap }: StretchIndex,
  start: number,
  end: number,
  count: number,
): Buffer {
  const times = evenTimes(start, end, count);
  const durations = times.map((time, i) => (times[i + 1] ?? end + overlap) - time);
  if (durations.some((ticks) => ticks <= 0)) {
    throw new AppError(
      "RENDER_FAILED",
      `${count} new pictures were given for a slot of ${end - start} ticks: make fewer`,
    );
  }
  return Buffer.concat(runsOf(durations));
}

/** Collects what is added to fields; several may add to the same one. */
function createFieldChanges() {
  const changed = new Map<number, { field: PlacedField; value: number }>();
  return {
    add(field: PlacedField, by: number): void {
      if (by === 0) return;
      const known = changed.get(field.offset) ?? { field, value: field.value };
      changed.set(field.offset, { field, value: known.value + by });
    },
    patches: (): Patch[] =>
      [...changed.values()].map(({ field, value }) => ({
        offset: field.offset,
        bytes: fieldBytes(field.bytes, value),
      })),
  };
}
