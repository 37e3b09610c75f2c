// Without a handle that keeps it alive, the process would end.
setInterval(() => {}, 1000);
await new Promise(() => {});
