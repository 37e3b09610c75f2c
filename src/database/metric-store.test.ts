import { metricStoreConformance } from "../../test/conformance/metric-store.ts";
import { openTestDatabase } from "./testing/open-test-database.ts";

metricStoreConformance("the metric store on SQLite", () => openTestDatabase(Date.now));
