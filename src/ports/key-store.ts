import type { Scope } from "../domain/caller.ts";

export type ApiKey = {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  /** SHA-256 of the key, hex: the key itself is shown once and never kept. */
  hash: string;
  /** Its first characters, by which a person knows it. */
  prefix: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  lastUsedAt: number | null;
};

export interface KeyStore {
  create(key: ApiKey): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | null>;
  list(): Promise<ApiKey[]>;
  remove(id: string): Promise<boolean>;
  /** Whether any key exists: without one only direct loopback requests are served. */
  any(): Promise<boolean>;
  noteUse(id: string, at: number): Promise<void>;
}
