/** The second process: raises at the main program what it is asked for. */
process.on("SIGINT", () => {}); // Ctrl-C goes to the whole group; the main program ends us
process.on("message", ({ signal, count }) => {
  for (let i = 0; i < count; i++) process.kill(process.ppid, signal);
});
