/**
 * Which of the 468 landmarks are what: indices of MediaPipe's canonical face mesh
 * (`canonical_face_model.obj` and `face_mesh_connections.py`, google-ai-edge/mediapipe). Left and right
 * are the picture's, of a face that is upright and not mirrored: the person's right eye is the left one.
 * Every line runs from the picture's left to its right; those of a pair share their two corners.
 */

/** From corner to corner, where the lips meet when the mouth is closed. */
export const LIPS_INNER_UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308] as const;
export const LIPS_INNER_LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308] as const;

/** From corner to corner, where the red of the lips ends. */
export const LIPS_OUTER_UPPER = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291] as const;
export const LIPS_OUTER_LOWER = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291] as const;

/** The edges of the lids. */
export const EYE_LEFT_UPPER = [33, 246, 161, 160, 159, 158, 157, 173, 133] as const;
export const EYE_LEFT_LOWER = [33, 7, 163, 144, 145, 153, 154, 155, 133] as const;
export const EYE_RIGHT_UPPER = [362, 398, 384, 385, 386, 387, 388, 466, 263] as const;
export const EYE_RIGHT_LOWER = [362, 382, 381, 380, 374, 373, 390, 249, 263] as const;
/** The eyes' corners that are farthest from the nose. */
export const EYE_LEFT_OUTER = 33;
export const EYE_RIGHT_OUTER = 263;

export const BROW_LEFT_UPPER = [70, 63, 105, 66, 107] as const;
export const BROW_LEFT_LOWER = [46, 53, 52, 65, 55] as const;
export const BROW_RIGHT_UPPER = [336, 296, 334, 293, 300] as const;
export const BROW_RIGHT_LOWER = [285, 295, 282, 283, 276] as const;

/** The outline of the face without hair and ears, clockwise from the middle of the hairline. */
export const FACE_OVAL = [
  ...[10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377],
  ...[152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109],
] as const;

/** From between the eyes down to the tip. */
export const NOSE_BRIDGE = [168, 6, 197, 195, 5, 4, 1] as const;
/** From wing to wing, under the nostrils. */
export const NOSE_BASE = [129, 98, 97, 2, 326, 327, 358] as const;
export const NOSE_TIP = 1;

/** The lowest point of the face. */
export const CHIN = 152;
/** The lower edge of the jaw around the chin. */
export const CHIN_LINE = [136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365] as const;
/** The middle of the hairline: the highest point. */
export const FOREHEAD = 10;

/** The middle of each cheek: plain skin. */
export const CHEEK_LEFT = [117, 118, 50, 101, 205, 36] as const;
export const CHEEK_RIGHT = [346, 347, 280, 330, 425, 266] as const;

/** The outline's outermost points, before the ears. */
export const SIDE_LEFT = 234;
export const SIDE_RIGHT = 454;
