import type { Slot } from "../domain/slot.ts";

/**
 * Between what is changed for two slots of a base so much of it stays: at the lowest usual sample rate
 * its packets are joined within this.
 */
const APART_SECONDS = 0.6;
/** What is changed for a slot begins so long before it. */
const BEFORE_SECONDS = 0.12;
/** So much of the pause after a slot is its own in any case: the old name fades out there. */
const LEAST_AFTER_SECONDS = 0.17;

/**
 * Slots of one base, in its order, of which none takes more of the pause after it than the next one
 * leaves: the room of a slot ends earlier where the next one is near. A name that needs more room makes
 * the base longer instead.
 */
export function separateSlots(slots: readonly Slot[]): Slot[] {
  return slots.map((slot, index) => {
    const next = slots[index + 1];
    if (!next) return slot;
    const least = Math.min(slot.room.end, slot.end + LEAST_AFTER_SECONDS);
    const free = next.start - BEFORE_SECONDS - APART_SECONDS;
    const end = Math.max(least, Math.min(slot.room.end, free));
    return end === slot.room.end ? slot : { ...slot, room: { ...slot.room, end } };
  });
}
