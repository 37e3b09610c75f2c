import { webhookStoreConformance } from "../../test/conformance/webhook-store.ts";
import { openTestDatabase } from "./testing/open-test-database.ts";

webhookStoreConformance("the webhook store on SQLite", openTestDatabase);
