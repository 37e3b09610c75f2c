/** What a machine can do for others: `gpu` is work that needs a graphics processor. */
export const CAPABILITIES = ["cpu", "gpu"] as const;
export type Capability = (typeof CAPABILITIES)[number];
