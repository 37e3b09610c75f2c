/** One fault of a request, as clients of the original API know them. */
export type Detail = {
  /** The kind of fault, such as `missing` or `enum`. */
  type: string;
  /** Where it is: `body`, `query`, `path` or `header`, then the field. */
  loc: (string | number)[];
  /** For the person who sent it. */
  msg: string;
};

/** A request whose fields are missing or not allowed: 422 with all faults at once. */
export class RequestInvalid extends Error {
  override readonly name = "RequestInvalid";
  readonly details: readonly Detail[];

  constructor(details: readonly Detail[]) {
    super("Invalid request data");
    this.details = details;
  }
}

/** A field that has to be there and is not. */
export function missing(...loc: string[]): Detail {
  return { type: "missing", loc, msg: "Field required" };
}
