/** What a caller of the service may do. */
export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who calls. Every stored thing belongs to a tenant, and no caller sees another tenant's. */
export type Caller = {
  tenant: string;
  scopes: readonly Scope[];
  /** Id of the API key; null while the service is open or called from its own machine. */
  keyId: string | null;
};

/** The tenant of callers without a key. */
export const DEFAULT_TENANT = "default";
