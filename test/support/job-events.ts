export type ReadEvent = { seq: number; type: string; data: Record<string, unknown> };

/**
 * A job's events as its server tells them, until the job has ended; who stops reading hangs up.
 * @param from.after Sent as Last-Event-ID.
 */
export async function* jobEvents(
  url: string,
  id: string,
  from: { after?: number; headers?: Record<string, string> } = {},
): AsyncGenerator<ReadEvent> {
  const { after, headers } = from;
  const response = await fetch(`${url}/jobs/${id}/events`, {
    headers: { ...headers, ...(after !== undefined && { "last-event-id": String(after) }) },
  });
  if (!response.ok || !response.body) throw new Error(`no events: ${await response.text()}`);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    yield* blocks.flatMap(parseEvent);
  }
}

/** Reads on until there is an event of that type. @returns it, or null when the job ended without. */
export async function eventOf(
  events: AsyncGenerator<ReadEvent>,
  type: string,
): Promise<ReadEvent | null> {
  for await (const event of events) if (event.type === type) return event;
  return null;
}

/** Comments and the hint when to reconnect are none. */
function parseEvent(block: string): ReadEvent[] {
  const fields = new Map(
    block.split("\n").map((line) => {
      const [name = "", ...value] = line.split(": ");
      return [name, value.join(": ")];
    }),
  );
  const data = fields.get("data");
  if (data === undefined) return [];
  return [
    { seq: Number(fields.get("id")), type: fields.get("event") ?? "", data: JSON.parse(data) },
  ];
}
