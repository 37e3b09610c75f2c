import { baseStoreConformance } from "../../test/conformance/base-store.ts";
import { openTestDatabase } from "./testing/open-test-database.ts";

baseStoreConformance("the base store on SQLite", openTestDatabase);
