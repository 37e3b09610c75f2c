throw new Error("the engine is not installed");
