import type { Command } from "commander";
import { diagnose } from "../app/doctor.ts";
import type { Finding } from "../app/findings.ts";
import { createMedia } from "../app/local-campaign.ts";
import { withEnvFile } from "../config/env-file.ts";
import { readEnvironment } from "../config/environment.ts";
import type { CommandContext } from "./cli-io.ts";

const MARKS: Record<Finding["state"], string> = { ready: "ok", unset: "--", broken: "!!" };

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command("doctor")
    .description(
      "which voices, models, keys and devices can be used here, and what the others need",
    )
    .option("--json", "one JSON object a line")
    .action(async ({ json = false }: { json?: boolean }) => {
      const { io, signal, setExitCode } = context;
      const environment = readEnvironment(withEnvFile(io.env));
      const media = createMedia(environment, 1);
      let area: string | null = null;
      let broken = 0;
      try {
        for await (const finding of diagnose({ environment, media, signal })) {
          if (finding.state === "broken") broken += 1;
          if (json) {
            io.stdout.write(`${JSON.stringify(finding)}\n`);
            continue;
          }
          if (area !== finding.area)
            io.stdout.write(`${area === null ? "" : "\n"}${finding.area}\n`);
          area = finding.area;
          io.stdout.write(lineOf(finding));
        }
      } finally {
        await media.close();
      }
      setExitCode(broken > 0 ? 1 : 0);
    });
}

function lineOf({ name, state, detail, remedy }: Finding): string {
  const todo = remedy === "" ? "" : `: ${remedy}`;
  return `  ${MARKS[state]}  ${name.padEnd(12)} ${detail}${todo}\n`;
}
