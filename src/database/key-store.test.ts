import { keyStoreConformance } from "../../test/conformance/key-store.ts";
import { openTestDatabase } from "./testing/open-test-database.ts";

keyStoreConformance("the key store on SQLite", () => openTestDatabase(Date.now));
