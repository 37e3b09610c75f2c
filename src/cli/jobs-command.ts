import type { Command } from "commander";
import { AppError } from "../domain/app-error.ts";
import { JOB_STATES, type Job, type JobState } from "../domain/job.ts";
import type { CommandContext } from "./cli-io.ts";
import { operatorOf, withService } from "./operator.ts";
import { table } from "./table.ts";

const MOST_JOBS = 200;

type Given = { tenant?: string; json?: boolean };

/** What an operator does with the jobs of a data folder, whether a server runs on it or not. */
export function addJobsCommand(program: Command, context: CommandContext): void {
  const jobs = program.command("jobs").description("the campaigns of a data folder");
  const { io } = context;

  withTenant(jobs.command("list").description("the newest jobs"))
    .option("--state <state>", `only those that are ${JOB_STATES.join(", ")}`)
    .option("--limit <number>", `how many, at most ${MOST_JOBS}`, "20")
    .action(async ({ tenant, json, state, limit }: Given & { state?: string; limit: string }) => {
      const filter = { limit: numberOf(limit), ...(state ? { state: stateOf(state) } : {}) };
      const { items } = await withService(context, ({ service }) =>
        service.jobs.list(operatorOf(tenant), filter),
      );
      io.stdout.write(json ? `${JSON.stringify(items.map(summary))}\n` : jobTable(items));
    });

  withTenant(jobs.command("show").description("one job").argument("<id>")).action(
    async (id: string, { tenant, json }: Given) => {
      const job = await withService(context, ({ service }) =>
        service.jobs.get(operatorOf(tenant), id),
      );
      io.stdout.write(json ? `${JSON.stringify(summary(job))}\n` : describe(job));
    },
  );

  withTenant(jobs.command("cancel").description("stop a job").argument("<id>")).action(
    async (id: string, { tenant }: Given) => {
      const job = await withService(context, ({ service }) =>
        service.jobs.cancel(operatorOf(tenant), id),
      );
      io.stdout.write(`${job.id} is ${job.state}\n`);
    },
  );

  withTenant(
    jobs.command("retry").description("make what failed in a job again").argument("<id>"),
  ).action(async (id: string, { tenant }: Given) => {
    const { rows } = await withService(context, ({ service }) =>
      service.jobs.retry(operatorOf(tenant), id),
    );
    io.stdout.write(`${id} is queued again: ${rows} to make\n`);
  });

  withTenant(
    jobs.command("purge").description("remove a job with all its files").argument("<id>"),
  ).action(async (id: string, { tenant }: Given) => {
    await withService(context, ({ service }) => service.jobs.purge(operatorOf(tenant), id));
    io.stdout.write(`${id} is removed\n`);
  });
}

function withTenant(command: Command): Command {
  return command
    .option("--tenant <name>", "whose jobs; those of callers without a key if not given")
    .option("--json", "as JSON");
}

function jobTable(jobs: readonly Job[]): string {
  if (jobs.length === 0) return "no jobs\n";
  const rows = jobs.map((job) => {
    const { total, done, failed, skipped } = job.progress;
    const progress = `${done} of ${total}`;
    return [
      job.id,
      job.state,
      time(job.createdAt),
      progress,
      `${failed}`,
      `${skipped}`,
      job.base.name,
    ];
  });
  return table(["job", "state", "created", "done", "failed", "skipped", "base"], rows);
}

function describe(job: Job): string {
  const { total, done, failed, skipped } = job.progress;
  const lines = [
    `job       ${job.id}`,
    `state     ${job.state}`,
    `created   ${time(job.createdAt)}`,
    `changed   ${time(job.updatedAt)}`,
    `base      ${job.base.name}`,
    `progress  ${done} of ${total} done, ${failed} failed, ${skipped} skipped`,
    ...(job.error ? [`error     ${job.error.message}`] : []),
    ...job.warnings.map(({ message }) => `warning   ${message}`),
  ];
  return `${lines.join("\n")}\n`;
}

function summary({ id, state, createdAt, updatedAt, progress, error, warnings, base }: Job) {
  return { id, state, createdAt, updatedAt, progress, error, warnings, base: base.name };
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find((one) => one === text);
  if (state) return state;
  throw new AppError("INVALID_OPTION", `--state "${text}" is none of ${JOB_STATES.join(", ")}`);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_JOBS) return number;
  throw new AppError(
    "INVALID_OPTION",
    `--limit "${text}" is no whole number from 1 to ${MOST_JOBS}`,
  );
}
