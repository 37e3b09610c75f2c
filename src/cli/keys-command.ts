import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { AppError } from "../domain/app-error.ts";
import { DEFAULT_TENANT, SCOPES, type Scope } from "../domain/caller.ts";
import { newApiKey } from "../security/api-keys.ts";
import type { CommandContext } from "./cli-io.ts";
import { withService } from "./operator.ts";
import { table } from "./table.ts";

const TENANT = /^[\w.-]{1,64}$/u;

/** API keys of a data folder. A running server heeds a change within seconds. */
export function addKeysCommand(program: Command, context: CommandContext): void {
  const keys = program.command("keys").description("API keys of a data folder");
  const { io } = context;

  keys
    .command("create")
    .description("a new key, which is shown once")
    .option("--name <text>", "what it is for", "unnamed")
    .option("--tenant <name>", "whose jobs it sees", DEFAULT_TENANT)
    .option("--scopes <list>", `what it may do: ${SCOPES.join(",")}`, "read,write")
    .action(async ({ name, tenant, scopes }: { name: string; tenant: string; scopes: string }) => {
      if (!TENANT.test(tenant)) {
        throw new AppError(
          "INVALID_OPTION",
          `--tenant "${tenant}" is not allowed: give 1 to 64 letters, digits, ".", "_" or "-"`,
        );
      }
      const granted = scopesOf(scopes);
      const id = randomBytes(8).toString("hex");
      const { key, hash, prefix } = newApiKey();
      await withService(context, ({ database }) =>
        database.keys.create({
          id,
          tenant,
          name,
          scopes: granted,
          hash,
          prefix,
          createdAt: Date.now(),
          lastUsedAt: null,
        }),
      );
      io.stderr.write(`Key ${id} for ${tenant}: keep it, it is not shown again.\n`);
      io.stdout.write(`${key}\n`);
    });

  keys
    .command("list")
    .description("all keys, by their first characters")
    .action(async () => {
      const all = await withService(context, ({ database }) => database.keys.list());
      const rows = all.map(({ id, prefix, tenant, scopes, name, lastUsedAt }) => [
        id,
        `${prefix}…`,
        tenant,
        scopes.join(","),
        lastUsedAt === null ? "never" : new Date(lastUsedAt).toISOString().slice(0, 16),
        name,
      ]);
      io.stdout.write(
        rows.length === 0
          ? "no keys: only direct requests from this machine are served\n"
          : table(["id", "key", "tenant", "scopes", "last used", "name"], rows),
      );
    });

  keys
    .command("revoke")
    .description("make a key useless")
    .argument("<id>")
    .action(async (id: string) => {
      const wasThere = await withService(context, ({ database }) => database.keys.remove(id));
      if (!wasThere) {
        throw new AppError("NOT_FOUND", `there is no key ${id}: see vocative keys list`);
      }
      io.stdout.write(`${id} is revoked\n`);
    });
}

function scopesOf(text: string): Scope[] {
  return text.split(",").map((part) => {
    const scope = SCOPES.find((one) => one === part.trim());
    if (scope) return scope;
    throw new AppError("INVALID_OPTION", `--scopes "${part}" is none of ${SCOPES.join(", ")}`);
  });
}
