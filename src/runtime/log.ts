type Write = (fields: object, message: string) => void;

/** What the portal needs of a logger; pino's loggers fit. Fields never hold secrets, tokens or, below warn, e-mails. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
