import { SYNTHETIC_TAGS } from "../domain/synthetic-media.ts";

/** The comment of an output: that it is synthetic, then what its base's comments say. */
export function disclosedComment(own: readonly string[]): string {
  const { comment } = SYNTHETIC_TAGS;
  // A base that is an output itself says it already.
  const said = own.find((text) => text.includes(comment)) ?? comment;
  return [said, ...own.filter((text) => text !== "" && !text.includes(comment))].join("\n");
}
