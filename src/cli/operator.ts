import type { Service } from "../app/service.ts";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import { type Caller, DEFAULT_TENANT, SCOPES } from "../domain/caller.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { CommandContext } from "./cli-io.ts";

/** Who works on the machine itself may do everything. */
export function operatorOf(tenant: string = DEFAULT_TENANT): Caller {
  return { tenant, scopes: SCOPES, keyId: null };
}

/** Opens the data folder for one command. */
export async function withService<T>(
  { io }: CommandContext,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const environment = readEnvironment(withEnvFile(io.env));
  const { logger, close } = createLogger({
    ...environment.log,
    console: io.stderr,
    clock: Date.now,
  });
  // Loaded when needed: other commands start the sooner.
  const { openService } = await import("../app/service.ts");
  const service = await openService({ environment, logger });
  try {
    return await work(service);
  } finally {
    await service.close();
    close();
  }
}
