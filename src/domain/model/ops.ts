/** A call that a dry run would have made, as it would have gone over the wire; secrets are `***`. */
export interface PlannedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** How the command line differs from the server in its dealings with tenants. */
export interface OpsOptions {
  /** Reads for real, but makes no change in any tenant nor in the portal's own store: changes are told instead. */
  readonly dryRun?: (call: PlannedCall) => void;
  /** Waits and tries again where that is safe; told why and for how many ms. */
  readonly patience?: (waiting: { readonly reason: string; readonly ms: number }) => void;
}
