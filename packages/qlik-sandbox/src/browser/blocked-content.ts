let firstBlocked: string | undefined;

/** Remembers what the page's Content-Security-Policy keeps out: charts that it cripples never finish, and say nothing. */
export function watchBlockedContent(): void {
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, disposition }) => {
    if (disposition === 'enforce') firstBlocked ??= effectiveDirective;
  });
}

/** The directive that kept something out, if any did. */
export function blockedBy(): string | undefined {
  return firstBlocked;
}
