/** What is changed for each recipient. */
export const TIERS = ["silver", "gold", "diamond", "platinum"] as const;
export type Tier = (typeof TIERS)[number];

/** Where in the base the name goes. */
export const NAME_POSITIONS = ["start", "end"] as const;
export type NamePosition = (typeof NAME_POSITIONS)[number];
