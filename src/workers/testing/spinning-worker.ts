import { serveTasks } from "../serve-tasks.ts";

/** A child that never ends a task, nor serves its event loop again. */
serveTasks((): never => {
  for (;;);
});
