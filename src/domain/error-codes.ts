/** What each failure means to whom. The only table of its kind: HTTP, the CLI and docs/error-codes.md read it. */
interface ErrorCode {
  /** HTTP status of the answer that carries this code. */
  readonly status: number;
  /** One line for a developer: the `title` of the problem document. */
  readonly title: string;
  /** What the person in front of the page can do now. */
  readonly person: string;
  /** What ops should look at; absent where there is nothing for them to do. */
  readonly ops?: string;
}

const AGAIN = 'Try again in a moment.';
const TELL = 'Tell the people who run this portal; they have been given the details.';

export const ERROR_CODES = {
  invalid_request: {
    status: 400,
    title: 'The request is not of the expected form',
    person: 'Check what you entered and try again.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    person: 'Reload the page and try again.',
  },
  session_required: {
    status: 401,
    title: 'There is no portal session, or it is over',
    person: 'Sign in again.',
  },
  invalid_credentials: {
    status: 401,
    title: 'E-mail or password is wrong',
    person: 'Check your e-mail and password.',
  },
  sso_failed: {
    status: 401,
    title: 'The sign-in with the identity provider failed',
    person: 'Start again from the sign-in page; if it stays, tell your administrator.',
    ops: "The log line with the traceId says which check of the provider's answer failed.",
  },
  sso_cancelled: {
    status: 401,
    title: 'The identity provider did not sign the person in',
    person: 'Start again from the sign-in page when you are ready.',
    ops: "The provider's own code is in the log: the person cancelled, or may not use this application there.",
  },
  sso_expired: {
    status: 401,
    title: 'This sign-in was not begun in this browser, or too long ago',
    person: 'Start again from the sign-in page.',
    ops: 'Many of these: people bookmark the page of their provider, or PUBLIC_URL is not the address they use.',
  },
  sso_not_allowed: {
    status: 403,
    title: 'The identity provider knows the person, but the portal has no place for them',
    person: 'Ask your administrator to give you access to this portal.',
    ops: 'The audit log has the reason: no account and none made just in time, a disabled account, or a tenant that the provider may not name.',
  },
  current_password_wrong: {
    status: 403,
    title: 'The current password is wrong',
    person: 'Check your current password and try again.',
  },
  cross_site_request: {
    status: 403,
    title: 'The request came from another site',
    person: 'Open the portal itself and try again from there.',
    ops: 'If people meet this on the portal itself, PUBLIC_URL is not the address they use.',
  },
  tenant_disabled: {
    status: 403,
    title: 'This organisation is switched off',
    person: 'Ask your administrator whether your organisation still has access.',
    ops: 'The tenant is disabled in the portal: `portal tenant enable`.',
  },
  qlik_user_disabled: {
    status: 403,
    title: 'The Qlik user is disabled, or the tenant does not say why it refuses',
    person: 'Ask your administrator to give you access to the analytics again.',
    ops: 'The Qlik user is disabled or deleted in the tenant: enable it there or link another. Where it is active, it has too many tokens, and the tenant does not say so.',
  },
  qlik_token_limit: {
    status: 403,
    title: 'The Qlik user has reached the maximum number of tokens',
    person: 'Sign out in other browsers, or try again later.',
    ops: 'Revoke old tokens of this user in the tenant; something mints tokens past the portal.',
  },
  not_found: { status: 404, title: 'There is nothing here', person: 'Check the address.' },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method',
    person: 'Reload the page and try again.',
  },
  sso_unknown: {
    status: 404,
    title: 'No identity provider is set up for this address',
    person: 'Check the e-mail, or sign in with your password.',
    ops: 'The domain is in no `emailDomains` of SSO_PROVIDERS, or the address names no provider.',
  },
  conflict: {
    status: 409,
    title: 'It exists already, or changed meanwhile',
    person: 'Reload the page and try again.',
  },
  sso_account_conflict: {
    status: 409,
    title: 'Another account stands in the way of this sign-in',
    person: 'Tell your administrator that your e-mail already belongs to another account of this portal.',
    ops: 'The e-mail is taken by an account with another way in, or the person already belongs to another tenant. The portal never joins accounts by e-mail: link the identity to the account, or remove the account.',
  },
  qlik_user_not_linked: {
    status: 409,
    title: 'The account is not linked to a Qlik user',
    person: 'Ask your administrator to set up your access to the analytics.',
    ops: 'Link the account: `portal user link`.',
  },
  tenant_not_provisioned: {
    status: 409,
    title: 'The organisation is not connected to Qlik Cloud yet',
    person: 'Ask your administrator to set up your access to the analytics.',
    ops: 'The tenant has no impersonation client: `portal tenant provision`.',
  },
  password_link_invalid: {
    status: 410,
    title: 'The link to set a password is used, over or was replaced by a newer one',
    person: 'Ask your administrator for a new link.',
    ops: 'Make another: `portal user reset-password`. Links last one hour and work once.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    person: 'Send less at once.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is of a type this address does not read',
    person: 'Reload the page and try again.',
  },
  password_too_short: {
    status: 422,
    title: 'The password is too short',
    person: 'Choose a password of at least 15 characters; several words do well.',
  },
  password_too_long: {
    status: 422,
    title: 'The password is too long',
    person: 'Choose a password of 128 characters at most.',
  },
  password_guessable: {
    status: 422,
    title: 'The password is easy to guess',
    person:
      'Choose one that is not a common password, a pattern on the keyboard, or made of your name, e-mail or organisation.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    person: 'Wait for the time shown, then try again.',
    ops: 'Many at once from many addresses is password guessing; the audit log has the addresses.',
  },
  internal_error: {
    status: 500,
    title: 'The portal failed',
    person: 'Try again; if it stays, tell the people who run this portal.',
    ops: 'A fault of the portal itself: find the log line by its traceId and report it.',
  },
  config_invalid: {
    status: 500,
    title: 'The configuration is not usable',
    person: TELL,
    ops: 'Mend the variables that the report names; `.env.example` explains each.',
  },
  encryption_key_missing: {
    status: 500,
    title: 'A stored secret was encrypted with a key this process does not have',
    person: TELL,
    ops: 'Put the key with the named id back into ENCRYPTION_KEYS.',
  },
  stored_secret_unreadable: {
    status: 500,
    title: 'A stored secret does not open',
    person: TELL,
    ops: 'The row was changed by hand or copied from another tenant, or the key with its id has other bytes than when it was written. Save the tenant again.',
  },
  qlik_client_rejected: {
    status: 502,
    title: "Qlik Cloud refused the portal's OAuth client",
    person: TELL,
    ops: 'Wrong or deleted client secret, missing grant or scope, or consent not trusted: `portal doctor` says which.',
  },
  qlik_forbidden: {
    status: 502,
    title: 'Qlik Cloud does not let these credentials do that',
    person: TELL,
    ops: 'The management credentials lack a role or scope for the call named in the log.',
  },
  qlik_not_found: {
    status: 502,
    title: 'Qlik Cloud does not know what the portal asked for',
    person: TELL,
    ops: 'The client, user or app named in the log no longer exists in the tenant.',
  },
  qlik_conflict: {
    status: 502,
    title: 'Qlik Cloud says that it exists already, or that a limit is reached',
    person: TELL,
    ops: 'See the call and the detail in the log.',
  },
  qlik_bad_request: {
    status: 502,
    title: 'Qlik Cloud refused the request as malformed',
    person: TELL,
    ops: 'See the call and the detail in the log; the tenant may not support an option.',
  },
  qlik_bad_response: {
    status: 502,
    title: 'Qlik Cloud answered with something the portal cannot read',
    person: AGAIN,
    ops: 'The log names the endpoint and the field. A proxy between portal and tenant is the usual cause.',
  },
  qlik_token_refused: {
    status: 502,
    title: 'Qlik Cloud refuses tokens that it has just made',
    person: TELL,
    ops: 'Check allowedOrigins of the client, the clock, and the access of the user to the app.',
  },
  qlik_user_linking: {
    status: 503,
    title: 'The Qlik user of the account is being looked up or created',
    person: 'Wait a moment; the page goes on by itself.',
    ops: 'If it stays: the tenant is slow to answer its users API, see the log.',
  },
  qlik_rate_limited: {
    status: 503,
    title: 'The tenant takes no more requests for now',
    person: 'Wait for the time shown; the page goes on by itself.',
    ops: 'The tenant answered 429, or the budget of the portal for it is used up.',
  },
  qlik_unavailable: {
    status: 503,
    title: 'Qlik Cloud cannot be reached or fails',
    person: AGAIN,
    ops: 'Network, DNS, TLS, or an outage of the tenant: `portal doctor`.',
  },
  sso_unavailable: {
    status: 503,
    title: 'The identity provider cannot be reached or does not answer as it should',
    person: "Your company's sign-in does not answer. " + AGAIN,
    ops: 'Network, DNS, TLS or an outage of the provider, or its issuer is configured wrong: see the log.',
  },
  storage_unavailable: {
    status: 503,
    title: "The portal's own database cannot be reached",
    person: AGAIN,
    ops: 'Check the database named by DATABASE_URL, and Redis where REDIS_URL names one.',
  },
  qlik_timeout: {
    status: 504,
    title: 'Qlik Cloud did not answer in time',
    person: AGAIN,
    ops: 'The tenant or the network to it is slow: `portal doctor`.',
  },
} as const satisfies Record<string, ErrorCode>;

/** Stable: a code is never renamed or given another meaning, only added. */
export type ErrorCodeName = keyof typeof ERROR_CODES;
