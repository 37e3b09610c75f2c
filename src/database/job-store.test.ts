import { jobStoreConformance } from "../../test/conformance/job-store.ts";
import { openTestDatabase } from "./testing/open-test-database.ts";

jobStoreConformance("the job store on SQLite", openTestDatabase);
