import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";

export type Download = {
  /** From the request to the first byte of the body, seconds. */
  firstByteSeconds: number;
  /** From the request to the last byte. */
  seconds: number;
  sizeBytes: number;
};

/** Fetches a file and throws it away. @throws Error when it is refused or cut short. */
export async function download(url: string): Promise<Download> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const [response] = (await once(get(url), "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  let sizeBytes = 0;
  let firstByteSeconds = Number.NaN;
  for await (const chunk of response) {
    if (sizeBytes === 0) firstByteSeconds = seconds();
    sizeBytes += chunk.length;
  }
  return { firstByteSeconds, seconds: seconds(), sizeBytes };
}
