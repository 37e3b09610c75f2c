/**
 * One change to a base's sound: `cut` is taken out, `fill` stands there instead. All figures are
 * samples at the template's rate on the base's own timeline.
 *
 *     base     …speech────pause│NAME│pause────speech…
 *     cut                   [───────────)
 *     fill                  tone clip tone              joints cross-faded within `fade`
 */
export type Edit = {
  cut: { start: number; end: number };
  fill: {
    /** May differ from the length of the cut only where the template allows it. */
    length: number;
    /** Where the clip begins, from the start of the fill. */
    clipStart: number;
    /** How long the clip is to last: it is stretched to this, never truncated. */
    clipLength: number;
  };
  /** Length of the cross-fade at either end of the fill; it lies inside the fill. */
  fade: number;
};
