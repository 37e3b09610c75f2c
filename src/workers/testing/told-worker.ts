import { serveTasks } from "../serve-tasks.ts";
import { obey } from "./obey.ts";

/** A child that calls the test for every task and does as it is told. */
serveTasks(obey);
