/** Loaded into a child process: ends it when its parent has ended in any way, so that none is left behind. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening alone would keep the process alive.
process.channel?.unref();
