import { clamp } from "./easing.ts";

/** The farthest that the iris is shifted: along the eye in its widths, down in heights of the opening. */
const FARTHEST_U = 0.085;
const FARTHEST_HEIGHT = 0.13;

/**
 * Where in the source an eye's opening shows what it has at `u` (−0.5..0.5) and `height` (0 at the
 * upper lid, 1 at the lower): corners and lids stay, what is between is shifted, so nothing but the
 * eye itself is ever seen.
 */
export function gazeSource(
  place: { u: number; height: number },
  { gazeX, gazeY }: { gazeX: number; gazeY: number },
): void {
  const { u, height } = place;
  if (u <= -0.5 || u >= 0.5) return;
  const inward = 1 - 4 * u * u;
  // Under the very edges of the lids the shift grows from none, or their rims would be torn.
  const open = clamp(Math.min(height, 1 - height) / 0.12, 0, 1);
  place.u = u - FARTHEST_U * clamp(gazeX, -1, 1) * inward * open;
  place.height =
    height - FARTHEST_HEIGHT * clamp(gazeY, -1, 1) * 4 * height * (1 - height) * inward;
}
